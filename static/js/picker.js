import { put, wordsOf } from "./inserting.js";

// Puts what is chosen into the text, at the cursor: a link to an article, a canned reply, a ticket's number. The arrow
// keys walk from the search box through what was found; Escape leads back to the text.
export default function picker(details) {
  const form = details.closest("form");
  const text = form.querySelector("textarea:not([readonly])");
  const box = details.querySelector("input");
  const choices = () => [...details.querySelectorAll("[data-insert]")];

  // Enter takes the first that was found for what stands in the box now, not for what stood there before.
  let asked = "";
  let answered = "";
  let waits = false;
  box.addEventListener("htmx:beforeRequest", () => { asked = box.value; });
  details.addEventListener("htmx:afterSwap", () => {
    answered = asked;
    if (waits && answered === box.value) choices()[0]?.click();
  });

  details.addEventListener("toggle", () => {
    if (details.open) box.focus();
  });

  details.addEventListener("keydown", (event) => {
    const all = [box, ...choices()];
    const here = all.indexOf(document.activeElement);
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      event.stopPropagation();
      event.preventDefault();
      details.open = false;
      text.focus();
    } else if (event.key === "Enter" && here === 0) {
      event.preventDefault();
      waits = box.value !== answered;
      if (!waits) choices()[0]?.click();
    } else if (by && here >= 0 && all[here + by]) {
      event.preventDefault();
      all[here + by].focus();
    }
  });

  details.addEventListener("click", async (event) => {
    const choice = event.target.closest("[data-insert]");
    if (!choice) return;
    details.open = false;
    text.focus();
    if (choice.dataset.canned) count(choice.dataset.canned);
    const words = await wordsOf(choice);
    if (words) put(text, words);
  });

  // Which canned reply is in what is sent: the most used ones are offered first.
  function count(key) {
    form.querySelector("input[name=canned]")?.remove();
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "canned", value: key });
    form.append(field);
  }

  // A “;” at the beginning of an empty line opens the canned replies; typed once more it is a semicolon.
  if (details.dataset.picker === "canned") {
    text.addEventListener("keydown", (event) => {
      if (event.key !== ";" || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || details.open) return;
      const line = text.value.slice(0, text.selectionStart).split("\n").pop();
      if (line !== "" || text.selectionStart !== text.selectionEnd) return;
      event.preventDefault();
      details.open = true;
    });
    box.addEventListener("keydown", (event) => {
      if (event.key !== ";" || box.value) return;
      event.preventDefault();
      details.open = false;
      put(text, ";");
    });
  }
}
