/* The form for a key: templates set other fields, and the own IP address is added with a click. */
"use strict";

const fits = ({ dataset }, form) =>
  form.elements.purpose.value === dataset.purpose &&
  form.elements.kind.value === dataset.kind &&
  Array.from(form.elements.permissions).every((box) => box.checked === dataset.permissions.split(" ").includes(box.value));

function applyTemplate({ dataset, form }) {
  form.elements.purpose.value = dataset.purpose;
  form.elements.kind.value = dataset.kind;
  for (const box of form.elements.permissions) box.checked = dataset.permissions.split(" ").includes(box.value);
}

/* In the capture phase, before htmx reads the fields for the preview. */
document.addEventListener(
  "change",
  ({ target }) => {
    const chosen = target.form?.querySelector("[name=template]:checked");
    if (!chosen) return;
    if (target === chosen) applyTemplate(chosen);
    else if (!fits(chosen, target.form)) chosen.checked = false;
  },
  true,
);

clicks["add-address"] = (button) => {
  const field = button.closest("form").elements.networks;
  field.value = [field.value.trim(), button.dataset.addAddress].filter(Boolean).join(", ");
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.focus();
};
