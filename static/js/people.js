// Picking a person: the list under the field is a listbox that the arrow keys walk through. The name goes into the
// field, the person's key into the hidden one beside it; typing on forgets the key.
const FEWEST = 3; // letters that anybody is looked for by

export default function people(root) {
  const input = root.querySelector("input:not([type=hidden], [type=radio])");
  const key = root.querySelector("input[type=hidden]");
  const place = root.querySelector("[data-people-list]");
  const options = () => [...place.querySelectorAll("[role=option]")];
  let at = -1;

  // Enter means who is offered for what stands in the field now, not for what stood there before.
  let asked = "";
  let answered = null; // until something is typed
  let waits = false;
  const isAnswered = () => [null, input.value].includes(answered) || input.value.trim().length < FEWEST;

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", place.id);
  close();

  function close() {
    place.replaceChildren();
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function walk(by) {
    const all = options();
    at = (at + by + all.length) % all.length;
    all.forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
    input.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  }

  // Of one that is offered it is clear who is meant; among several the first is pointed at, and nothing is sent.
  function take() {
    const wasPointedAt = at >= 0;
    if (!wasPointedAt) walk(1);
    if (options().length === 1 || wasPointedAt) pick(options()[at]);
  }

  function pick(option) {
    input.value = option.dataset.name;
    answered = input.value;
    key.value = option.dataset.person;
    root.querySelector("[data-people-choices]")?.remove();
    close();
    input.focus();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  input.addEventListener("input", () => {
    answered ??= input.defaultValue;
    waits = false;
    key.value = "";
    if (input.value.trim().length < FEWEST) close();
  });
  input.addEventListener("htmx:beforeRequest", (event) => {
    if (key.value) event.preventDefault(); // somebody was picked meanwhile
    else asked = input.value;
  });
  // Without an answer the name goes as it is typed, at the next Enter.
  input.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.xhr.status === 200 || asked !== input.value) return;
    answered = asked;
    close();
  });
  place.addEventListener("htmx:afterSwap", () => {
    at = -1;
    options().forEach((option, number) => {
      option.id = `${place.id}_${number}`;
    });
    input.setAttribute("aria-expanded", String(options().length > 0));
    answered = asked;
    if (waits && isAnswered() && options().length) take();
    waits = false;
  });
  place.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  place.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) pick(option);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && options().length) {
      event.preventDefault();
      close();
    } else if (options().length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      walk(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !isAnswered()) {
      event.preventDefault();
      waits = true;
    } else if (event.key === "Enter" && options().length) {
      event.preventDefault();
      take();
    }
  });
  input.addEventListener("blur", () => {
    waits = false;
    close();
  });
}
