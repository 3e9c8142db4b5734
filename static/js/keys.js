// Single keys of the desk. Whatever a key does is an element of the page first: `data-key` names the keys that press it (or
// focus it, where one types into it), `data-go` the key after G. The map of them is `incidents/desk/keys.py`. Off inside
// fields, while a dialog is open, and for people who turned them off; keys together with Ctrl stay.
const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const G_WAITS = 1500; // milliseconds

export default function keys(dialog) {
  let afterG = -Infinity;

  // The modules of lists and boards, which move by keys of their own, look here, too.
  dialog.addEventListener("change", (event) => {
    if (event.target.closest("[data-keys-form]")) dialog.dataset.keys = event.target.checked ? "on" : "off";
  });

  const named = (attribute, key) =>
    [...document.querySelectorAll(`[${attribute}~="${CSS.escape(key)}"]`)].find(
      (element) => attribute === "data-go" || element.getClientRects().length,
    );

  function press(element) {
    if (element.matches("details > summary")) {
      element.click();
      element.parentElement.querySelector("input:not([type=hidden]), button, a, select")?.focus();
    } else if (element.matches("[role=group]")) element.querySelector("a, button")?.focus();
    else if (element.matches(FIELDS)) element.focus();
    else element.click();
  }

  function open() {
    htmx.trigger(dialog.querySelector("#keys-list"), "keys:open");
    dialog.showModal();
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || event.metaKey) return;
    const isChord = event.ctrlKey;
    const isOff = dialog.dataset.keys === "off" || document.querySelector("dialog[open]") || event.target.closest?.(FIELDS);
    if (!isChord && isOff) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (isChord && key.length !== 1) return;

    const isGoing = performance.now() - afterG < G_WAITS;
    afterG = -Infinity;
    if (!isChord && key === "?") {
      event.preventDefault();
      open();
      return;
    }
    const element = isGoing && !isChord ? named("data-go", key) : named("data-key", isChord ? `Control+${key}` : key);
    if (element) {
      event.preventDefault();
      press(element);
    } else if (!isChord && key === "g") {
      afterG = performance.now();
    } else if (!isChord && (key === "j" || key === "k")) {
      walk(event, key === "j" ? 1 : -1);
    }
  });

  // What is written stays, and is saved; only the cursor leaves. Whoever listens before (a list of names) has said so.
  document.addEventListener("keydown", (event) => {
    const isOurs = event.key === "Escape" && event.target.matches?.("[data-composer] textarea");
    if (!isOurs || event.defaultPrevented || event.isComposing || dialog.dataset.keys === "off") return;
    event.preventDefault();
    event.target.blur();
  });

  // Lists without a keyboard of their own: J and K go from row to row, Enter opens as on any link.
  function walk(event, by) {
    const rows = [...document.querySelectorAll("[data-list] [data-row]")];
    if (!rows.length) return;
    event.preventDefault();
    const next = rows[Math.min(Math.max(rows.indexOf(document.activeElement) + by, 0), rows.length - 1)];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest('[data-key="?"]') || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  for (const button of document.querySelectorAll('button[data-key="?"]')) button.hidden = false;
}
