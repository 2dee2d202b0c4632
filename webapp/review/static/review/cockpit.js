// Reviewing with two key presses: the answer is stored before the key is shown, the verdict is
// stored while the next question, fetched ahead, is on screen already.
//
// A turn is one question's element with what the page knows of it. Writes go out one after the
// other; one that fails brings its turn back with everything that was entered.

const host = document.getElementById("cockpit-host");
const errorBox = document.getElementById("cockpit-error");
const status = document.getElementById("cockpit-status");
const help = document.getElementById("keys");
const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
const SCALES = { q: "low", w: "mid", r: "high" };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

let current = null;
let ahead = null; // a promise of the next turn (or of null), with its `.turn` once it is there
let lastDecided = "";
let today = 0;
let writing = Promise.resolve();
let unsaved = 0;

class Refused extends Error {
  constructor(message, httpStatus = 0) {
    super(message);
    this.isFinal = [403, 404, 409].includes(httpStatus); // trying again would not help
  }
}

async function send(url, body) {
  const headers = { "HX-Request": "true", Accept: "application/json" };
  if (body) headers["X-CSRFToken"] = token;
  let response;
  try {
    response = await fetch(url, { method: body ? "POST" : "GET", body, headers, keepalive: Boolean(body) });
  } catch {
    throw new Refused("The server does not answer. Your entry is still here: check the connection, then try again.");
  }
  if (response.redirected) {
    throw new Refused("You are signed out. Sign in again in another tab, then try again here.");
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  const id = response.headers.get("X-Request-Id");
  throw new Refused(told.message || `The server failed on this (${response.status}, request ${id}). Try again.`, response.status);
}

// Writes leave in the order they were made, and none is forgotten when the page is closed.
function write(url, body) {
  unsaved += 1;
  const job = writing.then(() => send(url, body));
  const done = () => (unsaved -= 1);
  writing = job.then(done, done);
  return job;
}

window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});

// --- Turns ---------------------------------------------------------------------------------------

function turnOf(element) {
  return {
    element,
    id: element.dataset.assignment,
    phase: element.dataset.phase,
    url: (verb) => `${host.dataset.queueUrl}${element.dataset.assignment}/${verb}`,
    fields: null,
    since: 0,
    before: 0,
    busy: false,
    opened: false,
    decision: "",
  };
}

function parse(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html").getElementById("cockpit");
  return document.importNode(parsed, true);
}

const posters = (turn) => [...turn.element.querySelectorAll(".field__view > img")];
const decoded = (turn) => Promise.allSettled(posters(turn).map((image) => image.decode()));
const form = (turn, name) => turn.element.querySelector(`form[data-${name}]`);

// Time with the page in sight; a coffee is no thinking.
function startClock(turn) {
  turn.before = 0;
  turn.since = performance.now();
}

function spent(turn) {
  return ((turn.before + (turn.since ? performance.now() - turn.since : 0)) / 1000).toFixed(2);
}

document.addEventListener("visibilitychange", () => {
  if (!current) return;
  if (document.hidden) {
    current.before += performance.now() - current.since;
    current.since = 0;
  } else current.since = performance.now();
});

function show(turn) {
  current?.fields?.close();
  if (current) current.fields = null;
  if (turn.element.parentNode !== host) host.replaceChildren(turn.element);
  current = turn;
  history.replaceState(null, "", turn.url(""));
  document.title = document.title.replace(/^Item \d+/, turn.element.querySelector("h1").textContent.split(":")[0]);
  refreshBar();
  window.htmx?.process(turn.element);
  if (!turn.since) startClock(turn);
  turn.element.querySelector(turn.phase === "revealed" ? "[data-outcome]" : "h1")?.focus({ preventScroll: true });
  decoded(turn)
    .then(() => {
      openOnServer(turn);
      loadHtmx();
      return attachFields(turn);
    })
    .then(() => fetchAhead(turn));
}

