/* Shortcuts on the API Keys page: / to search, c to create, e to edit the row that has the focus, ? for a list. They can be
   turned off there, because speech input can press keys by mistake (WCAG 2.1.4). */
"use strict";

const OFF = "shortcuts-off";

const shortcuts = {
  "/": () => document.getElementById("q")?.focus(),
  c: () => document.getElementById("create")?.click(),
  e: () => document.activeElement.closest("#key-table tr")?.querySelector("[id^=edit-]")?.click(),
  "?": () => showShortcuts(document.activeElement),
};

function showShortcuts(from) {
  modal.replaceChildren(document.getElementById("shortcuts").content.cloneNode(true));
  modal.querySelector("[data-use-shortcuts]").checked = !localStorage.getItem(OFF);
  openDialog(from);
}

clicks["show-shortcuts"] = showShortcuts;

document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-use-shortcuts]")) return;
  if (target.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "true");
});

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (!document.getElementById("shortcuts") || dialog.open || localStorage.getItem(OFF)) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (target.matches("textarea, select, input:not([type=checkbox])") || !Object.hasOwn(shortcuts, key)) return;
  event.preventDefault();
  shortcuts[key]();
});
