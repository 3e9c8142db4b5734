// A call's clock: it runs from when the page was opened, pauses, and writes its minutes into a field until somebody types
// there. The form sends what stands in the field, so without this script one types it. What the clock was at goes with the
// form, so that one that comes back with an error goes on from there.
export default function timer(root) {
  const shown = root.querySelector("[data-timer-shown]");
  const button = root.querySelector("[data-timer-pause]");
  const state = root.querySelector("[data-timer-state]");
  const field = document.getElementById(root.dataset.timerField);
  const since = field.form.elements.namedItem("since");
  const before = state.value.split(" ");
  let began = Number(root.dataset.timer) * 1000;
  let paused = before.includes("paused") ? Date.now() : null; // when
  if (paused !== null && before[2]) began = paused - Number(before[2]) * 1000; // it stood all the while
  let isTyped = before.includes("typed") || (!state.value && Boolean(field.value));

  function elapsed() {
    return Math.max(0, Math.floor(((paused ?? Date.now()) - began) / 1000));
  }

  function show() {
    const seconds = elapsed();
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    const two = (number) => String(number).padStart(2, "0");
    shown.textContent = `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
    button.setAttribute("aria-pressed", String(paused !== null));
    if (!isTyped) field.value = Math.max(1, Math.ceil(seconds / 60));
    state.value = `${isTyped ? "typed" : "written"} ${paused === null ? "running" : `paused ${seconds}`}`;
    since.value = Math.floor((began + (paused === null ? 0 : Date.now() - paused)) / 1000);
  }

  field.addEventListener("input", () => {
    isTyped = true;
    show();
  });
  button.addEventListener("click", () => {
    if (paused === null) paused = Date.now();
    else {
      began += Date.now() - paused;
      paused = null;
    }
    show();
  });
  root.hidden = false;
  show();
  const ticking = setInterval(() => (root.isConnected ? show() : clearInterval(ticking)), 1000);
}
