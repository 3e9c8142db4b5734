// Cards under the pointer: a mouse lifts one as soon as it moves, a finger after resting on it, so that it still scrolls.
const FAR = 6;
const REST = 300;
const EDGE = 48;
const SPEED = 14;

export default function drag(root, { cells, cellAt, canGo, go, hint, refused, done }) {
  const wrap = root.querySelector(".fb-boardwrap");
  let held = null; // what the pointer went down on
  let ghost = null; // the card as it hangs from the pointer
  let over = null;
  let scrolling = 0;

  root.addEventListener("pointerdown", (event) => {
    const card = event.target.closest(".fb-tcard");
    if (!card || held || event.button || event.target.closest("[data-place]")) return;
    const box = card.getBoundingClientRect();
    held = { card, id: event.pointerId, x: event.clientX, y: event.clientY, dx: event.clientX - box.x, dy: event.clientY - box.y };
    held.byFinger = event.pointerType !== "mouse";
    if (held.byFinger) held.timer = setTimeout(isFixed(card) ? turnDown : lift, REST);
  });

  document.addEventListener("pointermove", (event) => {
    if (event.pointerId !== held?.id || held.isTurnedDown) return;
    if (!ghost) {
      if (Math.hypot(event.clientX - held.x, event.clientY - held.y) < FAR) return;
      if (held.byFinger) return release();
      if (isFixed(held.card)) return turnDown();
      lift();
    }
    held.x = event.clientX;
    held.y = event.clientY;
    follow();
  });
  document.addEventListener("pointerup", (event) => {
    if (event.pointerId !== held?.id) return;
    if (held.isTurnedDown) swallowClick();
    if (!ghost) return release();
    const { card } = held;
    const to = target();
    swallowClick();
    release();
    if (!to || to === card.closest(".fb-cell")) return;
    if (canGo(card, to)) go(card, to);
    else refused(card, to);
  });
  document.addEventListener("pointercancel", (event) => {
    if (event.pointerId === held?.id) release();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !ghost) return;
    event.preventDefault();
    event.stopPropagation();
    release();
  }, true);
  root.addEventListener("touchmove", (event) => {
    if (ghost) event.preventDefault(); // the board stays where it is under a card
  }, { passive: false });
  root.addEventListener("contextmenu", (event) => {
    if (ghost || held?.byFinger) event.preventDefault();
  });
  root.addEventListener("dragstart", (event) => {
    if (event.target.closest?.(".fb-tcard")) event.preventDefault();
  });

  const isFixed = (card) => "fixed" in card.dataset && "stays" in card.dataset;

  // Said at once; but the pointer is still down, and letting go must not open the card.
  function turnDown() {
    clearTimeout(held.timer);
    held.isTurnedDown = true;
    refused(held.card);
  }

  function lift() {
    const { card } = held;
    if (!card.isConnected) return release();
    ghost = card.cloneNode(true);
    ghost.removeAttribute("id");
    for (const one of ghost.querySelectorAll("[id]")) one.removeAttribute("id");
    ghost.setAttribute("aria-hidden", "true");
    ghost.inert = true;
    ghost.classList.add("is-grabbed");
    ghost.style.inlineSize = `${card.offsetWidth}px`;
    card.classList.add("is-lifted");
    root.append(ghost);
    root.classList.add("is-dragging");
    for (const cell of cells()) {
      if (cell === card.parentNode) continue;
      cell.classList.add(canGo(card, cell) ? "is-open" : "is-closed");
    }
    follow();
    scrolling = requestAnimationFrame(scroll);
  }

  function follow() {
    ghost.style.translate = `${held.x - held.dx}px ${held.y - held.dy}px`;
    const now = target();
    if (now === over) return;
    over?.classList.remove("is-over");
    over = now;
    if (!over?.classList.contains("is-open")) return;
    over.dataset.hint = hint(over, held.card);
    over.classList.add("is-over");
  }

  // The cell under the pointer; the head of a lane stands for the cell of that lane in the card's row.
  function target() {
    const element = document.elementFromPoint(held.x, held.y);
    const cell = element?.closest(".fb-cell");
    if (cell) return cell;
    const lane = element?.closest("[data-to]")?.dataset.to ?? element?.closest(".fb-board__col, .fb-board__foot")?.dataset.lane;
    return lane ? cellAt(held.card.parentNode.dataset.row, lane) : null;
  }

  // Near an edge the board comes along.
  function scroll() {
    if (!ghost) return;
    const box = wrap.getBoundingClientRect();
    const x = near(held.x, box.left, box.right);
    const y = near(held.y, box.top, box.bottom);
    if (x || y) {
      wrap.scrollBy(x, y);
      follow();
    }
    scrolling = requestAnimationFrame(scroll);
  }

  function near(at, start, end) {
    if (at < start + EDGE) return -SPEED;
    return at > end - EDGE ? SPEED : 0;
  }

  function swallowClick() {
    const stop = (event) => {
      event.preventDefault();
      event.stopPropagation();
    };
    document.addEventListener("click", stop, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", stop, true));
  }

  function release() {
    clearTimeout(held?.timer);
    cancelAnimationFrame(scrolling);
    held?.card.classList.remove("is-lifted");
    ghost?.remove();
    held = ghost = over = null;
    root.classList.remove("is-dragging");
    for (const cell of cells()) cell.classList.remove("is-open", "is-closed", "is-over");
    done();
  }
}