// The reveal loads the screening by htmx, which finds what waits for it when it starts. The pictures
// come first: nothing needs it before.
function loadHtmx() {
  if (window.htmx || document.getElementById("htmx")) return;
  const script = document.createElement("script");
  Object.assign(script, { id: "htmx", src: host.dataset.htmx, integrity: host.dataset.htmxIntegrity });
  document.head.append(script);
}

function refreshBar() {
  const undo = form(current, "undo");
  if (undo) undo.hidden = !lastDecided;
  const count = current.element.querySelector("[data-today]");
  if (count) count.textContent = today;
}

// Tells the server that the person's time runs from now. A turn that was lost meanwhile is skipped.
function openOnServer(turn) {
  if (turn.opened || turn.phase === "closed") return;
  turn.opened = true;
  write(turn.url("open/"), new FormData()).catch((error) => {
    if (!error.isFinal) turn.opened = false;
    else if (turn === current) fail(error, () => nextFromServer(turn));
  });
}

async function attachFields(turn) {
  const row = turn.element.querySelector(".fieldrow");
  if (!row || turn !== current || turn.fields) return;
  const { mountFields } = await import(host.dataset.viewerModule);
  if (turn !== current || turn.fields) return;
  const { openseadragon: url, integrity } = host.dataset;
  turn.fields = mountFields(row, { url, integrity, onTrouble: (message) => say(message, "warning") });
  turn.fields.attach().catch((error) => say(error.message, "warning"));
}

function fetchAhead(turn) {
  if (turn !== current || ahead || turn.phase === "closed") return;
  const asked = fetchTurn(turn.id).catch(() => null);
  ahead = asked;
  asked.then((found) => {
    asked.turn = found;
    if (!found && ahead === asked) ahead = null; // asked again when it is needed
  });
}

async function fetchTurn(afterId) {
  await writing; // what is being decided must not come back as the next question
  const response = await send(`${host.dataset.nextUrl}?after=${afterId}`);
  if (response.status === 204) return null;
  const turn = turnOf(parse(await response.text()));
  await decoded(turn);
  return turn;
}

async function nextFromServer(turn) {
  clearError();
  const next = await fetchTurn(turn.id);
  if (next) show(next);
  else location.assign(host.dataset.queueUrl);
}

// --- The three deeds: answer, leave (verdict or later), undo -------------------------------------

async function answer(turn, label) {
  if (turn.phase !== "blind" || turn.busy || !label) return;
  turn.busy = true;
  clearError();
  label.classList.add("is-sending");
  label.querySelector("input").checked = true;
  const body = new FormData();
  body.set("option", label.dataset.option);
  body.set("duration_s", spent(turn));
  try {
    const response = await write(turn.url("answer/"), body);
    reveal(turn, parse(await response.text()));
  } catch (error) {
    fail(error, error.isFinal ? () => nextFromServer(turn) : () => answer(turn, label));
  } finally {
    turn.busy = false;
    label.classList.remove("is-sending");
  }
}

function reveal(turn, fresh) {
  turn.phase = turn.element.dataset.phase = fresh.dataset.phase;
  for (const part of ["[data-work]", "[data-bar]"]) {
    turn.element.querySelector(part).replaceWith(fresh.querySelector(part));
  }
  startClock(turn);
  if (turn !== current) return;
  refreshBar();
  window.htmx?.process(turn.element);
  const outcome = turn.element.querySelector("[data-outcome]");
  status.textContent = outcome?.textContent.trim() ?? "";
  outcome?.focus({ preventScroll: true });
}

function decide(turn, decision) {
  if (turn.phase !== "revealed" || turn.busy) return;
  const body = new FormData(form(turn, "verdict"));
  if (decision === "approve") body.delete("reasons");
  else if (!complain(turn, body)) return;
  body.set("decision", decision);
  body.set("duration_s", spent(turn));
  leave(turn, "verdict/", body);
}

// The server says the same; said here it costs no question.
function complain(turn, body) {
  const reasons = body.getAll("reasons");
  const missing = !reasons.length
    ? "Choose at least one reason."
    : reasons.includes("other") && !body.get("comment").trim() && "“Other” needs a comment.";
  const line = turn.element.querySelector("[data-reasons-error]");
  line.hidden = !missing;
  line.textContent = missing || "";
  return !missing;
}

