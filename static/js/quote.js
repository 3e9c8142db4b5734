// Quotes a message into the composer: a public one into the reply, an internal note only ever into a note.
// Without this the link opens the page again with the quotation in its panel.
export default function quote(button) {
  button.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const into = button.dataset.into;
    const answer = await fetch(button.dataset.quote).catch(() => null);
    if (!answer?.ok) return;
    const words = await answer.text();
    document.getElementById(`tab-${into}`)?.click();
    const text = document.querySelector(`#compose-${into} textarea`);
    if (!text) return;
    text.focus();
    const lead = text.value.trim() && !text.value.endsWith("\n") ? "\n\n" : "";
    text.setSelectionRange(text.value.length, text.value.length);
    if (document.execCommand("insertText", false, lead + words)) return;
    text.setRangeText(lead + words, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
