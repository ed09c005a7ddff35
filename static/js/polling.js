/* Poll while the page is visible: the bell, and the account on the Portfolio's pages. */
"use strict";

const ACCOUNT_MS = 3000;
const BELL_MS = 30000;
let pressed = false;
let hadFocus = false;

/* Don't change the page under an open dialog, a pressed button or selected text. */
function isBusy() {
  return document.hidden || dialog.open || pressed || !getSelection().isCollapsed;
}

function send(id) {
  document.getElementById(id)?.dispatchEvent(new Event("poll"));
}

function poll(id) {
  if (!isBusy()) send(id);
}

const isAccountPoll = ({ detail }) => (detail.requestConfig?.elt ?? detail.elt).id === "live";

document.addEventListener("pointerdown", () => (pressed = true));
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => (pressed = false));

setInterval(poll, BELL_MS, "unread");
setInterval(poll, ACCOUNT_MS, "live");
document.addEventListener("visibilitychange", () => poll("live"));
document.addEventListener("ledger-changed", () => dialog.open || send("live"));

document.addEventListener("htmx:afterRequest", (event) => {
  if (isAccountPoll(event)) document.querySelector("[data-outdated]").hidden = event.detail.successful;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isAccountPoll(event)) return;
  if (isBusy()) event.detail.shouldSwap = false;
  hadFocus = event.detail.target.contains(document.activeElement);
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (!isAccountPoll(event) || !hadFocus || document.activeElement !== document.body) return;
  document.querySelector(".live").focus(); // the row of the focused element is gone
});
