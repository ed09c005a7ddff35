/* The dialog opens when htmx swaps something into it. While it shows a secret, only Done closes it. */
"use strict";

const dialog = document.getElementById("dialog");
const modal = document.getElementById("modal");

let opener = "";

const reveal = () => document.querySelector("[data-reveal]");

function openDialog(from) {
  if (!dialog.open) {
    const menu = from.closest("details");
    opener = (menu ? menu.querySelector("summary") : from).id;
    if (menu) menu.open = false;
    dialog.showModal();
    dialog.append(toasts); // everything outside an open dialog is inert
  }
  dialog.setAttribute("closedby", reveal() ? "none" : "closerequest");
  delete dialog.dataset.changed;
  focusIn(modal);
}

function focusIn(place) {
  const wanted = ["[data-reveal]", "[aria-invalid=true]", "[autofocus]", ".modal-body :is(input, textarea):not([type=hidden])", "h1"];
  wanted.map((selector) => place.querySelector(selector)).find(Boolean)?.focus();
}

function closeDialog() {
  if (dialog.open) dialog.close();
}

function closed() {
  if (dialog.open) return; // opened again before this event
  if (modal.contains(reveal())) {
    dialog.showModal(); // only Done closes it
    return;
  }
  document.body.append(toasts);
  modal.replaceChildren();
  restoreFocus();
}

/* The opener may be gone or hidden by now. Then the table gets the focus, or the page. */
function restoreFocus() {
  for (const id of [opener, "key-table", "content"]) {
    const place = document.getElementById(id);
    place?.focus();
    if (place && document.activeElement === place) return;
  }
}

dialog.addEventListener("close", closed);
dialog.addEventListener("cancel", (event) => {
  const changed = "changed" in dialog.dataset;
  if (reveal() || (changed && !confirm("Close this without saving what you entered?"))) event.preventDefault();
});
dialog.addEventListener("input", () => (dialog.dataset.changed = ""));
dialog.addEventListener("mousedown", (event) => {
  if (event.target === dialog && !reveal() && !("changed" in dialog.dataset)) closeDialog();
});

addEventListener("beforeunload", (event) => reveal() && event.preventDefault());
addEventListener("pagehide", () => {
  reveal()?.remove();
  closeDialog();
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target === modal) openDialog(detail.requestConfig.elt);
  else if (detail.target.matches(".modal-place")) focusIn(detail.target); // a form on its own page
});

document.addEventListener("dialog-done", closeDialog);

clicks["dialog-close"] = (link, event) => {
  if (!dialog.contains(link)) return;
  event.preventDefault();
  closeDialog();
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && reveal()) event.preventDefault();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-saved]")) return;
  const shown = reveal();
  // Now, not in the close event: the browser may keep the page for Back.
  for (const secret of shown.querySelectorAll(".secret")) secret.remove();
  shown.removeAttribute("data-reveal");
  if (!dialog.open || !document.getElementById("key-table")) return; // the next page loads the table
  event.preventDefault();
  closeDialog();
  modal.replaceChildren(); // now, because it contains the secret
});
