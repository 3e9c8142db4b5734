// The cross on a notice takes it away.
export default function notices(place) {
  place.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest(".fb-notice").remove();
  });
}
