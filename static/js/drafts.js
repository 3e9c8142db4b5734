// Keeps what is being typed on the server, a moment after the last key, so that nothing is lost with the page.
const PAUSE = 1500;
const RETRY = 5000;
const LONGEST_WAIT = 2000; // for a draft that is being kept, before its page is left

export default function drafts(form) {
  let timer;
  let sending = new AbortController();
  let kept = Promise.resolve();
  let last = words();
  let retry;
  const line = form.querySelector("[data-draft-line]");

  // Choices alone are no draft: without any words the draft ends.
  function words() {
    const fields = new FormData(form);
    const written = [...form.querySelectorAll("textarea, input[type=text], input[type=number], input[type=date], input:not([type])")];
    const empty = written.every((field) => !field.value.trim());
    for (const [name, value] of [...fields]) {
      const isOurs = name === "csrfmiddlewaretoken" || name === "kept_for";
      if (value instanceof File || name === "key" || (empty && !isOurs)) fields.delete(name);
    }
    return new URLSearchParams(fields).toString();
  }

  function save() {
    clearTimeout(timer);
    timer = undefined;
    const now = words();
    if (now === last || !form.isConnected) return;
    last = now;
    const body = new URLSearchParams(now);
    const keepalive = now.length < 60000;
    sending = new AbortController();
    kept = fetch(form.dataset.draft, { method: "POST", body, keepalive, redirect: "manual", signal: sending.signal })
      .then((answer) => {
        if (answer.ok) tell("saved");
        else if (answer.status === 413) tell("full");
        else if (answer.status >= 500) lost();
      })
      .catch((error) => { if (error.name !== "AbortError") lost(); });
  }

  // No network: the text stays here, and is kept as soon as there is one.
  function lost() {
    last = null;
    tell("lost");
    clearTimeout(retry);
    retry = setTimeout(save, RETRY);
  }

  function tell(what) {
    if (!line) return;
    line.dataset.state = what;
    const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    line.textContent = what === "saved" ? `${line.dataset.saved} ${time}` : line.dataset[what];
  }

  function drop() {
    clearTimeout(timer);
    clearTimeout(retry);
    timer = undefined;
    sending.abort();
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  }

  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("submit", drop); // what is sent is no draft any more

  // Who follows a suggestion comes back to all of it: the page waits until it is kept. Files can't be kept, so with
  // some chosen the form stays open and the suggestion gets a tab of its own.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-leaves]");
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !isPlain || event.defaultPrevented || !form.isConnected) return;
    if ([...form.querySelectorAll("input[type=file]")].some((input) => input.files.length)) {
      link.target = "_blank";
      return;
    }
    event.preventDefault();
    save();
    await Promise.race([kept, new Promise((done) => { setTimeout(done, LONGEST_WAIT); })]);
    location.assign(link.href);
  });

  // A button beside the form makes it needless; when it is refused, typing is kept again.
  document.addEventListener("click", (event) => {
    if (form.isConnected && event.target.closest("[data-ends-draft]")) drop();
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const wasRefused = event.detail.xhr.status === 0 || event.detail.xhr.status >= 400;
    if (form.isConnected && wasRefused && event.target.closest("[data-ends-draft]")) {
      last = "";
      soon();
    }
  });
  window.addEventListener("online", () => { if (last === null) save(); });
  // What could not be sent is a draft again.
  form.addEventListener("htmx:sendError", () => { last = ""; lost(); });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && timer) save();
  });
}
