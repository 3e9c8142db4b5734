// A browser may drop the word that a page was left, when it is left quickly. So the next page of this tab says it again.
const KEY = "present";
const TOKEN = "csrfmiddlewaretoken";

// What the page that is open says of itself (see presence.js); the next page has a token of its own.
export function remember(form) {
  const pairs = [...new FormData(form)].filter(([name]) => name !== TOKEN);
  try {
    sessionStorage.setItem(KEY, JSON.stringify([form.action, pairs]));
  } catch {
    // without storage it is believed a minute longer
  }
}

export function sayGone(action, words) {
  words.set("gone", "1");
  const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
  fetch(action, { method: "POST", body: words, headers, keepalive: true }).catch(() => {});
}

function sayWhatIsLeft() {
  try {
    const kept = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    if (!kept) return;
    const [action, pairs] = JSON.parse(kept);
    sayGone(action, new URLSearchParams(pairs));
  } catch {
    // as above
  }
}

// Who comes after them at this machine finds nothing.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[action$='/logout/']")) return;
  try {
    sessionStorage.clear();
  } catch {
    // then nothing was kept
  }
});

sayWhatIsLeft();
