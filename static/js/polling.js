/* What looks again by itself, while somebody can see it: the bell, and the Portfolio's pages at the ledger. */
"use strict";

const LOOK_MS = 3000;
const BELL_MS = 30000;
let pressed = false;
let hadFocus = false;

/* What is in a trader's hand stays as it is: a dialog, a button that is being pressed, text that is being selected. */
function isInHand() {
  return document.hidden || dialog.open || pressed || !getSelection().isCollapsed;
}

function send(id) {
  document.getElementById(id)?.dispatchEvent(new Event("look"));
}

function look(id) {
  if (!isInHand()) send(id);
}

const isLook = ({ detail }) => (detail.requestConfig?.elt ?? detail.elt).id === "live";

document.addEventListener("pointerdown", () => (pressed = true));
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => (pressed = false));

setInterval(look, BELL_MS, "unread");
setInterval(look, LOOK_MS, "live");
document.addEventListener("visibilitychange", () => look("live"));
document.addEventListener("ledger-changed", () => dialog.open || send("live"));

document.addEventListener("htmx:afterRequest", (event) => {
  if (isLook(event)) document.querySelector("[data-stale]").hidden = event.detail.successful;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isLook(event)) return;
  if (isInHand()) event.detail.shouldSwap = false;
  hadFocus = event.detail.target.contains(document.activeElement);
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (!isLook(event) || !hadFocus || document.activeElement !== document.body) return;
  document.querySelector(".live").focus(); // its row is gone
});
