// Choosing an article puts a link to it into the text, at the cursor.
export default function picker(details) {
  const text = details.closest("form").querySelector("textarea");

  details.addEventListener("toggle", () => {
    if (details.open) details.querySelector("input").focus();
  });

  details.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-insert]");
    if (!choice) return;
    const title = choice.dataset.title.replace(/[\\[\]]/g, "\\$&");
    details.open = false;
    text.focus();
    put(`[${title}](${choice.dataset.url})`);
  });

  // execCommand leaves undo working; setRangeText is for where it is gone.
  function put(words) {
    if (document.execCommand("insertText", false, words)) return;
    text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
