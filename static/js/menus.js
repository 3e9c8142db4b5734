// A menu that was opened closes again: by Escape, by a click elsewhere, or when focus leaves it. Who opened it by a key goes
// on in what it fetches.
const FIRST = ":is(input:not([type=hidden]), button, a[href], select):not([disabled])";

export default function menu(details) {
  const close = (event) => {
    if (!details.contains(event.target)) details.open = false;
  };
  document.addEventListener("click", close);
  details.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !details.contains(event.relatedTarget)) details.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const isOurs = details.contains(event.target) || event.target === document.body;
    if (event.key !== "Escape" || !details.open || !isOurs || event.defaultPrevented) return;
    details.open = false;
    details.querySelector("summary").focus();
  });
  details.addEventListener("htmx:afterSettle", () => {
    const isLost = document.activeElement === document.body; // it stood on what was replaced
    if (details.open && isLost) details.querySelector(FIRST)?.focus();
  });
}
