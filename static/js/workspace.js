// The workspace of a ticket: what is being edited is left alone by live updates, the timeline is narrowed without
// losing what was typed, and the composer's tabs open where they stand.
export default function workspace(root) {
  let fromLive = false;

  root.addEventListener("htmx:beforeSwap", (event) => {
    fromLive = event.detail.requestConfig?.elt?.id === "live";
  });
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (fromLive && event.detail.target.querySelector("[data-editing]")) event.detail.shouldSwap = false;
  });

  root.addEventListener("click", (event) => {
    const shows = event.target.closest("[data-shows]");
    const composes = event.target.closest("[data-compose]");
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (shows) {
      event.preventDefault();
      narrow(shows);
    } else if (composes) {
      event.preventDefault();
      open(composes.dataset.compose, true);
    }
  });

  function narrow(link) {
    root.querySelector("[data-timeline]").dataset.show = link.dataset.shows;
    for (const one of root.querySelectorAll("[data-shows]")) one.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
  }

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
    panel.scrollIntoView({ block: "nearest" });
    panel.querySelector("textarea").focus();
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
    }
  });

  // After sending, the reply stands open again: “internal” is never what the next words fall into.
  root.addEventListener("htmx:load", (event) => {
    if (event.target.matches?.("[data-sent]")) open("reply", false);
  });

  // Back to where the form was opened, once it is closed.
  root.addEventListener("htmx:afterSettle", (event) => {
    const form = event.target.querySelector?.("[data-editing]");
    form?.querySelector("select, input:not([type=hidden])")?.focus();
  });
}
