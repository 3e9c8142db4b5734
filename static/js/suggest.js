// The arrow keys walk through the suggestions under a search box, Escape clears them. They stay plain links and buttons.
export default function suggest(form) {
  const input = form.querySelector("input[type=search]");
  const place = form.querySelector("[role=region]");
  const links = () => [...place.querySelectorAll("a, button")];

  form.addEventListener("keydown", (event) => {
    const all = [input, ...links()];
    const here = all.indexOf(document.activeElement);
    if (event.key === "Escape" && all.length > 1) {
      event.preventDefault();
      place.replaceChildren();
      input.focus();
    } else if (event.key === "ArrowDown" && here >= 0 && here + 1 < all.length) {
      event.preventDefault();
      all[here + 1].focus();
    } else if (event.key === "ArrowUp" && here > 0) {
      event.preventDefault();
      all[here - 1].focus();
    }
  });
  // An answer that comes late must not show under an emptied box.
  place.addEventListener("htmx:beforeSwap", (event) => {
    if (!input.value.trim()) event.detail.shouldSwap = false;
  });
  input.addEventListener("input", () => {
    if (!input.value.trim()) place.replaceChildren();
  });
}
