// The editor of an article beyond its marks: pictures by paste and drop, files as soon as they are chosen, outlines for an
// empty text, and a look at who else writes whenever the window is looked at.
const LOOK_EVERY = 30 * 1000;
const CLIPBOARD = "image.png"; // what browsers call a picture without a name

export default function writing(form) {
  const text = form.querySelector("#id_body");
  const said = form.querySelector(".fb-editor [data-bring-refused]");
  const outlines = form.querySelector("[data-outlines]");
  const kind = form.querySelector("[name=kind]");
  const listed = () => form.querySelector("#files");
  let listing = Promise.resolve();

  function put(words) {
    text.focus();
    if (document.execCommand("insertText", false, words)) return;
    text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async function bring(file, place, tell) {
    const body = new FormData();
    const moment = new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-");
    body.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    body.set("place", place);
    body.set("files", file, file.name === CLIPBOARD ? `${moment}.png` : file.name);
    const address = listed().dataset.listed;
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    const found = await answer?.json().catch(() => null);
    if (answer?.ok && found) return found.text;
    tell.textContent = [tell.textContent, found?.message ?? said.dataset.lost].filter(Boolean).join(" ");
    return "";
  }

  // One after the other, in their order; what is typed meanwhile stays where it is.
  async function bringAll(files) {
    said.textContent = said.dataset.busy;
    const words = [];
    const refused = document.createElement("p");
    for (const file of files) words.push(await bring(file, file.type.startsWith("image/") ? "text" : "listed", refused));
    said.textContent = refused.textContent;
    const pictures = words.filter(Boolean).join("\n\n");
    if (pictures) put(pictures);
    list();
  }

  // One after the other: a list that is being replaced would lose what is asked for meanwhile.
  function list(words = "") {
    listing = listing.then(async () => {
      await htmx.ajax("GET", listed().dataset.listed, { target: "#files", swap: "outerHTML" });
      const refused = listed().querySelector("[data-bring-refused]");
      if (refused) refused.textContent = words;
    });
  }

  text.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    bringAll(files);
  });
  text.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  text.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    bringAll([...event.dataTransfer.files]);
  });

  const picker = document.createElement("input");
  picker.type = "file";
  picker.accept = "image/png,image/jpeg,image/gif,image/webp";
  picker.addEventListener("change", () => bringAll([...picker.files]));
  form.querySelector("[data-pick-picture]").addEventListener("click", () => picker.click());

  form.addEventListener("change", async (event) => {
    if (!event.target.matches("[data-bring]")) return;
    const tell = document.createElement("p");
    for (const file of [...event.target.files]) await bring(file, "listed", tell);
    event.target.value = "";
    list(tell.textContent);
  });

  form.addEventListener("click", async (event) => {
    const file = event.target.closest("[data-put]");
    if (file) put(file.dataset.put);
    const outline = event.target.closest("[data-outline]");
    if (!outline) return;
    event.preventDefault();
    const answer = await fetch(outline.dataset.outline).catch(() => null);
    if (!answer?.ok || text.value.trim()) return;
    put(await answer.text());
    if (kind && !kind.disabled) kind.value = outline.dataset.kind;
  });
  text.addEventListener("input", () => { outlines.hidden = text.value.trim() !== ""; });

  // What can't be saved is not sent, so that nothing is lost on the way.
  form.addEventListener("submit", (event) => {
    const most = Number(text.dataset.longest);
    if (event.submitter?.name === "drop" || text.value.length <= most) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const words = new Intl.NumberFormat(document.documentElement.lang);
    said.textContent = said.dataset.tooLong.replace("{count}", words.format(text.value.length)).replace("{most}", words.format(most));
    text.focus();
  }, true);

  function dress() {
    for (const part of form.querySelectorAll("#files [data-script]")) part.hidden = false;
    for (const part of form.querySelectorAll("#files [data-noscript]")) part.hidden = true;
  }
  const look = () => { if (!document.hidden && navigator.onLine && form.isConnected) htmx.trigger(document.body, "writing:look"); };

  dress();
  form.addEventListener("htmx:afterSettle", dress);
  window.addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);
  setInterval(look, LOOK_EVERY);
}
