// A field for one line or many: Enter sends, Shift and Enter starts another line, and it grows with what is pasted.
export default function lines(form) {
  const field = form.querySelector("textarea");
  if (!field) return;

  const fit = () => {
    field.rows = Math.min(Math.max(field.value.split("\n").length, 1), 10);
  };
  field.addEventListener("input", fit);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  fit();
}
