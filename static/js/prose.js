// Gives every code block of an article a button that copies it. Without clipboard there is none.
import { copies } from "./copy.js";

export default function prose(root) {
  if (!navigator.clipboard) return;
  for (const block of root.querySelectorAll("pre")) {
    const box = document.createElement("div");
    const button = document.createElement("button");
    box.className = "fb-code";
    button.type = "button";
    button.className = "btn btn-secondary btn-sm";
    button.textContent = root.dataset.copy;
    block.replaceWith(box);
    box.append(block, button);
    copies(button, block, root.dataset.copied);
  }
}
