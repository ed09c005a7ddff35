/* The dialog: it opens with what htmx puts into it. A secret in it is closed by nothing but Done. */
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
    dialog.append(toasts); // what is outside an open dialog cannot be reached
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
  if (dialog.open) return; // opened again, before this event came
  if (modal.contains(reveal())) {
    dialog.showModal(); // nothing but Done closes it
    return;
  }
  document.body.append(toasts);
  modal.replaceChildren();
  giveFocusBack();
}

/* What opened the dialog may be gone by now, or hidden: then the table takes the focus, or else the page. */
function giveFocusBack() {
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
  else if (detail.target.matches(".modal-place")) focusIn(detail.target); // a form that is a page of its own
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
  if (!event.target.matches("[data-stored]")) return;
  const shown = reveal();
  // At once: the close event comes later, and a page that is left may be kept for Back.
  for (const secret of shown.querySelectorAll(".secret")) secret.remove();
  shown.removeAttribute("data-reveal");
  if (!dialog.open || !document.getElementById("key-table")) return; // the table is loaded anew
  event.preventDefault();
  closeDialog();
  modal.replaceChildren(); // at once: the close event comes later, and the secret is in there
});
