/* Review all: a letter for each button, while the focus is on one of them. */
"use strict";

document.querySelector("[data-walk] [aria-invalid=true]")?.focus();

document.querySelector("[data-walk]")?.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (!event.target.matches("button[data-key]")) return;
  event.currentTarget.querySelector(`button[data-key="${CSS.escape(event.key.toLowerCase())}"]`)?.click();
});
