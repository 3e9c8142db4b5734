// A Markdown editor: tabs for writing and preview, and marks at the cursor. The text area stays a text area. Where
// `data-editor` says "beside", both stand side by side on wide screens, and the usual keys set the usual marks.
const AROUND = {
  bold: { before: "**", after: "**" },
  italic: { before: "*", after: "*" },
  link: { before: "[", after: "](https://)" },
};
const LINES = {
  list: () => "- ",
  tasks: () => "- [ ] ",
  steps: (number) => `${number + 1}. `,
  quote: () => "> ",
  heading: (number) => (number ? "" : "## "),
};
const KEYS = { b: "bold", i: "italic", k: "link" };
const WIDE = window.matchMedia("(min-width: 62rem)");

export default function editor(box) {
  const text = box.querySelector("textarea");
  const [write, preview] = box.querySelectorAll("[role=tab]");
  const isBeside = box.dataset.editor === "beside";
  const panel = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
  let shown = write;

  function show(tab) {
    shown = tab;
    for (const one of [write, preview]) {
      one.setAttribute("aria-selected", String(one === tab));
      one.tabIndex = one === tab ? 0 : -1;
      panel(one).hidden = one !== tab && !(isBeside && WIDE.matches);
    }
  }

  function mark(name, words) {
    if (name === "picture") return box.closest("form").querySelector("[data-files] input[type=file]")?.click();
    show(write);
    text.focus();
    const chosen = text.value.slice(text.selectionStart, text.selectionEnd);
    if (LINES[name]) return put(chosen.split("\n").map((line, number) => LINES[name](number) + line).join("\n"));
    if (name === "table") return put(block(`| ${words} 1 | ${words} 2 |\n| --- | --- |\n| ${chosen} |  |\n`));
    if (name === "code") return code(chosen);
    if (!AROUND[name]) return put(block(`> [!${name.toUpperCase()}]\n${chosen.split("\n").map((line) => `> ${line}`).join("\n")}`));
    return around(AROUND[name], chosen);
  }

  function around({ before, after }, chosen) {
    put(`${before}${chosen}${after}`);
    const end = text.selectionEnd - after.length;
    text.setSelectionRange(end - chosen.length, end);
  }

  function code(chosen) {
    if (chosen.includes("\n")) return put(block(`\`\`\`\n${chosen}\n\`\`\`\n`));
    return around({ before: "`", after: "`" }, chosen);
  }

  // A block begins on a line of its own, with an empty one before it.
  function block(words) {
    const before = text.value.slice(0, text.selectionStart);
    return (!before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n") + words;
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
    if (button) mark(button.dataset.mark, button.dataset.words);
  });
  if (!isBeside) return;

  show(shown);
  WIDE.addEventListener("change", () => show(shown));
  text.addEventListener("keydown", (event) => {
    const name = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && KEYS[event.key.toLowerCase()];
    if (!name) return;
    event.preventDefault();
    mark(name);
  });
  walk(box.querySelector("[role=toolbar]"));
}

// One stop of the Tab key for the whole bar; arrows, Home and End walk through it.
function walk(bar) {
  const tools = [...bar.querySelectorAll("button")];
  const to = (tool) => {
    for (const one of tools) one.tabIndex = one === tool ? 0 : -1;
  };
  to(tools[0]);
  bar.addEventListener("focusin", (event) => to(event.target.closest("button")));
  bar.addEventListener("keydown", (event) => {
    const here = tools.indexOf(event.target.closest("button"));
    const next = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: tools.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    tools[(next + tools.length) % tools.length].focus();
  });
}
