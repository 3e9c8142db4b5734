// Keeps what is being typed on the server, a moment after the last key, so that nothing is lost with the page.
const PAUSE = 1500;
const LONGEST_WAIT = 2000; // for a draft that is being kept, before its page is left

export default function drafts(form) {
  let timer;
  let sending = new AbortController();
  let kept = Promise.resolve();
  let last = words();

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
      .catch(() => { last = ""; }); // no network: the next key tries again
  }

  function drop() {
    clearTimeout(timer);
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
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && timer) save();
  });
}
