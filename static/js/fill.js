// A shortcut fills in title and category where they stand, so that nothing else that was typed is lost.
export default function fill(link) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const title = document.getElementById("id_title");
    const category = document.getElementById("id_category");
    event.preventDefault();
    title.value = link.dataset.title;
    category.value = link.dataset.category;
    for (const field of [title, category]) field.dispatchEvent(new Event("change", { bubbles: true }));
    const who = document.getElementById("id_who");
    (who.value ? document.getElementById("id_done") : who).focus();
  });
}
