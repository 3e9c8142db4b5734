// Says so when a fragment could not be fetched. Regions that refresh by themselves stay quiet: they try again anyway.
// What is gone is told apart from a server out of reach, since trying again would not help: `data-gone` names the words.
const BY_ITSELF = /^(live:|load|revealed|seen)/;
const GONE = [403, 404, 410];
const saidBy = new WeakSet();

export const isByItself = (config) => BY_ITSELF.test(config?.triggeringEvent?.type ?? "");
export const isGone = (xhr) => GONE.includes(xhr?.status);

export const noticeOf = (name) => document.getElementById(name)?.content.cloneNode(true);

// Beneath an open dialog a notice is dimmed, and nobody hears it.
const saidIn = (part) => part?.querySelector("[data-notices]");

function say(event) {
  const { xhr, requestConfig: config } = event.detail;
  const gone = isGone(xhr) ? (config?.elt?.closest("[data-gone]")?.dataset.gone ?? "page") : "";
  const place = saidIn(config?.elt?.closest("[data-composer], dialog[open]")) ?? document.getElementById("notices");
  // One that refreshes by itself and says what it stands for: without it the page is of no more use. That is said once,
  // also after the notice was closed.
  const isNews = gone && config.elt.dataset.gone && !saidBy.has(config.elt) && !place?.querySelector("[data-said-gone]");
  const words = gone ? (noticeOf(`gone-${gone}`) ?? noticeOf("gone-page")) : noticeOf("failed");
  if ((isByItself(config) && !isNews) || !words || !place) return;
  place.replaceChildren(words);
  if (gone) saidBy.add(config.elt);
}

// What is there again can go again.
document.body.addEventListener("htmx:afterOnLoad", ({ detail: { xhr, requestConfig } }) => {
  if (xhr.status < 400) saidBy.delete(requestConfig.elt);
});

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(name, say);
}

// What a dialog was told is over with the next try, and when it closes.
const forget = ({ target }) => saidIn(target.closest?.("dialog"))?.replaceChildren();
document.body.addEventListener("htmx:beforeRequest", forget);
document.addEventListener("close", forget, true);
