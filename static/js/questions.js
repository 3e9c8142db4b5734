// Asks only the questions of a category or type that the answers so far call for, without a round trip. The server decides the
// same again when the form is sent (incidents/tickets/questions); one table of cases tests both.
const MOST_DIGITS = 15;
const MOST_PLACES = 6;
const remembered = new Map(); // by field and kind: a question that comes back with its category has its answer again

const isEmpty = (value) => value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);

// What is decided ------------------------------------------------------------------------------------------------

export function holds(condition, answered) {
  if ("all" in condition) return condition.all.every((part) => holds(part, answered));
  if ("any" in condition) return condition.any.some((part) => holds(part, answered));
  const given = answered[condition.question];
  if ("has" in condition) return Array.isArray(given) && given.includes(condition.has);
  const value = "is" in condition ? condition.is : condition.is_not;
  const same = value === null ? isEmpty(given) : given === value;
  return "is" in condition ? same : !same;
}

// What is not asked counts as not answered for those after it.
export function asked(questions, answered) {
  const heard = {};
  const keys = [];
  for (const { key, when } of questions) {
    if (when && !holds(when, heard)) continue;
    keys.push(key);
    heard[key] = answered[key];
  }
  return keys;
}

// A raw answer as conditions see it; null where it is none.
export function read(kind, raw) {
  if (kind === "choices") return raw?.length ? raw : null;
  if (kind === "person" || kind === "file") return raw && (Array.isArray(raw) ? raw.length : String(raw).trim()) ? true : null;
  const text = raw ?? "";
  if (kind === "number") return number(text);
  if (kind === "yes_no") return { yes: true, no: false }[text] ?? null;
  if (kind === "service") return /^\d{1,15}$/.test(text) ? Number(text) : null;
  if (kind === "date") return /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : null;
  return (kind === "choice" ? text : text.trim()) || null;
}

function number(text) {
  const plain = text.trim().replace(/^([^.]*?),/, "$1.");
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return null;
  const value = Number(plain);
  if (value === 0) return "0";
  if (Math.abs(value) >= 10 ** MOST_DIGITS || Number(value.toFixed(MOST_PLACES)) !== value) return null;
  const [whole, places = ""] = String(Math.abs(value)).split(".");
  return whole.replace(/^0+/, "").length + places.length <= MOST_DIGITS ? String(value) : null;
}

// On the page ------------------------------------------------------------------------------------------------------

export default function questions(root) {
  const all = JSON.parse(root.dataset.questions || "[]");
  const box = (key) => root.querySelector(`[data-question="${key}"]`);
  const fields = (key) => [...box(key).querySelectorAll("input, select, textarea")].filter((field) => field.name);
  const isTick = (field) => field.type === "checkbox" || field.type === "radio";

  function raw({ key, kind, kept }) {
    const own = fields(key);
    if (kind === "choices") return own.filter((field) => field.checked).map((field) => field.value);
    if (kind === "file") return kept ? ["kept"] : [...own[0].files];
    if (kind === "person") return own.map((field) => (isTick(field) && !field.checked ? "" : field.value)).join("");
    if (isTick(own[0])) return own.find((field) => field.checked)?.value ?? "";
    return own[0].value;
  }

  function refresh() {
    const answered = Object.fromEntries(all.map((question) => [question.key, read(question.kind, raw(question))]));
    const now = new Set(asked(all, answered));
    for (const { key } of all) {
      box(key).hidden = !now.has(key);
      box(key).classList.toggle("is-off", !now.has(key));
    }
  }

  function remember() {
    for (const { key, kind } of all) {
      if (kind === "file") continue; // files.js keeps them
      const values = fields(key).map((field) => (isTick(field) ? field.checked : field.value));
      remembered.set(`${fields(key)[0].name} ${kind}`, values);
    }
  }

  function restore() {
    for (const { key, kind } of all) {
      const own = fields(key);
      const values = remembered.get(`${own[0].name} ${kind}`);
      const isOpen = own.every((field) => (isTick(field) ? !field.checked : !field.value));
      if (!values || !isOpen || values.length !== own.length) continue;
      own.forEach((field, place) => {
        if (isTick(field)) field.checked = values[place];
        else field.value = values[place];
        if (field.matches("select") && field.selectedIndex < 0) field.value = ""; // the option is gone
      });
    }
  }

  // Says that there are more questions now; the region must be there before its words.
  function tell() {
    const before = root.previousElementSibling;
    if (before?.matches("[data-questions-news]")) {
      before.textContent = root.dataset.news ?? "";
      return;
    }
    const news = document.createElement("p");
    news.className = "visually-hidden";
    news.setAttribute("role", "status");
    news.dataset.questionsNews = "";
    root.before(news);
  }

  for (const name of ["input", "change"]) {
    root.addEventListener(name, () => {
      remember();
      refresh();
    });
  }
  restore();
  refresh();
  if (!root.parentElement?.closest("[data-questions]")) tell(); // one part of several
}
