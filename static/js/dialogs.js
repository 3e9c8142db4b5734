// A dialog that something was put into opens; it closes by its own “Cancel”, a click beside it, or when what it asked is
// done, and is empty then.
export default function dialog(root) {
  const place = root.firstElementChild;

  root.addEventListener("htmx:afterSettle", () => {
    if (!root.open && place.childElementCount) root.showModal();
    const invalid = root.querySelector(".is-invalid");
    (invalid ?? root.querySelector("select, textarea, input:not([type=hidden])"))?.focus();
  });
  root.addEventListener("click", (event) => {
    if (event.target !== root && !event.target.closest("[data-cancel-dialog]")) return;
    event.preventDefault();
    root.close();
  });
  root.addEventListener("close", () => place.replaceChildren());
  document.body.addEventListener("bulk:done", () => {
    if (root.open) root.close();
    htmx.trigger(document.body, "live:poll");
  });
}
