import { putBelow, wordsOf } from "./inserting.js";

// Puts an article that stands beside a ticket into the reply.
export default function helpful(section) {
  section.addEventListener("click", async (event) => {
    const choice = event.target.closest("[data-insert]");
    if (!choice) return;
    const words = await wordsOf(choice);
    if (words) putBelow("reply", words);
  });
}
