// A sentence that is true until some moment turns into the next one by itself. The page's own clock is the server's.
const EVERY = 5000;

export default function says(place) {
  const { now, later } = JSON.parse(place.dataset.says);
  const ahead = now - Date.now();

  function show() {
    if (!place.isConnected) return stop();
    const at = Date.now() + ahead;
    const said = later.filter(([moment]) => moment <= at).at(-1)?.[1];
    if (said && place.textContent !== said) place.textContent = said;
  }

  function stop() {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", show);
  }

  const timer = setInterval(show, EVERY);
  document.addEventListener("visibilitychange", show);
}
