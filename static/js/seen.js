// Fires `seen` on an element as soon as somebody can see the page it is on: not in a tab that was opened aside.
export default function seen(element) {
  function tell() {
    if (document.hidden || !element.isConnected) return;
    document.removeEventListener("visibilitychange", tell);
    element.dispatchEvent(new CustomEvent("seen"));
  }

  document.addEventListener("visibilitychange", tell);
  // htmx listens only once the page is there
  if (document.readyState === "complete") tell();
  else window.addEventListener("load", tell, { once: true });
}
