// Choosing items of the list: ticks, ranges, all that match, and keys. The list is swapped whole
// after each action, so everything is looked up when it is needed.

const ticks = () => [...document.querySelectorAll('#chosen input[name="item"]')];
const hidden = (name) => document.querySelector(`#chosen input[name="${name}"]`);
const all = () => Boolean(hidden("all")?.value);
const total = () => Number(document.getElementById("items")?.dataset.total ?? 0);
const words = (count) => `${count.toLocaleString("en")} item${count === 1 ? "" : "s"}`;

let lastTicked = null;

function chosenCount() {
  return all() ? total() : ticks().filter((tick) => tick.checked).length;
}

function show() {
  const bar = document.getElementById("bulk");
  if (!bar) return;
  const count = chosenCount();
  const everyTick = ticks().every((tick) => tick.checked);
  bar.hidden = count === 0;
  bar.querySelector("[data-chosen-count]").textContent = count.toLocaleString("en");
  for (const place of document.querySelectorAll("[data-chosen-words]")) place.textContent = words(count);
  for (const offer of bar.querySelectorAll("[data-choose-all], [data-too-many]")) {
    offer.hidden = all() || !everyTick;
  }
  const page = document.getElementById("tick-page");
  page.checked = everyTick && count > 0;
  page.indeterminate = !everyTick && count > 0;
}

function choose(list, on) {
  for (const tick of list) tick.checked = on;
  hidden("all").value = "";
  show();
}

function clear() {
  choose(ticks(), false);
  lastTicked = null;
}

document.addEventListener("change", (event) => {
  if (event.target.id === "tick-page") choose(ticks(), event.target.checked);
  if (event.target.matches?.('#chosen input[name="item"]')) choose([], true);
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : document.body;
  if (target.closest("[data-choose-none]")) clear();
  if (target.closest("[data-choose-all]")) {
    choose(ticks(), true);
    hidden("all").value = "1";
    show();
    document.querySelector("#bulk [data-choose-none]").focus();
  }
  const tick = target.closest('#chosen input[name="item"]');
  if (!tick) return;
  const list = ticks();
  if (event.shiftKey && list.includes(lastTicked)) {
    const [from, to] = [list.indexOf(lastTicked), list.indexOf(tick)].sort((a, b) => a - b);
    choose(list.slice(from, to + 1), tick.checked);
  }
  lastTicked = tick;
});

// hx-confirm cannot say how many are chosen.
document.addEventListener("htmx:confirm", (event) => {
  const question = event.target.dataset.chosenConfirm;
  if (!question) return;
  event.preventDefault();
  if (window.confirm(question.replace("#", words(chosenCount())))) event.detail.issueRequest(true);
});

document.addEventListener("htmx:afterSettle", () => {
  show();
  document.getElementById("report")?.focus();
});

function step(by) {
  const list = ticks();
  const at = list.indexOf(document.activeElement.closest("tr")?.querySelector('input[name="item"]'));
  const next = at < 0 ? (by > 0 ? 0 : list.length - 1) : at + by;
  list[next]?.focus();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: () => document.activeElement.closest("tr")?.querySelector('input[name="item"]')?.click(),
  Enter: (event) => {
    if (!event.target.matches('input[name="item"]')) return false;
    event.target.closest("tr").querySelector("a.row-link").click();
    return true;
  },
  b: () => document.querySelector("#bulk:not([hidden]) .end button")?.focus(),
  Escape: () => clear(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches('input:not([type="checkbox"]), select, textarea');
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open], details.menu[open]") || !document.getElementById("bulk")) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (act && act(event) !== false) event.preventDefault();
});

show();
