/* Toasts disappear by themselves. Failures stay until they are closed. */
"use strict";

const toasts = document.getElementById("toasts");
const TOAST_MS = 3000;

function removeLater(toast) {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) removeLater(toast);
    else toast.remove();
  }, TOAST_MS);
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
  if (kind === "success") {
    toast.className = "toast success";
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
  403: "Your session has changed. Reload the page, then try again.",
  404: "That is no longer there. Reload the page.",
  429: "Too many tries. Wait a minute, then try again.",
  503: "The database does not answer just now. Wait a moment, and look at the table before you try again.",
};

const showsItsErrors = (event) => event.detail.elt.matches("[data-polls]");

document.addEventListener("htmx:responseError", (event) => {
  if (showsItsErrors(event)) return;
  showToast(FAILURES[event.detail.xhr.status] || "That failed on our side. Look at the table before you try again.");
});
for (const lost of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(lost, (event) => {
    if (!showsItsErrors(event)) showToast("The server cannot be reached. Check your connection, then try again.");
  });
}
