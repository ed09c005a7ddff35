/* Toasts disappear by themselves. Failures stay until they are closed. */
"use strict";

const toasts = document.getElementById("toasts");
const TOAST_MS = 3000;
const UNDO_MS = 10_000;

function removeLater(toast) {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) removeLater(toast);
    else toast.remove();
  }, toast.querySelector("form") ? UNDO_MS : TOAST_MS);
}

function watchToasts() {
  for (const toast of toasts.querySelectorAll(".toast:not(.error, [data-seen])")) {
    toast.dataset.seen = "";
    removeLater(toast);
  }
}

function showToast(text, kind) {
  for (const toast of toasts.querySelectorAll(".toast")) {
    if (toast.querySelector("span").textContent === text) toast.remove(); // shown again, not twice
  }
  const toast = document.getElementById("failure").content.firstElementChild.cloneNode(true);
  toast.querySelector("span").textContent = text;
  toast.toggleAttribute("data-failed", !kind);
  if (kind) toast.className = `toast ${kind}`;
  if (kind === "success") {
    const use = toast.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace("#failed", "#done"));
  }
  toasts.append(toast);
}

new MutationObserver(watchToasts).observe(toasts, { childList: true });
watchToasts();

clicks["toast-close"] = (button) => button.closest(".toast").remove();

/* -- Failed requests -- */

const FAILURES = {
  403: "You’ve been signed out. Sign in and try again.",
  404: "This key was deleted. Refresh the page.",
  429: "Too many attempts. Wait a minute and try again.",
  503: "We couldn’t save that. Check the list before trying again.",
};
const OUR_FAULT = "Something went wrong on our end. Check the list before trying again.";
const UNREACHABLE = "Couldn’t reach the server. Check your connection and try again.";

/* These show their errors themselves, or are asked again: when the form is sent, or a moment later. */
const QUIET = "[data-polls], #preview, #first-request, [name=networks]";
const isQuiet = (elt) => elt.matches(QUIET);

/* A form in a dialog says what failed itself. */
function fail(elt, text, signedOut = false) {
  if (isQuiet(elt) || (elt.matches("form.modal-form") && showFailure(elt, text, signedOut))) return;
  showToast(text);
}

document.addEventListener("htmx:responseError", ({ detail }) => {
  const deletedRow = detail.xhr.status === 404 && detail.elt.closest("#key-table tr"); // table.js says which
  if (!deletedRow) fail(detail.elt, FAILURES[detail.xhr.status] || OUR_FAULT, detail.xhr.status === 403);
});
for (const lost of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(lost, ({ detail }) => fail(detail.elt, UNREACHABLE));
}

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful || isQuiet(detail.elt)) return;
  for (const toast of toasts.querySelectorAll(".toast[data-failed]")) toast.remove(); // the server is back
});
