/* What looks again by itself, while somebody can see it: the bell, and the Portfolio's pages at the ledger. */
"use strict";

const live = document.getElementById("live");
const LOOK_MS = 3000;
const BELL_MS = 30000;
let pressed = false;

/* What is in a trader's hand stays as it is: a dialog, a button that is being pressed, text that is being selected. */
function isInHand() {
  return document.hidden || dialog.open || pressed || !getSelection().isCollapsed;
}

function look(id) {
  if (!isInHand()) document.getElementById(id)?.dispatchEvent(new Event("look"));
}

function tellWhetherStale(stale) {
  document.querySelector("[data-stale]").hidden = !stale;
}

document.addEventListener("pointerdown", () => (pressed = true));
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => (pressed = false));

setInterval(look, BELL_MS, "unread");

if (live) {
  const place = () => document.querySelector(live.getAttribute("hx-target"));
  let hadFocus = false;

  setInterval(look, LOOK_MS, "live");
  document.addEventListener("visibilitychange", () => look("live"));
  document.addEventListener("ledger-changed", () => dialog.open || live.dispatchEvent(new Event("look")));

  live.addEventListener("htmx:afterRequest", (event) => tellWhetherStale(!event.detail.successful));
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.requestConfig.elt !== live) return;
    if (isInHand()) event.detail.shouldSwap = false;
    hadFocus = place().contains(document.activeElement);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.requestConfig.elt !== live) return;
    if (hadFocus && document.activeElement === document.body) place().focus(); // its row is gone
  });
}
