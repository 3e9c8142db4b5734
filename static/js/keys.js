// Single keys of the desk. Whatever a key does is an element of the page first: `data-key` names the key that presses
// it (or focuses it, where one types into it), `data-go` the key after G. Off inside fields, and when turned off.
const REMEMBERED = "fb-keys";
const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

export default function keys(dialog) {
  const toggle = dialog.querySelector("[data-keys-switch]");
  let isOn = localStorage.getItem(REMEMBERED) !== "off";
  let afterG = 0;

  toggle.checked = isOn;
  toggle.addEventListener("change", () => {
    isOn = toggle.checked;
    if (isOn) localStorage.removeItem(REMEMBERED);
    else localStorage.setItem(REMEMBERED, "off");
  });

  const named = (attribute, key) =>
    [...document.querySelectorAll(`[${attribute}="${CSS.escape(key)}"]`)].find(
      (element) => attribute === "data-go" || element.getClientRects().length,
    );

  function press(element) {
    if (element.matches(FIELDS)) element.focus();
    else element.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || event.metaKey) return;
    const isChord = event.ctrlKey;
    if (!isChord && (!isOn || dialog.open || event.target.closest?.(FIELDS))) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (isChord && key.length !== 1) return;

    const isGoing = performance.now() - afterG < 1500;
    afterG = 0;
    const element = isGoing && !isChord ? named("data-go", key) : named("data-key", isChord ? `Control+${key}` : key);
    if (element) {
      event.preventDefault();
      press(element);
    } else if (!isChord && key === "g") {
      afterG = performance.now();
    } else if (!isChord && key === "?") {
      event.preventDefault();
      dialog.showModal();
    }
  });

  for (const button of document.querySelectorAll('[data-key="?"]')) {
    button.hidden = false;
    button.addEventListener("click", () => dialog.showModal());
  }
  dialog.dataset.ready = "";
}