async function leave(turn, verb, body) {
  if (turn.busy) return;
  turn.busy = true;
  clearError();
  const saved = write(turn.url(verb), body);
  const next = ahead;
  ahead = null;
  const shown = next?.turn;
  if (shown) show(shown);
  try {
    await saved;
  } catch (error) {
    turn.busy = false;
    if (error.isFinal) return bringBack(turn, error, () => nextFromServer(turn));
    return bringBack(turn, error, () => leave(turn, verb, body));
  }
  turn.busy = false;
  if (verb === "verdict/") {
    lastDecided = turn.id;
    today += 1;
  }
  if (shown) {
    if (current) refreshBar();
    return fetchAhead(current);
  }
  const late = (await next) ?? (await fetchTurn(turn.id).catch(() => null));
  if (late) show(late);
  else location.assign(host.dataset.queueUrl);
}

// Nothing is lost: the turn returns as it was, and the one that had taken its place comes after it.
function bringBack(turn, error, again) {
  if (current !== turn) {
    keepForLater(current);
    show(turn);
  }
  fail(error, again);
}

function keepForLater(turn) {
  if (turn.phase === "closed") return;
  ahead = Promise.resolve(turn);
  ahead.turn = turn;
}

async function undo() {
  if (!lastDecided && !unsaved) return;
  clearError();
  await writing;
  const from = current;
  if (!lastDecided || from.busy) return;
  from.busy = true;
  try {
    const response = await write(`${host.dataset.queueUrl}${lastDecided}/undo/`, new FormData());
    const reopened = turnOf(parse(await response.text()));
    lastDecided = reopened.element.dataset.lastDecided;
    today = Number(reopened.element.querySelector("[data-today]")?.textContent ?? today);
    ahead = null;
    keepForLater(from);
    show(reopened);
    say("Verdict undone. Your blind answer stays as it was.", "info");
  } catch (error) {
    fail(error, error.isFinal ? null : undo);
  } finally {
    from.busy = false;
  }
}

// --- Messages ------------------------------------------------------------------------------------

function say(message, level) {
  document.body.dispatchEvent(new CustomEvent("toast", { bubbles: true, detail: { level, message } }));
}

function fail(error, again) {
  errorBox.querySelector("[data-message]").textContent = error.message;
  const retry = errorBox.querySelector("[data-retry]");
  retry.hidden = !again;
  retry.lastChild.textContent = error.isFinal ? " Next question" : " Try again";
  retry.onclick = again && (() => Promise.resolve(again()).catch((next) => fail(next, again)));
  errorBox.hidden = false;
}

function clearError() {
  errorBox.hidden = true;
}

errorBox.querySelector("[data-dismiss]").addEventListener("click", clearError);

// --- Reasons -------------------------------------------------------------------------------------

const reasonsOf = (turn) => turn.element.querySelector("[data-reasons]");

function openReasons(turn, decision) {
  if (turn.phase !== "revealed") return;
  const reasons = reasonsOf(turn);
  turn.decision = decision;
  reasons.classList.add("is-open");
  reasons.querySelector("[data-reasons-title]").textContent =
    decision === "reject" ? "Reject: why?" : "Revise: what must change?";
  for (const button of form(turn, "verdict").querySelectorAll("button[name=decision]")) {
    button.setAttribute("aria-pressed", String(button.value === decision));
  }
  reasons.querySelector("input").focus({ preventScroll: true });
  reasons.scrollIntoView({ block: "nearest" });
}

function closeReasons(turn) {
  turn.decision = "";
  reasonsOf(turn).classList.remove("is-open");
  form(turn, "verdict").querySelectorAll("button[name=decision]").forEach((b) => b.removeAttribute("aria-pressed"));
  turn.element.querySelector("[data-outcome]").focus({ preventScroll: true });
}

// --- Pointer and forms ---------------------------------------------------------------------------

