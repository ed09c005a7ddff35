/* Enhancements of the pages. They are attached to data- attributes, and every page works without them. */
"use strict";

const root = document.documentElement;
const YEAR_S = 365 * 24 * 3600;

root.dataset.js = "";

function remember(name, value) {
  document.cookie = `${name}=${value};path=/;max-age=${YEAR_S};samesite=lax`;
}

/* -- Clicks: by NAME, the handler for elements with data-NAME. Each script adds its own. -- */

const clicks = {
  "side-toggle": (button) => {
    root.dataset.side = root.dataset.side === "collapsed" ? "open" : "collapsed";
    remember("side", root.dataset.side);
    nameSideToggle(button);
  },
};

document.addEventListener("click", (event) => {
  for (const [name, act] of Object.entries(clicks)) {
    const element = event.target.closest(`[data-${name}]`);
    if (element) act(element, event);
  }
});

/* -- Menus -- */

const openMenus = () => document.querySelectorAll("[data-menu][open]");

document.addEventListener("click", ({ target }) => {
  for (const menu of openMenus()) {
    if (!menu.contains(target)) menu.open = false;
  }
});

document.addEventListener("focusout", ({ target, relatedTarget }) => {
  const menu = target.closest("[data-menu][open]");
  if (menu && relatedTarget && !menu.contains(relatedTarget)) menu.open = false; // it would cover the focused element
});

document.addEventListener("keydown", ({ key }) => {
  const [menu] = openMenus();
  if (key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

/* -- The side bar, and the time zone for the next page -- */

function nameSideToggle(button) {
  const collapsed = root.dataset.side === "collapsed";
  button.setAttribute("aria-label", collapsed ? "Expand the side bar" : "Collapse the side bar");
}

document.querySelectorAll("[data-side-toggle]").forEach(nameSideToggle);
remember("zone", Intl.DateTimeFormat().resolvedOptions().timeZone);
