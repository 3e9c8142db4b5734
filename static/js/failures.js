// Says so when a fragment could not be fetched. Regions that refresh by themselves stay quiet: they try again anyway.
const QUIET = /^(live:|load|revealed)/;

function say(event) {
  const trigger = event.detail.requestConfig?.triggeringEvent?.type ?? "";
  const words = document.querySelector("template[data-failed]");
  const place = document.getElementById("notices");
  if (QUIET.test(trigger) || !words || !place) return;
  place.replaceChildren(words.content.cloneNode(true));
}

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(name, say);
}
