// Keeps what is being typed on the server, a moment after the last key, so that nothing is lost with the page.
const PAUSE = 1500;

export default function drafts(form) {
  let timer;
  let sending = new AbortController();
  let last = words();

  // Choices alone are no draft: without any words the draft ends.
  function words() {
    const fields = new FormData(form);
    const written = [...form.querySelectorAll("textarea, input[type=text], input:not([type])")];
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
    fetch(form.dataset.draft, { method: "POST", body, keepalive, redirect: "manual", signal: sending.signal })
      .catch(() => { last = ""; }); // no network: the next key tries again
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  }

  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    timer = undefined;
    sending.abort(); // what is sent is no draft any more
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && timer) save();
  });
}
