// A call's clock: it runs from when the page was opened, pauses, and writes its minutes into a field until somebody types
// there. The form sends what stands in the field, so without this script one types it.
export default function timer(root) {
  const shown = root.querySelector("[data-timer-shown]");
  const button = root.querySelector("[data-timer-pause]");
  const field = document.getElementById(root.dataset.timerField);
  let began = Number(root.dataset.timer) * 1000;
  let paused = null; // when
  let isTyped = Boolean(field.value);

  function elapsed() {
    return Math.max(0, Math.floor(((paused ?? Date.now()) - began) / 1000));
  }

  function show() {
    const seconds = elapsed();
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    const two = (number) => String(number).padStart(2, "0");
    shown.textContent = `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
    if (!isTyped) field.value = Math.max(1, Math.ceil(seconds / 60));
  }

  field.addEventListener("input", () => {
    isTyped = true;
  });
  button.addEventListener("click", () => {
    if (paused === null) paused = Date.now();
    else {
      began += Date.now() - paused;
      paused = null;
    }
    button.setAttribute("aria-pressed", String(paused !== null));
    show();
  });
  root.hidden = false;
  show();
  const ticking = setInterval(() => (root.isConnected ? show() : clearInterval(ticking)), 1000);
}
