// Shows on this device what happens, once somebody presses the button for it; it never asks by itself.
// The browser makes an address at its own push service, and the form sends that to us.
async function mark(endpoint) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// The page answers to everything else meanwhile: a browser may never get its worker ready.
export default function push(form) {
  offer(form);
}

async function offer(form) {
  const button = form.querySelector("button");
  const words = form.querySelector("[data-push-words]");
  const say = (what) => { words.textContent = form.dataset[what] ?? ""; words.hidden = !words.textContent; };
  if (!window.isSecureContext || !navigator.serviceWorker || !window.PushManager || !window.Notification) return say("saysCannot");
  if (Notification.permission === "denied") return say("saysBlocked");
  const registration = await navigator.serviceWorker.ready;
  const own = await registration.pushManager.getSubscription();
  const row = own && document.querySelector(`[data-device="${await mark(own.endpoint)}"]`);
  if (row) {
    row.querySelector("[data-here]").hidden = false;
    return say("saysOn");
  }
  say("");
  button.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.endpoint.value) return;  // filled below: now it is sent
    event.preventDefault();
    button.disabled = true;
    try {
      if (await Notification.requestPermission() !== "granted") return say("saysBlocked");
      const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
      const answer = await fetch(form.dataset.push, { method: "POST", headers });
      if (!answer.ok) throw new Error(answer.status);
      const { key } = await answer.json();
      await (await registration.pushManager.getSubscription())?.unsubscribe();  // it may be bound to other keys
      const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      form.elements.endpoint.value = made.endpoint;
      form.elements.p256dh.value = base64(made.getKey("p256dh"));
      form.elements.auth.value = base64(made.getKey("auth"));
      form.requestSubmit();
    } catch {
      say("saysFailed");
    } finally {
      button.disabled = false;
    }
  });
}
