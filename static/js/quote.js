import { putBelow } from "./inserting.js";

// Quotes a message into the composer: a public one into the reply, an internal note only ever into a note.
// Without this the link opens the page again with the quotation in its panel.
export default function quote(button) {
  button.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const answer = await fetch(button.dataset.quote).catch(() => null);
    if (answer?.ok) putBelow(button.dataset.into, await answer.text());
  });
}
