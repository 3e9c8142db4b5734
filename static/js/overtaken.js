// “Keep editing” takes the notice away and goes back to the text.
export default function overtaken(link) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const text = link.closest("form").querySelector("textarea");
    link.closest(".fb-notice").remove();
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  });
}
