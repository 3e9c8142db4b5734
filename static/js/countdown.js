// Times that are due count down where they stand, in the words that the page gives. The page's own clock is the server's.
const EVERY = 5000;

export default function countdown(root) {
  const words = JSON.parse(root.dataset.countdown);
  const ahead = words.now - Date.now();
  const put = (template, value) => template.replace(/%\(\w+\)[ds]/, value);

  function span(minutes, units = 2) {
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor((minutes % 1440) / 60);
    const rest = days ? 0 : minutes % 60;
    const parts = [[words.days, days], [words.hours, hours], [words.minutes, rest]];
    return parts.filter(([, n]) => n).map(([unit, n]) => put(unit, n)).slice(0, units).join(" ");
  }

  function show(chip) {
    const left = Date.parse(chip.dateTime) - (Date.now() + ahead);
    const minutes = Math.max(1, left > 0 ? Math.ceil(left / 60000) : Math.floor(-left / 60000));
    const said = put(left > 0 ? words.left : words.late, span(minutes));
    const texts = [...chip.querySelectorAll("span")]; // where room is short, the first is seen, the second read out
    const brief = left > 0 ? span(minutes) : put(words.lateBrief, span(minutes, 1));
    texts.forEach((text, n) => {
      const its = texts.length > 1 && !n ? brief : said;
      if (text.textContent !== its) text.textContent = its;
    });
    const tone = left <= 0 ? "danger" : minutes <= words.soon ? "warning" : "neutral";
    if (chip.dataset.tone !== tone) chip.dataset.tone = tone;
  }

  function all() {
    if (!document.hidden) for (const chip of root.querySelectorAll("[data-due]")) show(chip);
  }

  const timer = setInterval(() => (root.isConnected ? all() : clearInterval(timer)), EVERY);
  document.addEventListener("visibilitychange", all);
}
