/* The walkthrough: a letter for each button, while one of them has the focus. */
"use strict";

document.querySelector("[data-walkthrough] [aria-invalid=true]")?.focus();

document.querySelector("[data-walkthrough]")?.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (!event.target.matches("button[data-key]")) return;
  event.currentTarget.querySelector(`button[data-key="${CSS.escape(event.key.toLowerCase())}"]`)?.click();
});
