// Sample toasts of the style guide.
const SAMPLES = {
  success: "Item 1042 is approved.",
  error: "Item 1042 is no longer in review; reload and try again.",
};

for (const button of document.querySelectorAll("[data-sample-toast]")) {
  button.addEventListener("click", () => {
    const level = button.dataset.sampleToast;
    const detail = { level, message: SAMPLES[level] };
    document.body.dispatchEvent(new CustomEvent("toast", { bubbles: true, detail }));
  });
}
