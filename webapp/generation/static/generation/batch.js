// Parts of a batch's page ask for themselves again ([data-live]). Whoever reads or uses them is not
// disturbed: what has not changed is left alone, what was open stays open, the focus stays.

const shown = new WeakMap();
const FOCUSABLE = "a[href], button, summary, input, select";

function stateOf(part) {
  return {
    open: Array.from(part.querySelectorAll("details"), (one) => one.open),
    focused: Array.from(part.querySelectorAll(FOCUSABLE)).indexOf(document.activeElement),
  };
}

function isInUse(part) {
  const selection = document.getSelection();
  return selection && !selection.isCollapsed && part.contains(selection.anchorNode);
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target;
  if (!part.matches("[data-live]") || event.detail.xhr.status !== 200) return;
  const text = event.detail.serverResponse;
  if (shown.get(part)?.text === text || isInUse(part)) {
    event.detail.shouldSwap = false;
    return;
  }
  shown.set(part, { text, ...stateOf(part) });
});

document.addEventListener("htmx:afterSwap", (event) => {
  const before = shown.get(event.detail.target);
  if (!before) return;
  const details = event.detail.target.querySelectorAll("details");
  if (details.length === before.open.length) {
    details.forEach((one, place) => {
      one.open = before.open[place];
    });
  }
  event.detail.target.querySelectorAll(FOCUSABLE)[before.focused]?.focus({ preventScroll: true });
});
