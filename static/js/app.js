// Ties small modules to the elements that ask for them by a data attribute. A module is fetched only where it is used;
// its default export is called once for each such element, also for those that htmx brings in later.
import "./failures.js";
import "./left.js";
import "./whole.js";

const BEHAVIOURS = [
  ["[data-menu]", () => import("./menus.js")],
  ["[data-notices]", () => import("./notices.js")],
  ["[data-reveal]", () => import("./reveal.js")],
  ["[data-passkey]", () => import("./passkeys.js")],
  ["[data-live]", () => import("./live.js")],
  ["[data-editor]", () => import("./editor.js")],
  ["[data-files]", () => import("./files.js")],
  ["[data-draft]", () => import("./drafts.js")],
  ["[data-people]", () => import("./people.js")],
  ["[data-suggest]", () => import("./suggest.js")],
  ["[data-errors]", () => import("./errors.js")],
  ["[data-keys]", () => import("./keys.js")],
  ["[data-board]", () => import("./board.js")],
  ["[data-palette]", () => import("./palette.js")],
  ["[data-asks]", () => import("./asks.js")],
  ["[data-queue]", () => import("./queue.js")],
  ["[data-dialog]", () => import("./dialogs.js")],
  ["[data-bulk]", () => import("./bulk.js")],
  ["[data-workspace]", () => import("./workspace.js")],
  ["[data-seen]", () => import("./seen.js")],
  ["[data-print]", () => import("./print.js")],
  ["[data-presence]", () => import("./presence.js")],
  ["[data-mention]", () => import("./mention.js")],
  ["[data-quote]", () => import("./quote.js")],
  ["[data-keep-editing]", () => import("./overtaken.js")],
  ["[data-picker]", () => import("./picker.js")],
  ["[data-helpful]", () => import("./helpful.js")],
  ["[data-questions]", () => import("./questions.js")],
  ["[data-countdown]", () => import("./countdown.js")],
  ["[data-says]", () => import("./says.js")],
  ["[data-timer]", () => import("./timer.js")],
  ["[data-fill]", () => import("./fill.js")],
  ["[data-lines]", () => import("./lines.js")],
  ["[data-copies]", () => import("./copy.js")],
  ["[data-prose]", () => import("./prose.js")],
  ["[data-writing]", () => import("./writing.js")],
  ["[data-push]", () => import("./push.js")],
  ["[data-install]", () => import("./install.js")],
];
const bound = new WeakMap();
const page = document.documentElement;
let coming = 0; // modules under way; with the last of them the page answers to everything, and says so

function bind(root) {
  for (const [selector, load] of BEHAVIOURS) {
    const elements = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) elements.unshift(root);
    for (const element of elements) {
      const seen = bound.get(element) ?? new Set();
      if (seen.has(selector)) continue;
      bound.set(element, seen.add(selector));
      coming += 1;
      load().then((module) => module.default(element)).finally(() => {
        coming -= 1;
        page.toggleAttribute("data-ready", !coming);
      });
    }
  }
  page.toggleAttribute("data-ready", !coming);
}

bind(document.body);
document.body.addEventListener("htmx:load", (event) => bind(event.detail.elt));
