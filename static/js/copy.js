// A button that copies what an element says, and says so for a moment. Where the browser refuses, the words are selected,
// for the keyboard to copy.
const MOMENT = 2000;

export function copies(button, source, said) {
  const words = button.textContent;
  let timer;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent.replace(/\n$/, ""));
    } catch {
      select(source);
      return;
    }
    button.textContent = said;
    clearTimeout(timer);
    timer = setTimeout(() => { button.textContent = words; }, MOMENT);
  });
}

function select(source) {
  if (source.select) source.select();
  else getSelection().selectAllChildren(source);
}

// `data-copies` names the element whose value or text it copies. Without clipboard the button stays hidden.
export default function copy(button) {
  const source = document.getElementById(button.dataset.copies);
  if (!navigator.clipboard || !source) return;
  copies(button, source, button.dataset.copied);
  button.hidden = false;
}
