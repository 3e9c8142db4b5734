// Selecting tickets in a list and changing them together. What is ticked is the state; this keeps it over changes of rows,
// adds ranges and keys. The form of an act opens in a dialog (dialogs.js).
const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

export default function bulk(bar) {
  const count = bar.querySelector("[data-bulk-n]");
  const more = bar.querySelector("[data-bulk-all]");
  const everything = more.querySelector("input");
  const words = count.dataset.bulkN;
  const chosen = new Set(); // ticket numbers: rows are replaced under us
  let last = ""; // the ticket that was ticked last, where a range begins
  let key = null;

  const boxes = () => [...document.querySelectorAll("#queue tbody [name=ticket]")];
  const box = (row) => row?.querySelector("[name=ticket]");
  const whole = () => document.getElementById("select-all");

  // What is ticked -----------------------------------------------------------------------------------------

  function show() {
    const all = boxes();
    const here = new Set(all.map((one) => one.value));
    for (const number of chosen) if (!here.has(number)) chosen.delete(number);
    for (const one of all) one.checked = chosen.has(one.value);
    const isWhole = all.length > 0 && chosen.size === all.length;
    if (whole()) {
      whole().hidden = false;
      whole().checked = isWhole;
      whole().indeterminate = chosen.size > 0 && !isWhole;
    }
    more.hidden = !(isWhole && document.querySelector("#queue .fb-pages"));
    if (more.hidden) everything.checked = false;
    if (!everything.checked) count.textContent = words.replace("{n}", chosen.size);
    bar.querySelector("[name=from]").value = location.pathname + location.search;
    key ??= bar.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "key" }));
    key.value = crypto.randomUUID?.() ?? String(Math.random()); // another selection is another change
  }

  function tick(some, isOn = true) {
    for (const one of some) {
      if (isOn) chosen.add(one.value);
      else chosen.delete(one.value);
    }
    if (!isOn) everything.checked = false;
    last = some.at(-1)?.value ?? last;
    show();
    uncover(some.at(-1));
  }

  function range(to) {
    const all = boxes();
    const from = all.findIndex((one) => one.value === last);
    const end = all.indexOf(to);
    const [low, high] = from < 0 ? [end, end] : [Math.min(from, end), Math.max(from, end)];
    tick([...all.slice(low, high + 1).filter((one) => one !== to), to]);
  }

  function clear() {
    chosen.clear();
    last = "";
    everything.checked = false;
    show();
  }

  // The bar must not lie over what was just selected.
  function uncover(one) {
    const row = one?.closest("tr");
    if (!row || !chosen.size) return;
    const over = row.getBoundingClientRect().bottom - bar.getBoundingClientRect().top;
    if (over > 0) window.scrollBy(0, over + 8);
  }

  document.addEventListener("click", (event) => {
    const one = event.target;
    if (one.matches?.("#queue tbody [name=ticket]")) {
      if (event.shiftKey && last && one.checked) range(one);
      else tick([one], one.checked);
    } else if (one.id === "select-all") {
      tick(boxes(), one.checked);
    } else if (one === everything) {
      show();
      if (one.checked) htmx.trigger(one, "bulk:all");
    } else if (one.closest?.("[data-bulk-clear]")) {
      clear();
    }
  });
  document.addEventListener("mousedown", (event) => {
    // With Shift the browser would select text from here to there.
    if (event.shiftKey && event.target.closest?.("#queue .fb-hit")) event.preventDefault();
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.closest?.("#queue, #pill") || event.target.id === "queue") show();
  });

  // Keys -----------------------------------------------------------------------------------------------------

  const rows = () => [...document.querySelectorAll("#queue tbody tr")];
  const under = () => document.querySelector("#queue tr[data-cursor]");

  function extend(by) {
    const all = rows();
    const now = under();
    const next = all[Math.min(Math.max(all.indexOf(now) + by, 0), all.length - 1)];
    if (!next) return;
    if (now && !box(now).checked) tick([box(now)]);
    next.querySelector("a").focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    tick([box(next)]);
  }

  const shifted = { J: 1, ArrowDown: 1, K: -1, ArrowUp: -1 };

  function press(event) {
    const name = event.key;
    if (event.shiftKey && shifted[name]) extend(shifted[name]);
    else if (name === "x" && under()) tick([box(under())], !box(under()).checked);
    else if (name === "X" && under()) range(box(under()));
    else if (name === "Escape" && chosen.size) clear();
    else if (name === "i" && chosen.size) bar.querySelector("[data-bulk-act=i]").click();
    else return false;
    return true;
  }

  // Before the list's own keys: with a selection they mean all of it.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
      if (document.querySelector("[data-keys=off]") || document.querySelector("dialog[open]")) return;
      if (event.target.closest?.(FIELDS) || event.target.closest?.("[data-menu][open]")) return;
      if (press(event)) {
        event.preventDefault();
        event.stopImmediatePropagation();
      } else if (!event.shiftKey && !chosen.size && under() && bar.querySelector(`[data-key="${CSS.escape(event.key)}"]`)) {
        tick([box(under())]); // the bar appears, and its key is pressed next
      }
    },
    true,
  );

  bar.addEventListener("htmx:beforeRequest", () => {
    for (const menu of bar.querySelectorAll("details[open]")) menu.open = false;
  });
  document.body.addEventListener("bulk:done", clear);

  for (const part of bar.querySelectorAll("[data-script]")) part.hidden = false;
  for (const one of boxes()) if (one.checked) chosen.add(one.value); // as the browser kept them
  show();
}
