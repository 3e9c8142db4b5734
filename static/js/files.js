// Files before they are sent: chosen, dropped or pasted, listed, taken off again, and refused with the reason when they
// are too large, too many or of a kind that is not taken. The server checks all of it again.
const MOST_NAMED = 3;
const kept = new Map(); // by the field's id: files outlive a form that comes back with an error

export default function files(root) {
  const input = root.querySelector("input[type=file]");
  const form = input.form;
  const list = root.querySelector("[data-files-list]");
  const refused = root.querySelector("[data-files-refused]");
  const row = root.querySelector("[data-files-row]");
  const zone = root.querySelector("[data-files-zone]");
  const withoutPreview = (input.dataset.also ?? "").split(",");
  const endings = [...input.accept.split(","), ...withoutPreview];
  const most = Number(input.dataset.mostFiles);
  const mostBytes = Number(input.dataset.mostBytes);
  const area = root.dataset.files === "own" ? root : form; // what is pasted or dropped elsewhere is for the form's own field
  let chosen = kept.get(input.id) ?? [];

  const size = (bytes) => {
    const [unit, divisor] = bytes < 1e6 ? ["kilobyte", 1024] : ["megabyte", 1024 * 1024];
    const places = unit === "megabyte" && bytes % divisor ? 1 : 0;
    const words = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, maximumFractionDigits: places });
    return words.format(Math.max(bytes / divisor, bytes ? 1 : 0));
  };

  const endingOf = (file) => /\.[^.]+$/.exec(file.name.toLowerCase())?.[0];

  function reason(file) {
    if (!endings.includes(endingOf(file))) return "wrongKind";
    if (file.size > mostBytes) return "tooLarge";
    if (file.size === 0) return "empty";
    return chosen.length >= most ? "tooMany" : "";
  }

  function add(given) {
    refused.replaceChildren();
    const tooMany = [];
    for (const file of given) {
      // The same file chosen twice; another of the same name and size has its own time.
      if (chosen.some((one) => one.name === file.name && one.size === file.size && one.lastModified === file.lastModified)) continue;
      const why = reason(file);
      if (why === "tooMany") tooMany.push(file);
      else if (why) refuse(file, why);
      else chosen.push(file);
    }
    if (tooMany.length > MOST_NAMED) say(refused.dataset.tooManyOf, { "{count}": String(tooMany.length), "{most}": String(most) });
    else for (const file of tooMany) refuse(file, "tooMany");
    show();
  }

  function refuse(file, why) {
    const limit = why === "tooMany" ? String(most) : size(mostBytes);
    say(refused.dataset[why], { "{name}": file.name, "{size}": size(file.size), "{most}": limit });
  }

  function say(sentence, words) {
    const line = document.createElement("p");
    line.textContent = sentence.replace(/\{\w+\}/g, (name) => words[name]);
    refused.append(line);
  }

  function show() {
    const transfer = new DataTransfer();
    for (const file of chosen) transfer.items.add(file);
    input.files = transfer.files;
    kept.set(input.id, chosen);
    list.hidden = chosen.length === 0;
    list.replaceChildren(...chosen.map(line));
  }

  function line(file) {
    const item = row.content.cloneNode(true);
    const remove = item.querySelector("button");
    item.querySelector(".fb-file__name").textContent = file.name;
    const words = withoutPreview.includes(endingOf(file)) ? [size(file.size), refused.dataset.noPreview] : [size(file.size)];
    item.querySelector(".fb-file__meta").textContent = words.join(" · ");
    remove.setAttribute("aria-label", remove.dataset.label.replace("{name}", file.name));
    remove.addEventListener("click", () => {
      chosen = chosen.filter((one) => one !== file);
      show();
      (list.querySelector("button") ?? root.querySelector("[data-files-pick]") ?? input).focus();
    });
    return item;
  }

  function named(file) {
    if (file.name && file.name !== "image.png") return file;
    const moment = new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-");
    return new File([file], `${refused.dataset.screenshot}-${moment}.png`, { type: file.type });
  }

  for (const part of root.querySelectorAll("[data-script]")) part.hidden = false;
  for (const part of root.querySelectorAll("[data-noscript]")) part.hidden = true;
  const button = root.querySelector("[data-files-pick]");
  if (button) {
    input.hidden = true;
    button.addEventListener("click", () => input.click());
  }
  zone?.classList.add("fb-drop");
  input.addEventListener("change", () => add([...input.files]));
  area.addEventListener("paste", (event) => {
    if (event.defaultPrevented || !event.clipboardData?.files.length) return;
    event.preventDefault();
    add([...event.clipboardData.files].map(named));
  });
  for (const name of ["dragenter", "dragover"]) {
    area.addEventListener(name, (event) => {
      if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      zone?.classList.add("is-over");
    });
  }
  for (const name of ["dragleave", "drop"]) area.addEventListener(name, () => zone?.classList.remove("is-over"));
  area.addEventListener("drop", (event) => {
    if (event.defaultPrevented || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
  form.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target === form && event.detail.xhr.status < 400) kept.delete(input.id);
  });
  if (chosen.length) show();
}
