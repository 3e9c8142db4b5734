// A board: cards go from lane to lane by pointer, finger and keyboard, and by the menu that each has anyway. A move is
// shown at once and taken back when it is refused; what others do appears by itself, but not while a card is on its way.
import drag from "./board-drag.js";

const CLOSED = "fb-swims";
const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

export default function board(root) {
  const words = root.querySelector("#words").dataset;
  const refusal = root.querySelector("[data-refusal]");
  const dialog = root.querySelector("#move");
  const place = root.querySelector("#move-form");
  let move = null; // the card that is on its way: where it was, where it stands now
  let answered = 0; // the status of the last answer to a move
  let missed = false; // news came while a card was on its way
  let queue = Promise.resolve();

  const cells = () => [...root.querySelectorAll(".fb-cell")];
  const cellAt = (row, lane) => cells().find((cell) => cell.dataset.row === row && cell.dataset.lane === lane);
  const cardOf = (number) => document.getElementById(`card-${number}`);
  const laneLabel = (key) => root.querySelector(`.fb-board__col[data-lane="${CSS.escape(key)}"]`).dataset.label;

  const fill = (text, given) => text.replace(/%\((\w+)\)s/g, (whole, name) => given[name] ?? whole);

  // Among the notices, where it is seen and, since these are a status, said once.
  function refuse(what, card, lane = "", why = "") {
    const notice = refusal.content.cloneNode(true);
    notice.querySelector("[data-title]").textContent = fill(words[what], { ref: card.dataset.ref, lane });
    notice.querySelector("[data-why]").textContent = why;
    document.getElementById("notices").replaceChildren(notice);
  }

  // A card that this reader moves nowhere, one that does not go there, one at the end.
  function refuseAll(card) {
    refuse("fixed", card, "", "closed" in card.dataset ? words.closed : words.others);
  }

  function refuseThere(card, cell) {
    const { row, lane } = card.closest(".fb-cell").dataset;
    if (row !== cell.dataset.row && lane !== cell.dataset.lane) return refuse("no", card, nameOf(cell), words.once);
    if (row === cell.dataset.row ? "fixed" in card.dataset : "stays" in card.dataset) return refuseAll(card);
    const open = cells().filter((one) => canGo(card, one) && (row === cell.dataset.row) === (one.dataset.row === row));
    const names = new Intl.ListFormat(document.documentElement.lang, { type: "disjunction" }).format(
      open.map((one) => `“${nameOf(one, card)}”`),
    );
    const here = nameOf(card.closest(".fb-cell"), cell);
    return refuse("no", card, nameOf(cell, card), fill(open.length ? words.can : words.cannot, { here, lanes: names }));
  }

  // What tells a cell from another one: its lane, or in the same lane its row.
  function nameOf(cell, other = null) {
    const from = other?.closest(".fb-cell").dataset;
    return from && from.lane === cell.dataset.lane ? cell.dataset.rowname : laneLabel(cell.dataset.lane);
  }

  // Where a card may go: along its row to a lane, or along its lane to another row; one thing at a time.
  function canGo(card, to) {
    const from = card.closest(".fb-cell").dataset;
    const sameRow = from.row === to.dataset.row;
    const sameLane = from.lane === to.dataset.lane;
    if (sameRow === sameLane) return false;
    if (sameRow) return !("fixed" in card.dataset) && to.dataset.after.split(" ").includes(from.lane);
    return !("stays" in card.dataset) && to.dataset.rowafter.split(" ").includes(from.row);
  }

  // A move --------------------------------------------------------------------------------------------------------

  function address(card) {
    const query = new URLSearchParams();
    for (const input of root.querySelectorAll("#state > input:not([name=seen])")) query.append(input.name, input.value);
    return `${card.querySelector("[data-place]").pathname}?${query}`;
  }

  function go(card, to) {
    const along = card.closest(".fb-cell").dataset.row === to.dataset.row;
    const { lanes, rows } = root.querySelector("#lanes").dataset;
    const said = along ? { axis: lanes, to: to.dataset.lane } : { axis: rows, to: to.dataset.row };
    send(card.dataset.number, said, to.id);
  }

  // One after the other: the second move of a card is based on the version that the first one made.
  function send(number, values, to) {
    queue = queue.then(() => post(number, values, to)).catch(() => finish(false));
  }

  async function post(number, values, to) {
    const card = cardOf(number);
    if (!card) return;
    const hadFocus = card.contains(document.activeElement);
    move = { card, number, hadFocus, parent: card.parentNode, next: card.nextElementSibling };
    const seen = root.querySelector("#state > [name=seen]").value;
    const url = address(card);
    card.classList.add("is-sent");
    if (to) document.getElementById(to)?.prepend(card);
    if (hadFocus) focus(card); // what is taken elsewhere loses it
    answered = 0;
    await htmx.ajax("POST", url, {
      source: place,
      target: place,
      swap: "innerHTML",
      values: { ...values, seen, expected: card.dataset.version },
    });
    if (answered === 200) finish(true);
    else if (answered === 422 && place.firstElementChild) await ask();
    else finish(false);
  }

  function ask() {
    if (!dialog.open) dialog.showModal();
    place.querySelector("select, textarea, input:not([type=hidden]), button:not([disabled])")?.focus();
    return new Promise((done) => dialog.addEventListener("close", done, { once: true }));
  }

  // The answer brought the cells anew. A card that still stands where it was put is not on the board any more.
  function finish(isDone) {
    const { card, number, parent, next, hadFocus } = move ?? {};
    const goesAlong = hadFocus && (isIdle() || [card, dialog].some((one) => one.contains(document.activeElement)));
    move = null;
    if (card?.isConnected) {
      card.classList.remove("is-sent");
      if (isDone) card.remove();
      else if (parent.isConnected) parent.insertBefore(card, next?.parentNode === parent ? next : null);
    }
    if (goesAlong) document.getElementById(`open-${number}`)?.focus();
    if (missed || (card && !isDone)) htmx.trigger(document.body, "board-again");
    missed = false;
  }

  // Nobody is anywhere; who has gone on to another card meanwhile stays there.
  const isIdle = () => [document.body, root.querySelector(".fb-boardwrap")].includes(document.activeElement);
  const isBusy = () => Boolean(move) || dialog.open || root.classList.contains("is-dragging");

  for (const name of ["htmx:beforeRequest", "htmx:beforeSwap"]) {
    document.body.addEventListener(name, (event) => {
      if (event.detail.requestConfig?.elt.id !== "news" || !isBusy()) return;
      event.preventDefault();
      missed = true;
    });
  }

  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { requestConfig, xhr } = event.detail;
    if (!place.contains(requestConfig.elt) && requestConfig.elt !== place) return;
    answered = xhr.status;
    if (xhr.getResponseHeader("HX-Retarget") && dialog.open) dialog.close(); // the notice stands on the page
  });

  // The menu and the form of a card -------------------------------------------------------------------------------

  root.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-place]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const card = link.closest(".fb-tcard");
    const { number } = card.dataset;
    await htmx.ajax("GET", address(card), { source: place, target: place, swap: "innerHTML" });
    if (!place.firstElementChild) return;
    await ask();
    // Who chose by pointer stays where they look; who chose by key goes along with the card.
    cardOf(number)?.querySelector("[data-place]").focus({ preventScroll: event.detail > 0 });
  });
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("[data-move-cancel]")) return;
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener("close", () => {
    place.replaceChildren();
    if (move || missed) finish(false);
  });
  document.body.addEventListener("board-moved", () => {
    if (!dialog.open) return;
    dialog.close();
    if (move) finish(true);
  });

  // By keyboard ---------------------------------------------------------------------------------------------------

  const open = (cell) => cell.closest("details")?.open ?? true;
  const inLane = (key) => cells().filter((cell) => cell.dataset.lane === key && open(cell));

  function neighbour(card, [across, down]) {
    const cell = card.closest(".fb-cell");
    const stack = inLane(cell.dataset.lane).flatMap((one) => [...one.children]);
    if (down) return stack[stack.indexOf(card) + down];
    const row = cells().filter((one) => one.dataset.row === cell.dataset.row);
    const index = [...cell.children].indexOf(card);
    for (let at = row.indexOf(cell) + across; row[at]; at += across) {
      const { children } = row[at];
      if (children.length) return children[Math.min(index, children.length - 1)];
    }
    return null;
  }

  function shift(card, by) {
    const { row, lane } = card.closest(".fb-cell").dataset;
    const keys = [...root.querySelectorAll(".fb-board__col")].map((head) => head.dataset.lane);
    const key = keys[keys.indexOf(lane) + by];
    if ("fixed" in card.dataset) return refuseAll(card);
    if (!key) return refuse(by < 0 ? "first" : "last", card);
    const to = cellAt(row, key);
    return canGo(card, to) ? go(card, to) : refuseThere(card, to);
  }

  document.addEventListener("keydown", (event) => {
    const isTyped = event.getModifierState("AltGraph"); // brackets are typed with it on many keyboards
    if (event.defaultPrevented || event.metaKey || ((event.ctrlKey || event.altKey) && !isTyped)) return;
    if (document.querySelector("[data-keys=off]") || document.querySelector("dialog[open]")) return;
    if (event.target.closest?.("input, textarea, select, summary, .fb-side")) return;
    const card = document.activeElement.closest(".fb-tcard");
    const step = STEPS[event.key];
    if (step && card) focus(neighbour(card, step));
    else if (step && isIdle()) focus(root.querySelector(".fb-tcard"));
    else if (card && (event.key === "[" || event.key === "]")) shift(card, event.key === "[" ? -1 : 1);
    else if (card && event.key === "o") card.querySelector(".fb-tcard__t").click();
    else if (card && event.key === "i") send(card.dataset.number, { axis: "assignee", to: "me" }, "");
    else return;
    event.preventDefault();
  });

  function focus(card) {
    const link = card?.querySelector(".fb-tcard__t");
    link?.focus({ preventScroll: true });
    link?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // By pointer and finger -----------------------------------------------------------------------------------------

  drag(root, {
    cells,
    cellAt,
    canGo,
    go,
    hint: (cell, card) => fill(words.drop, { lane: nameOf(cell, card) }),
    refused: (card, cell) => (cell ? refuseThere(card, cell) : refuseAll(card)),
    done: () => {
      if (missed && !isBusy()) finish(false);
    },
  });

  // Rows that were closed stay closed; one lane at a time on phones; a choice in the bar is sent at once ----------------

  const closed = new Set(JSON.parse(localStorage.getItem(CLOSED) ?? "[]"));
  for (const row of root.querySelectorAll("[data-swim]")) row.open = !closed.has(row.dataset.swim);
  root.addEventListener("toggle", (event) => {
    const { swim } = event.target.dataset;
    if (!swim) return;
    if (event.target.open) closed.delete(swim);
    else closed.add(swim);
    localStorage.setItem(CLOSED, JSON.stringify([...closed]));
  }, true);

  const wrap = root.querySelector(".fb-boardwrap");
  const switches = [...root.querySelectorAll("[data-to]")];
  const line = () => root.querySelector(".fb-board__line:not(.fb-board__heads)");
  root.addEventListener("click", (event) => {
    const to = event.target.closest("[data-to]");
    if (!to) return;
    event.preventDefault();
    line().children[switches.indexOf(to)].scrollIntoView({ block: "nearest", inline: "start" });
  });
  wrap.addEventListener("scroll", () => {
    const at = Math.round(wrap.scrollLeft / wrap.clientWidth);
    switches.forEach((one, index) => {
      if (index === at) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    });
  }, { passive: true });

  root.querySelector("[data-board-bar]").addEventListener("change", (event) => {
    if (event.target.matches("[data-now]")) event.target.form.requestSubmit();
  });
}
