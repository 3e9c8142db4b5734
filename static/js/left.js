// A browser may drop the word that a page was left, when it is left quickly. So the next page of this tab says it again.
const KEY = "present";

// What the page that is open says of itself (see presence.js).
export function remember(form) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify([form.action, [...new FormData(form)]]));
  } catch {
    // without storage it is believed a minute longer
  }
}

export function sayGone(action, words) {
  words.set("gone", "1");
  fetch(action, { method: "POST", body: words, keepalive: true }).catch(() => {});
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

sayWhatIsLeft();
