// The summary of a form's errors takes the focus, on a new page and after a swap.
export default function errors(summary) {
  summary.focus();
}
