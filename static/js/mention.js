// “@” and some letters in a note open a list of people and teams; arrows, Enter or Tab choose, Escape closes. What is
// chosen goes into the text by its key, so that it survives renaming.
const AFTER = /(?:^|[\s(])@([\p{L}\p{N}'.-]{0,30}(?: [\p{L}\p{N}'.-]{1,30})?)$/u;
const PAUSE = 150;

export default function mention(text) {
  const list = document.getElementById(text.getAttribute("aria-controls"));
  const options = () => [...list.querySelectorAll("[role=option]")];
  let timer;
  let asked = "";
  let at = 0;

  text.setAttribute("aria-expanded", "false");

  const typed = () => (text.selectionStart === text.selectionEnd ? AFTER.exec(text.value.slice(0, text.selectionEnd)) : null);

  function close() {
    clearTimeout(timer);
    asked = "";
    list.hidden = true;
    list.replaceChildren();
    text.setAttribute("aria-expanded", "false");
    text.removeAttribute("aria-activedescendant");
  }

  async function look() {
    const found = typed();
    if (!found) return close();
    const words = found[1];
    if (words === asked && !list.hidden) return undefined;
    asked = words;
    const answer = await fetch(`${text.dataset.mention}?q=${encodeURIComponent(words)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || typed()?.[1] !== words) return undefined;
    htmx.swap(list, await answer.text(), { swapStyle: "innerHTML" });
    if (!options().length) return close();
    options().forEach((option, number) => { option.id = `${list.id}-${number}`; });
    list.hidden = false;
    text.setAttribute("aria-expanded", "true");
    at = 0;
    mark();
    return undefined;
  }

  function mark() {
    options().forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
    text.setAttribute("aria-activedescendant", options()[at].id);
    options()[at].scrollIntoView({ block: "nearest" });
  }

  function pick(option) {
    const found = typed();
    if (!found) return close();
    text.focus();
    text.setSelectionRange(text.selectionEnd - found[1].length - 1, text.selectionEnd);
    const words = `${option.dataset.text} `;
    if (!document.execCommand("insertText", false, words)) {
      text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
    return close();
  }

  text.addEventListener("input", () => {
    clearTimeout(timer);
    if (typed()) timer = setTimeout(look, PAUSE);
    else close();
  });
  text.addEventListener("keydown", (event) => {
    if (list.hidden || event.ctrlKey || event.isComposing) return;
    const all = options();
    if (["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      at = (at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length;
      mark();
    } else if (["Enter", "Tab"].includes(event.key)) {
      event.preventDefault();
      pick(all[at]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the text keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) pick(option);
  });
  text.addEventListener("blur", close);
}
