// Says that somebody looks at this ticket and whether they write, while the tab is seen: every 20 seconds, and at once
// when that changes. The answer says who else is there; what the others do comes as a live event of its own.
import { remember, sayGone } from "./left.js";

const EVERY = 20000;

export default function presence(form) {
  const writes = form.querySelector("[name=writes]");
  let timer;

  // What this page says may arrive after it said that it was left; by this word it is known.
  const page = Object.assign(document.createElement("input"), { type: "hidden", name: "page", value: crypto.randomUUID?.() ?? String(Math.random()) });
  form.append(page);

  const typed = (panel) => panel?.querySelector("textarea")?.value.trim();

  // What stands open and has words in it; else another panel with words.
  function now() {
    const forms = [...document.querySelectorAll("[data-composer] form[data-panel]")].filter(typed);
    const open = forms.find((one) => !one.closest("[role=tabpanel]").hidden);
    return (open ?? forms[0])?.dataset.panel ?? "";
  }

  function beat() {
    clearTimeout(timer);
    if (document.hidden) return;
    writes.value = now();
    remember(form);
    htmx.trigger(form, "live:beat");
    timer = setTimeout(beat, EVERY);
  }

  function changed() {
    if (now() !== writes.value) beat();
  }

  document.addEventListener("input", (event) => {
    if (event.target.closest("[data-composer]")) changed();
  });
  document.body.addEventListener("htmx:load", changed);
  document.addEventListener("visibilitychange", beat);
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    page.value = `${page.value.slice(0, 30)}${Math.floor(Math.random() * 1e6)}`; // it is opened anew
    beat();
  });
  window.addEventListener("pagehide", () => {
    clearTimeout(timer);
    sayGone(form.action, new FormData(form));
  });
  if (document.readyState === "complete") beat();
  else window.addEventListener("load", beat, { once: true });
}
