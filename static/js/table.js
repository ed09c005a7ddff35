/* The table of keys: which are picked, and what is searched for. */
"use strict";

const pickable = () => document.querySelectorAll("#key-table [name=key]");

/* The bar says how many are picked, and the boxes for all of them follow. */
function countPicked() {
  const boxes = pickable();
  const count = document.querySelectorAll("#key-table [name=key]:checked").length;
  const said = document.querySelector("[data-picked]");
  if (said) said.textContent = `${count} key${count === 1 ? "" : "s"} selected`;
  for (const all of document.querySelectorAll("[data-pick-all]")) {
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  }
}

document.addEventListener("change", ({ target }) => target.name === "key" && countPicked());

clicks["pick-all"] = (box) => {
  for (const other of pickable()) other.checked = box.checked;
  countPicked();
};

clicks["pick-none"] = () => {
  for (const box of pickable()) box.checked = false;
  countPicked();
  document.getElementById("key-table").focus(); // the bar goes with the button
};

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  countPicked();
  const place = document.getElementById(detail.target.id);
  if (place?.id !== "key-table") return;
  document.getElementById("key-count").textContent = place.querySelector("[data-count]")?.textContent.trim() ?? "";
  if (document.activeElement === document.body) place.focus(); // the arrow that was pressed is gone
});

/* A whole token is searched for by its public part: what a URL holds stays in histories and logs. */
document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-public-part]")) return;
  const token = new RegExp(`${target.dataset.publicPart}(?=.)`).exec(target.value);
  if (token) target.value = token[0];
}, true); // before htmx looks at the field
