// Keeps an open page current. It carries signed lists of topics in `data-live`; when one of these topics changes,
// `live:<topic>` is fired on the body, and the page's own parts fetch what they show. While there is no stream,
// `live:poll` is fired now and then.
import { decode, Line } from "./live-line.js";

const POLL_EVERY = 30 * 1000;
const HERE_EVERY = 60 * 1000;
const HIDDEN_FOR = 60 * 1000;
const SPREAD = 1500; // a server that restarts must not be asked for everything by everybody at once

const FASTEST = 400;
const SLOWEST = 10 * 1000;

const waiting = new Map(); // what changed while nobody looked
const paces = new Map(); // topic: how often it is fired
let lists = [];
let line = null;
let state = "off";
let hiddenAt = 0;
let polledAt = Date.now();
let spreading = null;
let collecting = null;

function fire(name, version) {
  document.body.dispatchEvent(new CustomEvent(`live:${name}`, { bubbles: true, detail: { version } }));
}

// At once, but not in a row: one ticket's changes are told twice a second, a list in a storm ever more slowly.
function pace(topic, version) {
  const own = paces.get(topic) ?? { at: 0, gap: FASTEST, timer: null };
  paces.set(topic, own);
  own.version = version;
  const since = Date.now() - own.at;
  if (since > 4 * own.gap || topic.includes("ticket:")) own.gap = FASTEST;
  own.timer ??= setTimeout(() => {
    own.timer = null;
    own.at = Date.now();
    own.gap = Math.min(own.gap * 1.3, SLOWEST);
    fire(topic, own.version);
  }, Math.max(own.gap - since, 0));
}

function wake(topic, version) {
  // A page that nobody sees waits with its parts; the bell's number also stands in the tab's title.
  if (document.hidden && !topic.startsWith("bell:")) waiting.set(topic, version);
  else pace(topic, version);
}

function all() {
  spreading ??= setTimeout(() => {
    spreading = null;
    new Set(lists.flatMap((list) => list.topics)).forEach((topic) => wake(topic, 0));
  }, Math.random() * SPREAD);
}

function is(now) {
  state = now;
  document.documentElement.dataset.liveState = now;
  for (const note of document.querySelectorAll("[data-live-note]")) note.hidden = now === "live";
}

function poll() {
  if (state !== "polling" || document.hidden || Date.now() - polledAt < POLL_EVERY) return;
  polledAt = Date.now();
  fire("poll", 0);
}

function collect() {
  const known = new Map(lists.map((list) => [list.signed, list]));
  const parts = [...document.querySelectorAll("[data-live]")];
  const signed = new Set(parts.flatMap((part) => part.dataset.live.split(/\s+/)).filter(Boolean));
  if (signed.size === known.size && [...signed].every((each) => known.has(each))) return;
  lists = [...signed].map((each) => known.get(each) ?? decode(each)).filter(Boolean);
  line.hello();
}

// The stream: in the worker that all tabs share, else our own.

function ownLine() {
  const own = new Line({ wake, all, changed: () => is(own.state) });
  return { hello: () => own.want(lists), again: () => own.again(), bye: () => own.stop(), here: () => {} };
}

function sharedLine(url) {
  const worker = new SharedWorker(url, { type: "module", name: "live" });
  const { port } = worker;
  const hello = () => port.postMessage({ hello: { lists, born: performance.timeOrigin } });
  port.onmessage = ({ data }) => {
    if (data.wake) wake(data.wake, data.version);
    if (data.all || data.forgotten) all();
    if (data.forgotten) hello();
    if (data.state) is(data.state);
  };
  worker.onerror = () => {
    line = ownLine();
    line.hello();
  };
  const say = (what) => () => port.postMessage({ [what]: true });
  return { hello, again: say("again"), bye: say("bye"), here: say("here") };
}

function newLine() {
  const url = document.body.dataset.liveWorker;
  try {
    return url && window.SharedWorker ? sharedLine(url) : ownLine();
  } catch {
    return ownLine();
  }
}

// The page's own life.

function seen() {
  if (document.hidden) {
    hiddenAt = Date.now();
    return;
  }
  if (hiddenAt && Date.now() - hiddenAt > HIDDEN_FOR) all();
  else waiting.forEach((version, topic) => pace(topic, version));
  waiting.clear();
  line.here();
  poll();
}

function begin() {
  line = newLine();
  document.addEventListener("visibilitychange", seen);
  document.body.addEventListener("htmx:afterSettle", later);
  window.addEventListener("online", () => line.again());
  window.addEventListener("pagehide", () => line.bye());
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    line.hello(); // the page comes back as it was left
    all();
  });
  setInterval(() => line.here(), HERE_EVERY);
  setInterval(poll, POLL_EVERY / 10);
}

function later() {
  collecting ??= setTimeout(() => {
    collecting = null;
    collect();
  });
}

// Called for each `[data-live]` of the page, also for those that come in later.
export default function live() {
  if (!line) begin();
  later();
}
