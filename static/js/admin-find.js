// The search over all settings: Ctrl K goes to it from anywhere, arrows walk through what was found, Escape leaves.
// Without this it is a form that opens a page of what was found.

// A plain script in the head, so it waits for the page.

function links(form) {
  return [...form.querySelectorAll("#fb-found a")];
}

function start(form) {
  const box = form.querySelector("input");
  const close = () => form.querySelector("#fb-found").replaceChildren();

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });

  form.addEventListener("keydown", (event) => {
    const found = links(form);
    const here = found.indexOf(document.activeElement);
    if (event.key === "ArrowDown" && found.length) {
      event.preventDefault();
      found[Math.min(here + 1, found.length - 1)].focus();
    } else if (event.key === "ArrowUp" && here >= 0) {
      event.preventDefault();
      (found[here - 1] ?? box).focus();
    } else if (event.key === "Escape") {
      close();
      box.focus();
    }
  });

  document.addEventListener("click", (event) => {
    if (!form.contains(event.target)) close();
  });
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("form[data-find]").forEach(start);
});
