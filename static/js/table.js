/* The table of keys: selection and search. */
"use strict";

const selectable = () => document.querySelectorAll("#key-table [name=key]");

/* Update the bar and the boxes for all keys. */
function updateSelection() {
  const boxes = selectable();
  const count = document.querySelectorAll("#key-table [name=key]:checked").length;
  const text = document.querySelector("[data-selected]");
  if (text) text.textContent = `${count} key${count === 1 ? "" : "s"} selected`;
  for (const all of document.querySelectorAll("[data-select-all]")) {
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  }
}

document.addEventListener("change", ({ target }) => target.name === "key" && updateSelection());

clicks["select-all"] = (box) => {
  for (const other of selectable()) other.checked = box.checked;
  updateSelection();
};

clicks["select-none"] = () => {
  for (const box of selectable()) box.checked = false;
  updateSelection();
  document.getElementById("key-table").focus(); // the bar disappears with its button
};

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  updateSelection();
  const place = document.getElementById(detail.target.id);
  if (place?.id !== "key-table") return;
  document.getElementById("key-count").textContent = place.querySelector("[data-count]")?.textContent.trim() ?? "";
  if (document.activeElement === document.body) place.focus(); // the pressed arrow is gone
});

/* Reduce a whole token to its public part, because URLs stay in histories and logs. */
document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-public-part]")) return;
  const token = new RegExp(`${target.dataset.publicPart}(?=.)`).exec(target.value);
  if (token) target.value = token[0];
}, true); // before htmx reads the field

/* A key that was deleted in another tab: say so, and show the table as it is now. */
document.addEventListener("htmx:responseError", ({ detail }) => {
  const row = detail.elt.closest("#key-table tr");
  if (!row || detail.xhr.status !== 404) return;
  const name = row.querySelector(".name").textContent.trim();
  showToast(`“${name}” was deleted in another tab.`, "info");
  htmx.ajax("GET", location.href, { source: "#key-table", target: "#key-table", swap: "outerHTML" });
});
