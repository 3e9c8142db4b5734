// A menu that was opened closes again: by Escape, by a click elsewhere, or when focus leaves it.
export default function menu(details) {
  const close = (event) => {
    if (!details.contains(event.target)) details.open = false;
  };
  document.addEventListener("click", close);
  details.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !details.contains(event.relatedTarget)) details.open = false;
  });
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    details.open = false;
    details.querySelector("summary").focus();
  });
}
