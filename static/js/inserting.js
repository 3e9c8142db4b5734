// What is put into a text for somebody: an article as a link or in its own words, a canned reply, a quotation.

// What a choice stands for; nothing where it could not be fetched.
export async function wordsOf(choice) {
  const { fetch: address, text, title, url } = choice.dataset;
  if (!address) return text ?? `[${title.replace(/[\\[\]]/g, "\\$&")}](${url})`;
  const answer = await fetch(address).catch(() => null);
  return answer?.ok ? answer.text() : "";
}

// At the cursor. execCommand leaves undo working; setRangeText is for where it is gone.
export function put(text, words) {
  text.focus();
  if (document.execCommand("insertText", false, words)) return;
  text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

// Into a panel of the composer, below what is written there.
export function putBelow(panel, words) {
  document.getElementById(`tab-${panel}`)?.click();
  const text = document.querySelector(`#compose-${panel} textarea:not([readonly])`);
  if (!text) return;
  const lead = text.value.trim() && !text.value.endsWith("\n") ? "\n\n" : "";
  text.setSelectionRange(text.value.length, text.value.length);
  put(text, lead + words);
}
