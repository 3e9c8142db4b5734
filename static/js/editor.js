// A Markdown editor: tabs for writing and preview, and a few marks at the cursor. The text area stays a text area.
const MARKS = {
  bold: { before: "**", after: "**" },
  link: { before: "[", after: "](https://)" },
};

export default function editor(box) {
  const text = box.querySelector("textarea");
  const [write, preview] = box.querySelectorAll("[role=tab]");
  const panel = (tab) => document.getElementById(tab.getAttribute("aria-controls"));

  function show(tab) {
    for (const one of [write, preview]) {
      one.setAttribute("aria-selected", String(one === tab));
      one.tabIndex = one === tab ? 0 : -1;
      panel(one).hidden = one !== tab;
    }
  }

  function mark(name) {
    if (name === "picture") return box.closest("form").querySelector("[data-files] input[type=file]")?.click();
    show(write);
    text.focus();
    const chosen = text.value.slice(text.selectionStart, text.selectionEnd);
    if (name === "list") return put(chosen.split("\n").map((line) => `- ${line}`).join("\n"));
    const { before, after } = MARKS[name];
    put(`${before}${chosen}${after}`);
    const end = text.selectionEnd - after.length;
    text.setSelectionRange(end - chosen.length, end);
  }

  // execCommand is the only way that leaves undo (Ctrl+Z) working; setRangeText is for where it is gone.
  function put(words) {
    if (!document.execCommand("insertText", false, words)) {
      text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  for (const part of box.querySelectorAll("[data-script]")) {
    part.hidden = false;
    part.classList.remove("is-coming");
  }
  for (const tab of [write, preview]) {
    tab.addEventListener("click", () => show(tab));
    tab.addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      const other = tab === write ? preview : write;
      other.focus();
      other.click();
    });
  }
  box.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mark]");
    if (button) mark(button.dataset.mark);
  });
}
