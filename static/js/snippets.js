/* Snippets: the chosen language is remembered, on every page. */
"use strict";

const SNIPPET = "snippet";

function chooseSnippet() {
  const chosen = localStorage.getItem(SNIPPET);
  for (const tab of document.querySelectorAll("[data-snippets] input")) {
    if (tab.value === chosen) tab.checked = true;
  }
}

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-snippets] input")) localStorage.setItem(SNIPPET, target.value);
});
document.addEventListener("htmx:afterSwap", chooseSnippet);
chooseSnippet();
