// A button that copies something, and says so for a moment. `what` gives the text when it is pressed.
const MOMENT = 2000;

export function copies(button, what, said) {
  const words = button.textContent;
  let timer;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(what());
    button.textContent = said;
    clearTimeout(timer);
    timer = setTimeout(() => { button.textContent = words; }, MOMENT);
  });
}

// `data-copies` names the element whose value or text it copies. Without clipboard the button stays hidden.
export default function copy(button) {
  const source = document.getElementById(button.dataset.copies);
  if (!navigator.clipboard || !source) return;
  copies(button, () => source.value ?? source.textContent, button.dataset.copied);
  button.hidden = false;
}
