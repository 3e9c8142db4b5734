// The workspace of a ticket: what is being edited is left alone by updates, every request says which part of the history
// is on the screen, and the composer's tabs open where they stand.
import { isByItself, isGone, noticeOf } from "./failures.js";
import { keepPlace } from "./place.js";

const REFUSED_AFTER = 300; // milliseconds: one look at the ticket for several refusals at once

export default function workspace(root) {
  let asking = null;
  let skipped = false;

  keepPlace(new URL(root.querySelector('[data-key="u"]').href).pathname, root.dataset.number);

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
    const busy = target.querySelector("[data-editing], .htmx-request, [data-menu][open]");
    const stays = target.id === "version" ? skipped : busy && !busy.contains(asking);
    if (!stays) return;
    event.detail.shouldSwap = false;
    skipped = true;
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { requestConfig, xhr } = event.detail;
    const { elt } = requestConfig; // what asked, which may be gone by now
    const isDone = xhr.status >= 200 && xhr.status < 300; // htmx calls refusals successful, too: they are swapped in
    if (elt.id === "live") {
      // A server that is away, or a session that ended, says nothing about the ticket.
      if (isDone || isGone(xhr)) isOpenToUs(isDone);
    } else if (!isByItself(requestConfig)) lookIfRefused(requestConfig, xhr);
    if (isDone && elt.dataset.panel) root.querySelector("[data-composer] > [data-notices]")?.replaceChildren();
    const form = elt.closest("[data-editing]");
    if (isDone && form) document.getElementById(form.id.replace("form-", "edit-"))?.focus();
  });

  // Whoever is refused has an old page before them. What could not be sent, or was filled in wrongly, says nothing about
  // the page.
  let looking;
  function lookIfRefused({ verb }, xhr) {
    if (verb === "get" || !(xhr.status === 409 || isGone(xhr))) return;
    clearTimeout(looking);
    looking = setTimeout(() => htmx.trigger(document.body, "live:poll"), REFUSED_AFTER);
  }

  // The ticket may go to another team or become confidential while it is open here. What was typed stays, to be copied;
  // should the ticket come back, so do the buttons.
  function isOpenToUs(isOpen) {
    if (isOpen === !root.hasAttribute("data-out-of-sight")) return;
    root.toggleAttribute("data-out-of-sight", !isOpen);
    for (const button of root.querySelectorAll("button[type=submit]")) button.disabled = !isOpen;
    for (const place of root.querySelectorAll("#steps, .fb-tkhead__row .fb-menu, .fb-edit, #place-title")) place.inert = !isOpen;
    document.querySelector("#notices [data-said-gone]")?.remove(); // it stands where one writes from now on
    const said = root.querySelector("[data-composer] > [data-notices]") ?? document.getElementById("notices");
    said.replaceChildren(...(isOpen ? [] : [noticeOf("gone-ticket")]));
  }

  // The answer brings the history as it is shown here: this view of it, from the same entry on.
  document.body.addEventListener("htmx:configRequest", (event) => {
    const view = document.getElementById("timeline")?.dataset.view;
    if (view) event.detail.headers["Timeline-View"] = view;
  });

  root.addEventListener("click", (event) => {
    const composes = event.target.closest("[data-compose]");
    if (!composes || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(composes.dataset.compose, true, composes.dataset.then);
  });

  // The composer -----------------------------------------------------------------------------------------------

  const tabs = () => [...root.querySelectorAll("[data-composer] > [role=tablist] > [role=tab]")];

  // What a button in the head asked for is the panel's first way to send, until another panel is chosen.
  let intent = "";

  function intend(then) {
    intent = then;
    for (const way of root.querySelectorAll('[data-composer] button[name="then"]')) {
      const ways = [...way.parentElement.querySelectorAll('button[name="then"]')];
      const meant = ways.find((one) => intent && one.value === intent && !one.closest("[role=tabpanel]").hidden);
      const isFirst = way === (meant ?? ways.find((one) => "usual" in one.dataset));
      way.classList.toggle("btn-primary", isFirst);
      way.classList.toggle("btn-secondary", !isFirst);
      way.toggleAttribute("data-primary", isFirst);
      if (isFirst) way.setAttribute("aria-keyshortcuts", "Control+Enter");
      else way.removeAttribute("aria-keyshortcuts");
    }
  }

  function open(name, withFocus, then = "") {
    for (const tab of tabs()) {
      const isThis = tab.dataset.compose === name;
      tab.setAttribute("aria-selected", String(isThis));
      tab.tabIndex = isThis ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isThis;
    }
    intend(then);
    if (!withFocus) return;
    const panel = document.getElementById(`panel-${name}`);
    // At once: typing would stop a smooth scroll on its way.
    panel.closest("[data-composer]").scrollIntoView({ block: "nearest", behavior: "instant" });
    const unset = [...panel.querySelectorAll("select[required]")].find((select) => !select.value);
    (unset ?? panel.querySelector("textarea")).focus({ preventScroll: true });
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
      if (!send || send.disabled) return;
      event.preventDefault();
      send.click(); // htmx sends a button's value only along with a click
    } else if (event.key === "Escape" && !event.defaultPrevented) {
      // Leaves a property as it is; of two versions that clash, none is chosen by that.
      const form = event.target.closest("[data-editing]:not(:has([role=alert]))");
      const cancel = form?.querySelector("[data-cancel]");
      if (!cancel) return;
      event.preventDefault();
      cancel.click();
    }
  });

  // Updates bring the ways to send as they usually are.
  root.addEventListener("htmx:afterSettle", () => {
    if (intent) intend(intent);
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
