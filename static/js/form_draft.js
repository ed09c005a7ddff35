/* Drafts: what was entered into the form for a new key stays in this tab until the key exists or the form is cancelled. So
   nothing is lost if the session ends, or with Back. Passwords and pasted keys are never kept. */
"use strict";

const DRAFT = "draft";
const NOT_KEPT = ["csrfmiddlewaretoken", "idempotency_key", "password", "public_key"];

function saveDraft(form) {
  const values = Array.from(new FormData(form)).filter(([name]) => !NOT_KEPT.includes(name));
  sessionStorage.setItem(DRAFT, JSON.stringify({ account: form.dataset.draft, values }));
}

function forgetDraft() {
  sessionStorage.removeItem(DRAFT);
}

/* The trader closed the form. */
function discardDraft() {
  if (document.querySelector("form[data-draft]")) forgetDraft();
}

function restoreDraft(form) {
  const draft = JSON.parse(sessionStorage.getItem(DRAFT));
  if (!form || draft?.account !== form.dataset.draft) return;
  const kept = new Set(draft.values.map(([name, value]) => `${name}=${value}`));
  for (const field of form.elements) {
    if (!field.name || NOT_KEPT.includes(field.name)) continue;
    if (["checkbox", "radio"].includes(field.type)) field.checked = kept.has(`${field.name}=${field.value}`);
    else field.value = draft.values.find(([name]) => name === field.name)?.[1] ?? field.value;
  }
  form.querySelector("[data-advanced]").open ||= !form.querySelector("[name=template]:checked");
  form.querySelector("[data-restored]").hidden = false;
  form.dispatchEvent(new Event("change")); // for the summary
}

for (const type of ["input", "change"]) {
  document.addEventListener(type, ({ target }) => target.form?.matches("[data-draft]") && saveDraft(target.form));
}

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.requestConfig?.verb === "get") restoreDraft(detail.target.querySelector("form[data-draft]"));
  if (document.querySelector("[data-reveal]")) forgetDraft();
});
addEventListener("load", () => restoreDraft(document.querySelector("form[data-draft]")));
