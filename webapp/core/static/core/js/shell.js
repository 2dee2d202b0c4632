// What every page can do: toasts, menus, dialogs, themes, file drops, confirmations, htmx's errors.
// Any module or response shows a toast by the event "toast" on <body> with {level, message};
// a response sends it with the header HX-Trigger: {"toast": {"level": "success", "message": "…"}}.

const LEVELS = ["info", "success", "warning", "error"];
const LASTS_MS = 6000;

function showToast({ level = "info", message = "" }) {
  const templates = document.getElementById("toast-templates");
  const list = document.getElementById("toasts");
  if (!templates || !list || !message) return;
  const known = LEVELS.includes(level) ? level : "info";
  const toast = templates.content.querySelector(`.toast--${known}`).cloneNode(true);
  toast.querySelector("[data-toast-message]").textContent = message;
  list.append(toast);
  settle(toast);
}

// Good news leaves by itself; warnings and errors stay until they are closed.
function settle(toast) {
  if (toast.matches(".toast--warning, .toast--error")) return;
  setTimeout(() => toast.remove(), LASTS_MS);
}

document.addEventListener("toast", (event) => showToast(event.detail ?? {}));
document.querySelectorAll("#toasts > .toast").forEach(settle);

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : document.body;
  target.closest("[data-toast-close]")?.closest(".toast")?.remove();
  const opener = target.closest("[data-dialog-open]");
  if (opener) document.getElementById(opener.dataset.dialogOpen)?.showModal();
  if (target.closest("[data-dialog-close]")) target.closest("dialog")?.close();
  if (target.matches("dialog.dialog")) target.close(); // the backdrop
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// [data-theme-choice="auto|light|dark"]: kept in a cookie, which the server puts on <html>, so that
// the first paint is right without a script.
const A_YEAR_S = 365 * 24 * 3600;

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-theme-choice]");
  if (!button) return;
  const choice = button.dataset.themeChoice;
  document.cookie = `theme=${choice}; path=/; max-age=${A_YEAR_S}; samesite=lax`;
  if (choice === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  for (const other of document.querySelectorAll("[data-theme-choice]")) {
    other.setAttribute("aria-pressed", String(other.dataset.themeChoice === choice));
  }
});

// <form data-confirm="…">: asks before it is sent (htmx forms use hx-confirm).
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// .dropzone: a label around a file input, with an optional .dropzone__list of the chosen names.
for (const type of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(type, (event) => {
    const zone = event.target instanceof Element && event.target.closest(".dropzone");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("is-over", type === "dragover");
    const input = zone.querySelector('input[type="file"]');
    if (type !== "drop" || !input || !event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

document.addEventListener("change", (event) => {
  const list = event.target.closest?.(".dropzone")?.querySelector(".dropzone__list");
  if (!list) return;
  list.replaceChildren(
    ...Array.from(event.target.files, (file) => {
      const entry = document.createElement("li");
      entry.className = "badge";
      entry.textContent = file.name;
      return entry;
    }),
  );
});

// An error fragment of the server is a toast: it never replaces what the person was working on.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400 || !xhr.responseText.includes("data-error-toast")) return;
  event.detail.target = document.getElementById("toasts");
  event.detail.swapOverride = "beforeend";
  event.detail.selectOverride = "unset";
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});

document.addEventListener("htmx:responseError", (event) => {
  const id = event.detail.xhr.getResponseHeader("X-Request-Id");
  const message = "The server could not do that. Try again; if it stays, tell an admin";
  showToast({ level: "error", message: id ? `${message} this id: ${id}.` : `${message}.` });
});

document.addEventListener("htmx:sendError", () => {
  showToast({
    level: "error",
    message: "The server does not answer. Nothing was saved by this step; check the connection and try again.",
  });
});
