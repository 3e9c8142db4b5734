// A list of tickets by keyboard, and new tickets in it. Rows change where they stand; new ones come in by themselves only
// while nobody is at the list: no row selected or under the cursor, no menu open (they bring new ones along, without what
// was typed), the page not scrolled, the pointer elsewhere.
import { placeIn } from "./place.js";

const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

export default function queue(root) {
  let at = ""; // the id of the row under the cursor; it stays with its ticket when rows come and go
  let asked = null; // the click by which the list asked for new ones by itself
  let goesIn = false; // Enter in the filter box: to the first row of what it finds

  const rows = () => [...root.querySelectorAll("tbody tr")];
  const here = () => (at ? document.getElementById(at) : null);

  function mark(row) {
    for (const one of root.querySelectorAll("tr[data-cursor]")) one.removeAttribute("data-cursor");
    at = row?.id ?? "";
    row?.setAttribute("data-cursor", "");
  }

  function move(by) {
    const all = rows();
    if (!all.length) return;
    const now = all.indexOf(here());
    goTo(all[Math.min(Math.max(now + by, 0), all.length - 1)], "nearest");
  }

  function goTo(row, block) {
    mark(row);
    row.querySelector("a").focus({ preventScroll: true });
    row.scrollIntoView({ block });
  }

  // Back from a ticket, the list goes on where it was left.
  function takeUp() {
    const row = document.getElementById(`row-${placeIn(location.pathname)}`);
    if (row && !document.activeElement.matches(FIELDS)) goTo(row, "center");
  }

  // Out of the filter box, which keeps what was typed.
  root.addEventListener("keydown", (event) => {
    if (event.target.id !== "id_q" || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter") goesIn = true; // and the form is sent
    else if (event.key === "ArrowDown") {
      event.preventDefault();
      move(-rows().length);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.target.blur();
    }
  });
  root.addEventListener("input", stay);
  // What failed finds nothing; a request whose place a newer one took has not failed.
  for (const name of ["htmx:sendError", "htmx:timeout"]) root.addEventListener(name, stay);
  root.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.xhr.status >= 400) stay();
  });

  function stay() {
    goesIn = false;
  }

  function isInUse() {
    const table = document.getElementById("queue");
    const begun = table.querySelector("tbody [name=ticket]:checked") ?? root.querySelector("[data-menu][open]");
    return Boolean(begun || at) || window.scrollY > 0 || table.matches(":hover") || table.contains(document.activeElement);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (document.querySelector("[data-keys=off]") || document.querySelector("dialog[open]")) return;
    if (event.target.closest?.(`${FIELDS}, [data-menu][open]`)) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "i") here()?.querySelector(".fb-take")?.click();
    else if (event.key === "Escape" && at) {
      mark(null);
      document.activeElement.blur();
    } else return;
    event.preventDefault();
  });

  // A chip's × takes its fields back, so that the menu of filters, open or not, says what is on.
  root.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-unset]");
    if (!chip || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const form = root.querySelector("[data-filters]");
    for (const field of [...form.elements]) if (isOf(field.name, chip.dataset.unset)) unset(field);
    root.querySelector("#id_q").focus();
    form.dispatchEvent(new Event("submit", { cancelable: true }));
  });

  function isOf(name, filter) {
    if (!name || ["changed", "sort"].includes(name)) return false;
    return !filter || name === filter || (filter === "requester" && name === "requester_name");
  }

  function unset(field) {
    if (field.type === "checkbox") field.checked = false;
    else field.value = "";
  }

  root.addEventListener("focusin", (event) => {
    const row = event.target.closest("tbody tr");
    if (row) mark(row);
  });

  root.addEventListener("htmx:afterSettle", (event) => {
    if (here()) mark(here());
    else at = "";
    if (goesIn && event.detail.requestConfig?.elt.id === "filters") {
      goesIn = false;
      move(-rows().length);
    }
    const offer = root.querySelector("[data-new]:not([data-taken])");
    if (!offer || isInUse()) return;
    offer.dataset.taken = ""; // several parts settle after one answer
    offer.addEventListener("click", (event) => (asked = event), { once: true, capture: true });
    offer.click();
  });
  // Who came to the list while the new ones were on their way finds them offered, as before.
  root.addEventListener("htmx:beforeSwap", (event) => {
    const { elt, triggeringEvent } = event.detail.requestConfig ?? {};
    if (!asked || triggeringEvent !== asked || !isInUse()) return;
    event.detail.shouldSwap = false;
    delete elt.dataset.taken;
  });

  const [navigation] = performance.getEntriesByType("navigation");
  const comesBack = document.referrer.includes("/desk/tickets/") && navigation?.type !== "reload"; // which keeps the referrer
  if (navigation?.type === "back_forward" || comesBack) takeUp();
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) takeUp();
  });
}
