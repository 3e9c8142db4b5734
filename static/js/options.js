// A field with options under it (combobox and listbox): the arrows walk through them, Enter picks, the focus stays in the
// field. `pick(option, event)` is told what was chosen; `first` marks the first option as soon as there is one;
// while it `waits` for options that fit what was typed, Enter picks the first of them once they are there.
export default function options(input, list, { pick, first = false, waits = () => false }) {
  let at = -1;
  let wants = false; // Enter was pressed too early
  const all = () => [...list.querySelectorAll("[role=option]")].filter((option) => !option.hidden);

  function mark(place, scroll = true) {
    const choices = all();
    at = choices.length ? (place + choices.length) % choices.length : -1;
    choices.forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
    if (at < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", choices[at].id);
    if (scroll) choices[at].scrollIntoView({ block: "nearest" });
  }

  // After the list was filled anew.
  function refresh() {
    const choices = all();
    choices.forEach((option, number) => {
      option.id = `${list.id}-${number}`;
      option.setAttribute("aria-selected", "false");
    });
    at = -1;
    input.setAttribute("aria-expanded", String(choices.length > 0));
    input.removeAttribute("aria-activedescendant");
    if (first && choices.length) mark(0, false);
    if (!wants || waits()) return;
    wants = false;
    if (choices.length) pick(choices[0], {});
  }

  input.addEventListener("keydown", (event) => {
    const choices = all();
    if (event.isComposing) return;
    if (event.key === "Enter" && first && waits()) {
      event.preventDefault();
      wants = true;
      return;
    }
    wants = false;
    if (!choices.length) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const from = at < 0 && event.key === "ArrowUp" ? 0 : at;
      mark(from + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      pick(choices[at], event);
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) pick(option, event);
  });
  return { refresh };
}
