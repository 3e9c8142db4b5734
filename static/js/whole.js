// `hx-swap="whole"`: one element for another, all at once. htmx carries classes over from old elements to new ones of the
// same id, one by one, so that they can fade; in a list of fifty rows that is a fifth of what its change takes.
htmx.defineExtension("whole", {
  isInlineSwap: (style) => style === "whole",
  handleSwap(style, target, fragment, settling) {
    if (style !== "whole") return false;
    const fresh = [...fragment.children];
    target.replaceWith(...fresh);
    settling.elts = settling.elts.filter((one) => one !== target).concat(fresh);
    return fresh;
  },
});
