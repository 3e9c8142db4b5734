// The search box: under it, how the last word may go on. Choosing an operator goes on typing; a ticket or person is opened.
import options from "./options.js";

export default function asks(form) {
  const input = form.querySelector("input[type=search]");
  const list = form.querySelector("[role=listbox]");
  const { refresh } = options(input, list, { pick });

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  close();

  function close() {
    list.replaceChildren();
    list.hidden = true;
    refresh();
  }

  function pick(option) {
    const { completes: fill, href } = option.dataset;
    if (!fill) return location.assign(href);
    input.value = fill;
    input.focus();
    input.setSelectionRange(fill.length, fill.length);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  list.addEventListener("htmx:beforeSwap", (event) => {
    if (document.activeElement !== input) event.detail.shouldSwap = false;
  });
  list.addEventListener("htmx:afterSwap", () => {
    list.hidden = !list.querySelector("[role=option]");
    if (list.hidden) list.replaceChildren();
    refresh();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || list.hidden) return;
    event.preventDefault();
    close();
  });
  input.addEventListener("blur", close);
  form.addEventListener("submit", close);
}
