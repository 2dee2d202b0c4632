// Loaded blocking in <head>, so that the chosen theme is on <html> before the first paint.
// A press on [data-theme-choice="auto|light|dark"] changes and keeps the choice.
(() => {
  const KEY = "crossscope-theme";
  const CHOICES = ["auto", "light", "dark"];

  function stored() {
    try {
      const choice = localStorage.getItem(KEY);
      return CHOICES.includes(choice) ? choice : "auto";
    } catch {
      return "auto"; // storage is switched off: follow the system
    }
  }

  function keep(choice) {
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // storage is switched off: the choice lasts for this page
    }
  }

  function apply(choice) {
    if (choice === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  }

  apply(stored());
  document.addEventListener("DOMContentLoaded", () => apply(stored()));
  window.addEventListener("storage", (event) => event.key === KEY && apply(stored()));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    keep(button.dataset.themeChoice);
    apply(button.dataset.themeChoice);
  });
})();
