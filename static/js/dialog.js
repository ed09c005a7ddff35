/* The dialog opens when htmx swaps something into it. While it shows a secret, only Done closes it. */
"use strict";

const dialog = document.getElementById("dialog");
const modal = document.getElementById("modal");
const progress = document.getElementById("progress");

let opener = "";

const reveal = () => document.querySelector("[data-reveal]");

function openDialog(from) {
  if (!dialog.open) {
    const menu = from.closest("details");
    opener = (menu ? menu.querySelector("summary") : from).id;
    if (menu) menu.open = false;
    dialog.showModal();
    dialog.append(toasts, progress); // everything outside an open dialog is inert, and behind its backdrop
  }
  dialog.setAttribute("closedby", reveal() ? "none" : "closerequest");
  dialog.toggleAttribute("data-changed", Boolean(modal.querySelector("[data-restored]:not([hidden])")));
  focusIn(modal);
}

function focusIn(place) {
  const form = place.querySelector("form.modal-form");
  if (form && problemsOf(form).length) return goToProblem(form);
  const wanted = ["[data-reveal]", "[autofocus]", ".modal-body :is(input, textarea):not([type=hidden], [name=template])", "h1"];
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
  document.body.append(toasts, progress);
  modal.replaceChildren();
  restoreFocus();
}

/* The opener may be gone or hidden by now. Then the table gets the focus, or the page. If the content was loaded again
   before the close event, something in it has the focus already (in_place.js). */
function restoreFocus() {
  if (document.activeElement.matches("[data-place]")) return;
  for (const id of [opener, "key-table", "content"]) {
    const place = document.getElementById(id);
    place?.focus();
    if (place && document.activeElement === place) return;
  }
}

dialog.addEventListener("close", closed);
dialog.addEventListener("cancel", (event) => {
  const changed = "changed" in dialog.dataset;
  if (reveal() || isSending(dialog) || (changed && !confirm("Discard your changes?"))) event.preventDefault();
  else discardDraft();
});
dialog.addEventListener("input", ({ target }) => target.form && (dialog.dataset.changed = ""));
dialog.addEventListener("mousedown", (event) => {
  if (event.target === dialog && !reveal() && !isSending(dialog) && !("changed" in dialog.dataset)) closeDialog();
});

addEventListener("beforeunload", (event) => reveal() && event.preventDefault());
addEventListener("pagehide", () => {
  reveal()?.remove();
  closeDialog();
});

/* A slow second answer, after a double click, must not empty the form that is being filled in. */
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target === modal && dialog.open && !dialog.contains(detail.requestConfig.elt)) detail.shouldSwap = false;
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target === modal) openDialog(detail.requestConfig.elt);
  else if (detail.target.matches(".modal-place")) focusIn(detail.target); // a form on its own page
});

document.addEventListener("dialog-done", closeDialog);

clicks["dialog-close"] = (link, event) => {
  if (!isSending(document)) discardDraft();
  if (!dialog.contains(link)) return;
  event.preventDefault();
  if (!isSending(dialog)) closeDialog();
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && dialog.open && (reveal() || isSending(dialog))) event.preventDefault();
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
