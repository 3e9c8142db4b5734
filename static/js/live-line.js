// One stream of live updates for a set of topics: opens it, widens it without a gap, and gets it back when it breaks.
// Used by the worker that all tabs share, and by a page itself where there is no such worker.

const STREAM = "/live/";
const RENEW = "/live/renew/";
const MOST_TOPICS = 60; // the server's limit, too
const MOST_LISTS = 16; // keeps the address short
const GOOD_FOR = 10 * 60 * 1000; // a signed list opens a stream for 15 minutes
const DOWN_AFTER = 5 * 1000;
const PATIENCE = 10 * 1000;
const SOON = 20;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 10 * 1000;
const TICK = 15 * 1000;
const SLEPT = 90 * 1000;

// What a page carries is `payload:time:signature`; the payload is [person, made at, topics].
export function decode(signed) {
  try {
    const payload = signed.split(":", 1)[0].replaceAll("-", "+").replaceAll("_", "/");
    return { signed, topics: JSON.parse(atob(payload))[2], received: Date.now() };
  } catch {
    return null;
  }
}

export class Line {
  // wake(topic, version); all() when anything may have been missed; changed() when `state` did
  constructor({ wake, all, changed }) {
    this.wake = wake;
    this.all = all;
    this.changed = changed;
    this.state = ""; // "live", "polling" while there is no stream, "off" after signing out
    this.lists = new Map(); // topic: the newest list that names it
    this.lost = new Set(); // topics that we may no longer follow
    this.heard = new Map(); // topic: when it was last woken
    this.open = null; // the stream that tells us
    this.opening = null; // the one that shall take its place
    this.broken = false; // something may have been missed since a stream was last open
    this.refused = false; // perhaps for its lists
    this.signedOut = false;
    this.wait = FIRST_WAIT;
    this.turn = 0;
    this.ticked = Date.now();
    setInterval(() => this.tick(), TICK);
  }

  // The lists of all pages that are open now.
  want(lists) {
    const wanted = new Set(lists.flatMap((list) => list.topics));
    for (const list of lists) {
      for (const topic of list.topics) {
        if ((this.lists.get(topic)?.received ?? 0) >= list.received) continue;
        this.lists.set(topic, list);
        this.lost.delete(topic);
        this.signedOut = false;
      }
    }
    for (const topic of [...this.lists.keys()]) {
      if (!wanted.has(topic)) this.lists.delete(topic);
    }
    if (!this.lists.size) this.stop();
    else if (this.lacks()) this.connect(SOON);
  }

  // The newest lists, as many as one stream takes, and all their topics.
  choice() {
    const wanted = [...this.lists].filter(([topic]) => !this.lost.has(topic)).map(([, list]) => list);
    const newest = [...new Set(wanted)].sort((a, b) => b.received - a.received);
    const lists = [];
    const topics = new Set();
    for (const list of newest.slice(0, MOST_LISTS)) {
      const more = list.topics.filter((topic) => !topics.has(topic));
      if (topics.size + more.length > MOST_TOPICS) continue;
      lists.push(list);
      more.forEach((topic) => topics.add(topic));
    }
    return { lists, topics };
  }

  lacks() {
    const told = (this.opening ?? this.open)?.topics;
    return [...this.choice().topics].some((topic) => !told?.has(topic));
  }

  tells(topic) {
    return Boolean(this.open?.topics.has(topic));
  }

  // How a page that shows these topics is kept current.
  stateFor(topics) {
    if (this.state !== "live") return this.state;
    const chosen = this.choice().topics;
    return topics.every((topic) => chosen.has(topic) || this.lost.has(topic)) ? "live" : "polling";
  }

  // The connection can't be trusted: the device slept, or its network changed.
  again() {
    if (!this.lists.size || this.signedOut) return;
    this.drop();
    this.later();
  }

  connect(delay) {
    const turn = ++this.turn;
    clearTimeout(this.retry);
    this.retry = setTimeout(async () => {
      const good = await this.renew();
      if (turn !== this.turn) return;
      if (!good) this.later();
      else if (!this.signedOut && this.lacks()) this.start();
    }, delay);
  }

  later() {
    this.broken ||= !this.open;
    this.worry();
    this.connect(this.wait * (0.5 + Math.random()));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  // Pages poll when this takes too long.
  worry() {
    if (!this.open) this.down ??= setTimeout(() => this.is("polling"), DOWN_AFTER);
  }

  start() {
    this.worry();
    const { lists, topics } = this.choice();
    const query = new URLSearchParams();
    for (const list of lists) {
      // What the present stream tells, or a fetch of everything will show, need not be told again.
      const covered = this.broken || list.topics.every((topic) => this.tells(topic));
      query.append(covered ? "kept" : "topics", list.signed);
    }
    this.opening?.source.close();
    const source = new EventSource(`${STREAM}?${query}`);
    const stream = { source, topics };
    this.opening = stream;
    source.onopen = () => this.opened(stream);
    source.onerror = () => this.failed(stream);
    source.addEventListener("resync", () => this.all());
    for (const topic of topics) {
      source.addEventListener(topic, (event) => {
        this.heard.set(topic, Date.now());
        this.wake(topic, Number(event.data));
      });
    }
  }

  opened(stream) {
    if (this.opening !== stream) return;
    this.open?.source.close();
    this.open = stream;
    this.opening = null;
    this.wait = FIRST_WAIT;
    this.refused = false;
    clearTimeout(this.down);
    this.down = null;
    this.is("live");
    if (this.broken) this.all();
    this.broken = false;
    if (this.lacks()) this.connect(SOON);
  }

  failed(stream) {
    const answered = stream.source.readyState === EventSource.CLOSED; // else nobody was there
    stream.source.close();
    if (this.open === stream) {
      this.open = null;
      this.broken = true;
    } else if (this.opening === stream) {
      this.opening = null;
      this.refused ||= answered;
    } else return;
    if (!this.opening) this.later();
  }

  // Fresh lists for those that would be refused; topics that don't come back are no longer ours to follow.
  async renew() {
    const old = Date.now() - GOOD_FOR;
    const due = this.choice().lists.filter((list) => this.refused || list.received < old);
    if (!due.length) return true;
    const query = new URLSearchParams(due.map((list) => ["topics", list.signed]));
    let fresh = null;
    try {
      const answer = await fetch(`${RENEW}?${query}`, { redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      if (answer.type === "opaqueredirect") {
        this.signedOut = true;
        this.stop("off");
        return true;
      }
      if (answer.status >= 500) return false;
      if (answer.ok) fresh = decode((await answer.json()).topics);
    } catch {
      return false;
    }
    for (const topic of due.flatMap((list) => list.topics)) {
      if (fresh?.topics.includes(topic)) this.lists.set(topic, fresh);
      else this.lost.add(topic);
    }
    this.refused = false;
    return true;
  }

  drop() {
    clearTimeout(this.retry);
    this.turn += 1;
    this.open?.source.close();
    this.opening?.source.close();
    this.open = this.opening = null;
  }

  stop(state) {
    this.drop();
    clearTimeout(this.down);
    this.down = null;
    if (state) this.is(state);
  }

  tick() {
    const slept = Date.now() - this.ticked > SLEPT;
    this.ticked = Date.now();
    if (slept) this.again();
  }

  is(state) {
    this.state = state;
    this.changed();
  }
}
