/* Copy and download. Secrets are read from the page, and never sent. */
"use strict";

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea"); // no clipboard API on plain http
  field.value = text;
  (dialog.open ? dialog : document.body).append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

function facts(attribute) {
  return Object.fromEntries(
    Array.from(document.querySelectorAll(`[data-reveal] [data-${attribute}]`), (element) => [
      element.dataset[attribute],
      element.textContent.trim(),
    ]),
  );
}

function lines(attribute, separator) {
  return Object.entries(facts(attribute))
    .map(([name, value]) => `${name}${separator}${value}\n`)
    .join("");
}

const files = {
  env: () => lines("env", "="),
  json: () => `${JSON.stringify(facts("json"), null, 2)}\n`,
};

clicks["copy"] = async (button) => {
  const source = button.dataset.copyFrom;
  await copy(source ? document.getElementById(source).textContent.trim() : button.dataset.copy);
  showToast(button.dataset.message, "success");
};

clicks["copy-facts"] = async (button) => {
  await copy(lines("fact", ": "));
  showToast(button.dataset.message, "success");
};

clicks["download"] = (button) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([files[button.dataset.download]()], { type: "text/plain" }));
  link.download = button.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};
