// The command palette: what this page can do, then what the server finds. Ctrl+K (or Cmd+K) opens it on every page of the
// desk; so does whatever is marked `data-palette-opens`, which without script is a link to the search page.
import options from "./options.js";

const ASKS_AFTER = 80; // milliseconds since the last letter
const MOST = 5; // commands of the page
const TICKET = /\/tickets\/(INC-\d+)\//;
const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select";

export default function palette(dialog) {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const { refresh } = options(input, list, { pick, first: true, waits: () => isAsking });
  let commands = [];
  let timer = 0;
  let isAsking = false; // what stands there fits what was typed before

  function open() {
    if (dialog.open || document.querySelector("dialog[open]")) return;
    commands = commandsOf(document);
    input.value = "";
    input.setAttribute("hx-vals", JSON.stringify({ ticket: ticketAtHand() }));
    dialog.showModal();
    input.focus();
    show();
    htmx.trigger(input, "palette:ask");
  }

  function pick(option, event) {
    const { href } = option.dataset;
    const element = option.element ?? pressed(option);
    if (element) {
      dialog.close();
      if (element.matches(FIELDS)) element.focus();
      else if (element.matches("[role=group]")) element.querySelector("a, button")?.focus();
      else element.click();
    } else if (href && (event.ctrlKey || event.metaKey)) window.open(href);
    else if (href) location.assign(href);
  }

  // What needs an element of a page is offered where that is, or where it leads to a place of its own.
  function leaveOut() {
    for (const option of list.querySelectorAll("[data-press]")) {
      if (!option.dataset.href && !pressed(option)) option.remove();
    }
    for (const place of list.querySelectorAll("[role=group]:not(:has([role=option]))")) place.remove();
  }

  // What this page can do stands first; what stands there too, by its key, is not shown again.
  function show() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fitting = commands.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
    list.querySelector("[data-page]")?.remove();
    const others = new Set([...list.querySelectorAll("[data-press]")].map(pressed));
    const shown = fitting.filter(({ element }) => !others.has(element)).slice(0, MOST);
    if (shown.length) list.prepend(group(shown));
    list.querySelector(".fb-options__none")?.toggleAttribute("hidden", shown.length > 0);
    refresh();
  }

  function group(shown) {
    const place = document.createElement("div");
    place.dataset.page = "";
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", list.dataset.commands);
    const label = document.createElement("div");
    label.className = "fb-options__label";
    label.textContent = list.dataset.commands;
    place.append(label, ...shown.map(line));
    return place;
  }

  function line({ name, key, element }) {
    const option = document.createElement("div");
    option.setAttribute("role", "option");
    option.element = element;
    const words = document.createElement("span");
    words.className = "fb-options__words";
    words.textContent = name;
    option.append(words);
    if (key) {
      const cap = document.createElement("kbd");
      cap.className = "fb-kbd";
      cap.textContent = key;
      option.append(cap);
    }
    return option;
  }

  input.addEventListener("input", () => {
    isAsking = true;
    show();
    clearTimeout(timer);
    timer = setTimeout(() => htmx.trigger(input, "palette:ask"), ASKS_AFTER);
  });
  list.addEventListener("htmx:afterSwap", (event) => {
    // An answer to fewer letters shows what there is so far, but it is not what was typed.
    isAsking = (event.detail.requestConfig.parameters.q ?? "") !== input.value;
    leaveOut();
    show();
  });
  input.addEventListener("htmx:responseError", () => (isAsking = false));
  input.addEventListener("htmx:sendError", () => (isAsking = false));
  dialog.addEventListener("close", () => {
    clearTimeout(timer);
    isAsking = false;
    list.replaceChildren();
    refresh();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside it
  });

  document.addEventListener("keydown", (event) => {
    const isMine = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
    if (!isMine || event.defaultPrevented) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else open();
  });
  document.addEventListener("click", (event) => {
    const opens = event.target.closest("[data-palette-opens]");
    if (!opens || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
}

// The ticket of this page, or the one that has the cursor in a list or on a board.
function ticketAtHand() {
  const marked = document.querySelector("tr[data-cursor]") ?? document.activeElement?.closest("main tr, main li");
  const address = marked?.querySelector('a[href*="/desk/tickets/"]')?.getAttribute("href") ?? "";
  return (location.pathname.match(TICKET) ?? address.match(TICKET))?.[1] ?? "";
}

const pressed = ({ dataset }) => (dataset.press ? [...document.querySelectorAll(dataset.press)].find(isSeen) : undefined);
const isSeen = (element) => element.getClientRects().length > 0 && !element.disabled;

// What can be done here: elements that a key presses, and those that say they are a command.
function commandsOf(page) {
  const found = [...page.querySelectorAll("main [data-key]:not([role=group]), main [data-command]")].filter(isSeen);
  return found.map((element) => ({
    name: nameOf(element),
    key: element.dataset.key?.split(" ")[0].toUpperCase() ?? "",
    element,
  })).filter(({ name, key }) => name && key !== "?");
}

function nameOf(element) {
  if (element.dataset.command) return element.dataset.command;
  const label = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent;
  if (label) return label.trim();
  const copy = element.cloneNode(true);
  for (const cap of copy.querySelectorAll("kbd, svg")) cap.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
}
