// The cross on a notice takes it away; that one was signed out is said once.
export default function notices(place) {
  place.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest(".fb-notice").remove();
  });
  // Said once, not again with every key.
  place.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 401 && place.querySelector("[data-signed-out]")) event.detail.shouldSwap = false;
  });
}
