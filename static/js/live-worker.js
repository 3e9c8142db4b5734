// The stream that all tabs of this browser share: six connections to a host are all that HTTP/1.1 gives a browser.
import { Line } from "./live-line.js";

const FORGOTTEN_AFTER = 5 * 60 * 1000;
const pages = new Map(); // port: { topics, lists, seen }

const line = new Line({ wake, all, changed });

function wake(topic, version) {
  pages.forEach((page, port) => page.topics.has(topic) && port.postMessage({ wake: topic, version }));
}

function all() {
  pages.forEach((page, port) => port.postMessage({ all: true }));
}

function changed() {
  pages.forEach((page, port) => port.postMessage({ state: line.stateFor([...page.topics]) }));
}

function want() {
  line.want([...pages.values()].flatMap((page) => page.lists));
}

function greet(port, { lists, born }) {
  const known = pages.get(port)?.topics;
  const topics = new Set(lists.flatMap((list) => list.topics));
  pages.set(port, { topics, lists, seen: Date.now() });
  want();
  if (line.state) changed();
  for (const topic of topics) {
    // What the others were told while this page was under way.
    const missed = !known?.has(topic) && line.tells(topic) && line.heard.get(topic) >= born;
    if (missed) port.postMessage({ wake: topic, version: 0 });
  }
}

function leave(port) {
  if (pages.delete(port)) want();
}

function answer(port, message) {
  if (message.hello) greet(port, message.hello);
  else if (message.bye) leave(port);
  else if (message.again) line.again();
  else if (!pages.has(port)) port.postMessage({ forgotten: true });
  else pages.get(port).seen = Date.now();
}

onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => answer(port, data);
};

// A tab that crashed says no goodbye.
setInterval(() => {
  for (const [port, page] of pages) {
    if (Date.now() - page.seen > FORGOTTEN_AFTER) leave(port);
  }
}, FORGOTTEN_AFTER / 5);
