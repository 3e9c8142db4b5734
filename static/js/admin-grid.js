// The grid of roles: marks boxes that differ from what is saved, and says at the bottom what they would change.
// Without this the form works as well; the server compares by itself.

function fill(pattern, values) {
  return Object.entries(values).reduce((text, [name, value]) => text.replace(name, () => value), pattern);
}

function mark(box, words) {
  const cell = box.closest("td");
  const changed = box.checked !== box.defaultChecked;
  if (cell.classList.toggle("is-changed", changed) === Boolean(cell.querySelector(".fb-changed"))) return changed;
  if (changed) {
    const seen = document.createElement("span");
    seen.className = "fb-changed";
    seen.setAttribute("aria-hidden", "true");
    seen.textContent = words.changed;
    cell.append(seen);
  } else {
    cell.querySelector(".fb-changed").remove();
  }
  const name = `${box.dataset.role}: ${box.dataset.permission}`;
  box.nextElementSibling.textContent = changed ? `${name}, ${words.marked}` : name;
  return changed;
}

function summarise(changed, words) {
  const count = changed.length === 1 ? words.one : fill(words.many, { "%s": changed.length });
  const effects = changed.slice(0, 4).map((box) =>
    fill(box.checked ? words.gets : words.loses, { "%role": box.dataset.role, "%permission": box.dataset.permission }),
  );
  if (changed.length > effects.length) effects.push("…");
  const roles = new Map(changed.map((box) => [box.dataset.role, Number(box.dataset.people)]));
  const people = [...roles.values()].reduce((sum, each) => sum + each, 0);
  return [count, `${effects.join("; ")}.`, fill(words.affects, { "%s": people })].join(" ");
}

for (const form of document.querySelectorAll("form[data-grid]")) {
  const bar = form.querySelector("[data-savebar]");
  const summary = form.querySelector("[data-summary]");
  const words = summary.dataset;
  const quiet = summary.textContent.trim();
  const boxes = [...form.querySelectorAll('input[name="held"]:not(:disabled)')];
  let sending = false;

  const refresh = () => {
    const changed = boxes.filter((box) => mark(box, words));
    bar.classList.toggle("is-dirty", changed.length > 0);
    summary.textContent = changed.length ? summarise(changed, words) : quiet;
    return changed.length > 0;
  };

  form.addEventListener("change", refresh);
  form.addEventListener("reset", () => setTimeout(refresh));
  form.addEventListener("submit", () => { sending = true; });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && refresh()) event.preventDefault();
  });
  refresh();
}
