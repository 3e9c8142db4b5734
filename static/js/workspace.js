// The workspace of a ticket: what is being edited is left alone by updates, every request says which part of the history
// is on the screen, and the composer's tabs open where they stand.
export default function workspace(root) {
  let asking = null;
  let skipped = false;

  // An answer brings every part anew. A part that stands open for editing, or whose own form is under way, stays as it
  // is, unless the answer is to that form. Then the page keeps its old version, too, and so will ask for that part again.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    asking = event.detail.requestConfig?.elt;
    skipped = false;
  });
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target } = event.detail;
    // What somebody had read when they began to write stays as it was until they sent it.
    if (target.name === "seen" && target.form?.querySelector("textarea").value.trim() && !target.form.contains(asking)) {
      event.detail.shouldSwap = false;
      return;
    }
    const busy = target.querySelector("[data-editing], .htmx-request");
    const stays = target.id === "version" ? skipped : busy && !busy.contains(asking);
    if (!stays) return;
    event.detail.shouldSwap = false;
    skipped = true;
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { successful, requestConfig: { elt } } = event.detail; // of what asked, which may be gone by now
    if (!successful && elt.id !== "live") htmx.trigger(document.body, "live:poll");
    const form = elt.closest("[data-editing]");
    if (successful && form) document.getElementById(form.id.replace("form-", "edit-"))?.focus();
  });

  // The answer brings the history as it is shown here: this view of it, from the same entry on.
  document.body.addEventListener("htmx:configRequest", (event) => {
    const view = document.getElementById("timeline")?.dataset.view;
    if (view) event.detail.headers["Timeline-View"] = view;
  });

  root.addEventListener("click", (event) => {
    const composes = event.target.closest("[data-compose]");
    if (!composes || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(composes.dataset.compose, true);
  });

  // The composer -----------------------------------------------------------------------------------------------

  const tabs = () => [...root.querySelectorAll("[data-composer] > [role=tablist] > [role=tab]")];

  function open(name, withFocus) {
    for (const tab of tabs()) {
      const isThis = tab.dataset.compose === name;
      tab.setAttribute("aria-selected", String(isThis));
      tab.tabIndex = isThis ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isThis;
    }
    if (!withFocus) return;
    const panel = document.getElementById(`panel-${name}`);
    // At once: typing would stop a smooth scroll on its way.
    panel.closest("[data-composer]").scrollIntoView({ block: "nearest", behavior: "instant" });
    panel.querySelector("textarea").focus({ preventScroll: true });
  }

  root.addEventListener("keydown", (event) => {
    if (event.target.matches("[data-composer] > [role=tablist] > [role=tab]")) {
      const all = tabs();
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const next = all[(all.indexOf(event.target) + by + all.length) % all.length];
      open(next.dataset.compose, false);
      next.focus();
    } else if (event.key === "Enter" && event.ctrlKey && event.target.matches("textarea")) {
      const form = event.target.form;
      const send = form?.querySelector("[data-primary]");
      if (!send) return;
      event.preventDefault();
      form.requestSubmit(send);
    } else if (event.key === "Escape" && !event.defaultPrevented) {
      // Leaves a property as it is; of two versions that clash, none is chosen by that.
      const form = event.target.closest("[data-editing]:not(:has([role=alert]))");
      const cancel = form?.querySelector("[data-cancel]");
      if (!cancel) return;
      event.preventDefault();
      cancel.click();
    }
  });

  // It stands where the newest entry is. It is moved, not drawn anew, so that what was typed stays.
  root.addEventListener("htmx:afterSettle", () => {
    const thread = document.getElementById("thread");
    const composer = root.querySelector("[data-composer]");
    if (!thread || !composer) return;
    const isAbove = thread.dataset.order === "newest";
    if (isAbove && thread.previousElementSibling !== composer) thread.before(composer);
    else if (!isAbove && thread.nextElementSibling !== composer) thread.after(composer);
  });

  // After sending, the reply stands open again: “internal” is never what the next words fall into.
  root.addEventListener("htmx:load", (event) => {
    if (event.target.matches?.("[data-sent]")) open("reply", false);
  });

  // A form that opens takes the focus; once it is closed, what opened it has it again (above).
  root.addEventListener("htmx:afterSettle", (event) => {
    const form = event.target.querySelector?.("[data-editing]");
    if (form && !form.contains(document.activeElement)) form.querySelector("select, input:not([type=hidden])").focus();
  });
}
