/* The guide: the contents follow the scroll, and a link to an error opens it. */
"use strict";

const READING_LINE = 120; // px below the top of the window

function markSection() {
  const links = [...document.querySelectorAll(".contents a")];
  const passed = links.filter(({ hash }) => document.querySelector(hash)?.getBoundingClientRect().top < READING_LINE);
  const atEnd = innerHeight + scrollY >= root.scrollHeight - 2;
  const current = atEnd ? links.at(-1) : passed.at(-1) || links[0];
  for (const link of links) link.toggleAttribute("aria-current", link === current);
}

function openTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  const details = target && (target.matches("details") ? target : target.matches(".error") && target.querySelector("details"));
  if (details) details.open = true;
}

addEventListener("scroll", markSection, { passive: true });
addEventListener("hashchange", openTarget);
document.addEventListener("htmx:afterSettle", markSection);
markSection();
openTarget();
