/* After a change the content is loaded again, in place. If the focused element is gone, what took its place gets the focus. */
"use strict";

const places = () => [...document.querySelectorAll("#content [data-place]:not(:has([data-place]))")];
let place = 0;

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id !== "content") return;
  place = places().findIndex((one) => one.contains(document.activeElement));
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id !== "content" || document.activeElement !== document.body) return;
  const found = places();
  (found[Math.min(Math.max(place, 0), found.length - 1)] || detail.target).focus({ preventScroll: true });
});

/* An undone message says nothing that is still true. */
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful) detail.elt.closest(".toast")?.remove();
});