host.addEventListener("submit", (event) => {
  const { dataset } = event.target;
  const verdict = event.submitter?.value;
  if ("answer" in dataset) answer(current, event.target.querySelector(":checked")?.closest("label"));
  else if ("verdict" in dataset && verdict === "approve") decide(current, verdict);
  else if ("verdict" in dataset) verdict === current.decision ? decide(current, verdict) : openReasons(current, verdict);
  else if ("release" in dataset) leave(current, "release/", new FormData());
  else if ("undo" in dataset) undo();
  else return;
  event.preventDefault();
});

host.addEventListener("click", (event) => {
  // A pointer on an option answers; the arrow keys of a radio group only choose.
  const label = event.target.closest("label.option");
  if (label && event.detail && event.target.tagName !== "INPUT" && getSelection().isCollapsed) answer(current, label);
  if (event.target.closest("[data-confirm-verdict]")) decide(current, current.decision);
  if (event.target.closest("[data-cancel-verdict]")) closeReasons(current);
});

// --- Keys ----------------------------------------------------------------------------------------

const TEXT_INPUTS = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])";

// The letter on the key cap; its place where the layout has no Latin letters.
function letterOf({ key, code }) {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  return /^[ -~]$/.test(key) || !code.startsWith("Key") ? "" : code.slice(3).toLowerCase();
}

const digitOf = ({ code }) => /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];

function onReasonsKey(event, digit) {
  if (event.key === "Escape") closeReasons(current);
  else if (event.key === "Enter" && !event.target.closest("button")) decide(current, current.decision);
  else if (digit) reasonsOf(current).querySelectorAll("input[type=checkbox]")[(Number(digit) + 9) % 10]?.click();
  else return false;
  return true;
}

function onViewKey(event, letter) {
  const { fields } = current;
  const inGroup = event.target.matches("input[type=radio]");
  if (event.key in ARROWS && !inGroup) fields?.pan(...ARROWS[event.key]);
  else if (["+", "="].includes(event.key)) fields?.zoom(1);
  else if (event.key === "-") fields?.zoom(-1);
  else if (letter in SCALES) {
    if (fields?.choose(SCALES[letter])) status.textContent = `${fields.label()} field chosen`;
  } else return false;
  return true;
}

function onDecisionKey(letter, digit) {
  if (digit && current.phase === "blind" && digit >= 1 && digit <= 4) {
    answer(current, current.element.querySelectorAll("label.option")[digit - 1]);
  } else if (digit === "0") current.fields?.reset();
  else if (letter === "j") decide(current, "approve");
  else if (letter === "e") openReasons(current, "revise");
  else if (letter === "k") openReasons(current, "reject");
  else if (letter === "l" && current.phase !== "closed") leave(current, "release/", new FormData());
  else if (letter === "u") undo();
  else return false;
  return true;
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return false;
  if (event.target.closest(TEXT_INPUTS)) {
    if (event.key !== "Escape") return false;
    event.target.blur();
    return true;
  }
  if (event.key === "?") {
    help.open ? help.close() : help.showModal();
    return true;
  }
  if (document.querySelector("dialog[open]")) return false;
  if (event.code === "Space") {
    if (event.target.closest("button, a, input, summary")) return false;
    host.classList.add("is-bare");
    return true;
  }
  const letter = event.shiftKey ? "" : letterOf(event);
  if (onViewKey(event, letter)) return true;
  if (event.shiftKey || event.repeat) return false; // a key held down decides once
  const digit = digitOf(event);
  return (current.decision && onReasonsKey(event, digit)) || onDecisionKey(letter, digit);
}

document.addEventListener("keydown", (event) => {
  if (event.target instanceof Element && onKey(event)) event.preventDefault();
});
document.addEventListener("keyup", (event) => event.code === "Space" && host.classList.remove("is-bare"));
window.addEventListener("blur", () => host.classList.remove("is-bare"));

// --- Start ---------------------------------------------------------------------------------------

host.classList.add("has-script");
const first = host.querySelector("#cockpit");
lastDecided = first.dataset.lastDecided;
today = Number(first.querySelector("[data-today]")?.textContent ?? 0);
show(turnOf(first));
