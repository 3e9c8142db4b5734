// The editor of the questions of a category or type. Every step is a request of the form; this asks for it where a choice changes what
// can be chosen next, keeps the preview in a tree of its own with the portal's looks, and warns before work is lost.
import files from "./files.js";
import notices from "./notices.js";
import questions from "./questions.js";

const editing = document.querySelector("[data-editing]");
const place = document.querySelector("[data-preview]");
let isDirty = editing?.dataset.editing === "unsaved"; // it waited while somebody signed in again

notices(document.getElementById("notices"));

// The preview ------------------------------------------------------------------------------------------------------

const tree = place.attachShadow({ mode: "open" });
const frame = document.createElement("form");
frame.className = "fb-tryout";
frame.noValidate = true;
frame.dataset.density = "comfortable";
frame.addEventListener("submit", (event) => event.preventDefault());
for (const href of place.dataset.styles.split(" ")) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  tree.append(link);
}
tree.append(frame);

function theme() {
  frame.dataset.bsTheme = document.documentElement.classList.contains("dark") ? "dark" : "light";
}

function show(nodes) {
  frame.replaceChildren(...nodes);
  if (!frame.querySelector("[data-question]")) {
    const words = document.createElement("p");
    words.textContent = place.dataset.empty;
    frame.replaceChildren(words);
    return;
  }
  for (const one of frame.querySelectorAll("[data-files]")) files(one);
  for (const one of frame.querySelectorAll("[data-questions]")) questions(one);
}

theme();
new MutationObserver(theme).observe(document.documentElement, { attributeFilter: ["class"] });
show([place.querySelector("[data-first]").content.cloneNode(true)]);

place.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target !== place || event.detail.xhr.status >= 400) return;
  event.detail.shouldSwap = false;
  const answer = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
  show([...answer.body.childNodes].map((node) => document.importNode(node, true)));
});

// The editor --------------------------------------------------------------------------------------------------------

// An answer shows the draft as it was sent. What was typed since then must not be lost: a mere showing-again is asked for
// once more; while a step is made (a question added, moved …) nothing can be typed.
let typed = 0;
let sent = 0;
let isStep = false;

function ours(event) {
  return event.target.id === "editor" || event.target.id === "editing";
}

function note(event) {
  isDirty = true;
  typed += 1;
  // Another kind of answer, other options or another question to look at: there is something else to choose from now.
  if (event.type === "change" && event.target.matches("[data-again]")) event.target.form.requestSubmit();
}

editing?.addEventListener("input", note);
editing?.addEventListener("change", note);
editing?.addEventListener("htmx:beforeRequest", (event) => {
  if (!ours(event)) return;
  sent = typed;
  isStep = Boolean(event.detail.requestConfig.triggeringEvent?.submitter?.matches("[name=do], [data-save]"));
  if (isStep) {
    isDirty = true;
    editing.inert = true;
  }
});
editing?.addEventListener("htmx:beforeSwap", (event) => {
  if (!ours(event) || isStep || typed === sent) return;
  event.detail.shouldSwap = false;
  document.getElementById("editor").requestSubmit();
});
document.body.addEventListener("htmx:afterRequest", () => { if (editing) editing.inert = false; });
editing?.addEventListener("htmx:afterSettle", () => {
  editing.inert = false; // nothing in it takes the focus before that
  const { focus } = document.getElementById("editor").dataset;
  if (focus) document.getElementById(focus)?.focus();
});

// Leaving -----------------------------------------------------------------------------------------------------------

editing?.addEventListener("click", (event) => {
  if (event.target.closest("[data-leave]")) isDirty = false;
});
document.body.addEventListener("htmx:beforeOnLoad", (event) => {
  if (!event.detail.xhr.getResponseHeader("HX-Redirect")) return;
  if (typed === sent) {
    isDirty = false; // it was saved, or waits until one has signed in again
    return;
  }
  event.preventDefault(); // what was typed since goes along
  document.getElementById("editor").requestSubmit();
});
window.addEventListener("beforeunload", (event) => {
  if (isDirty) event.preventDefault();
});
