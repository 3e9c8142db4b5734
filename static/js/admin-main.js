// Unfold's frame names no main part: give it the landmark, and let the link past the navigation land there.
document.addEventListener("DOMContentLoaded", () => {
  const main = document.getElementById("main");
  main?.setAttribute("role", "main");
  main?.setAttribute("tabindex", "-1");
});
