/* What the pages do beyond links and forms. Everything hangs on data- attributes, and every page works without it. */
"use strict";

const root = document.documentElement;
const dialog = document.getElementById("dialog");
const modal = document.getElementById("modal");
const toasts = document.getElementById("toasts");

const TOAST_MS = 3000;
const YEAR_S = 365 * 24 * 3600;

root.dataset.js = "";

function remember(name, value) {
  document.cookie = `${name}=${value};path=/;max-age=${YEAR_S};samesite=lax`;
}

/* -- Toasts: they go by themselves, failures stay until they are closed -- */

function fade(toast) {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) fade(toast);
    else toast.remove();
  }, TOAST_MS);
}

function watchToasts() {
  for (const toast of toasts.querySelectorAll(".toast:not(.error, [data-seen])")) {
    toast.dataset.seen = "";
    fade(toast);
  }
}

function say(text, kind) {
  for (const toast of toasts.querySelectorAll(".toast")) {
    if (toast.querySelector("span").textContent === text) toast.remove(); // said again, not twice
  }
  const toast = document.getElementById("failure").content.firstElementChild.cloneNode(true);
  toast.querySelector("span").textContent = text;
  if (kind === "success") {
    toast.className = "toast success";
    const use = toast.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace("#failed", "#done"));
  }
  toasts.append(toast);
}

new MutationObserver(watchToasts).observe(toasts, { childList: true });
watchToasts();

/* -- Copy and download: what is secret is read from the page, and never sent -- */

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea"); // plain http knows no clipboard
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

function download(button) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([files[button.dataset.download]()], { type: "text/plain" }));
  link.download = button.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/* -- The dialog -- */

let opener = "";

const reveal = () => document.querySelector("[data-reveal]");

function openDialog(from) {
  if (!dialog.open) {
    const menu = from.closest("details");
    opener = (menu ? menu.querySelector("summary") : from).id;
    if (menu) menu.open = false;
    dialog.showModal();
    dialog.append(toasts); // what is outside an open dialog cannot be reached
  }
  dialog.setAttribute("closedby", reveal() ? "none" : "closerequest");
  delete dialog.dataset.changed;
  focusIn(modal);
}

function focusIn(place) {
  const wanted = ["[data-reveal]", "[aria-invalid=true]", "[autofocus]", ".modal-body :is(input, textarea):not([type=hidden])", "h1"];
  wanted.map((selector) => place.querySelector(selector)).find(Boolean)?.focus();
}

function closeDialog() {
  if (dialog.open) dialog.close();
}

function closed() {
  if (dialog.open) return; // opened again, before this event came
  if (modal.contains(reveal())) {
    dialog.showModal(); // nothing but Done closes it
    return;
  }
  document.body.append(toasts);
  modal.replaceChildren();
  giveFocusBack();
}

/* What opened the dialog may be gone by now, or hidden: then the table takes the focus, or else the page. */
function giveFocusBack() {
  for (const id of [opener, "key-table", "content"]) {
    const place = document.getElementById(id);
    place?.focus();
    if (place && document.activeElement === place) return;
  }
}

dialog.addEventListener("close", closed);
dialog.addEventListener("cancel", (event) => {
  const changed = "changed" in dialog.dataset;
  if (reveal() || (changed && !confirm("Close this without saving what you entered?"))) event.preventDefault();
});
dialog.addEventListener("input", () => (dialog.dataset.changed = ""));
dialog.addEventListener("mousedown", (event) => {
  if (event.target === dialog && !reveal() && !("changed" in dialog.dataset)) closeDialog();
});

addEventListener("beforeunload", (event) => reveal() && event.preventDefault());
addEventListener("pagehide", () => {
  reveal()?.remove();
  closeDialog();
});

/* -- htmx -- */

const FAILURES = {
  403: "Your session has changed. Reload the page, then try again.",
  404: "That is no longer there. Reload the page.",
  429: "Too many tries. Wait a minute, then try again.",
  503: "The database does not answer just now. Wait a moment, and look at the table before you try again.",
};

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target === modal) openDialog(detail.requestConfig.elt);
  else if (detail.target.matches(".modal-place")) focusIn(detail.target); // a form that is a page of its own
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  countPicked();
  const place = document.getElementById(detail.target.id);
  if (place?.id === "networks-check") markNetworks(place);
  if (place?.id === "signature-report") place.focus();
  if (place?.id !== "key-table") return;
  document.getElementById("key-count").textContent = place.querySelector("[data-count]")?.textContent.trim() ?? "";
  if (document.activeElement === document.body) place.focus(); // the arrow that was pressed is gone
});
/* A button loses the focus while it is disabled: what failed is tried again with the same key. */
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful && document.activeElement === document.body) detail.elt.querySelector("[type=submit]")?.focus();
});

function markNetworks(check) {
  const field = check.closest(".field").querySelector("textarea");
  field.setAttribute("aria-invalid", Boolean(check.querySelector(".errorlist")));
}

document.addEventListener("dialog-done", closeDialog);
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.elt.matches("[data-looks]")) return; // says so itself, once
  say(FAILURES[event.detail.xhr.status] || "That failed on our side. Look at the table before you try again.");
});
for (const lost of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(lost, (event) => {
    if (event.detail.elt.matches("[data-looks]")) return;
    say("The server cannot be reached. Check your connection, then try again.");
  });
}

/* -- A whole token is searched for by its public part: what a URL holds stays in histories and logs -- */

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-public-part]")) return;
  const token = /ptk_[0-9a-z]{16}(?=.)/.exec(target.value);
  if (token) target.value = token[0];
}, true); // before htmx looks at the field

/* -- Clicks and keys -- */

const clicks = {
  "copy": async (button) => {
    const source = button.dataset.copyFrom;
    await copy(source ? document.getElementById(source).textContent.trim() : button.dataset.copy);
    say(button.dataset.said, "success");
  },
  "copy-facts": async (button) => {
    await copy(lines("fact", ": "));
    say(button.dataset.said, "success");
  },
  "download": download,
  "toast-close": (button) => button.closest(".toast").remove(),
  "dialog-close": (link, event) => {
    if (!dialog.contains(link)) return;
    event.preventDefault();
    closeDialog();
  },
  "add-address": (button) => {
    const field = button.closest("form").elements.networks;
    field.value = [field.value.trim(), button.dataset.addAddress].filter(Boolean).join(", ");
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  },
  "pick-all": (box) => {
    for (const other of pickable()) other.checked = box.checked;
    countPicked();
  },
  "pick-none": () => {
    for (const box of pickable()) box.checked = false;
    countPicked();
    document.getElementById("key-table").focus(); // the bar goes with the button
  },
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
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

/* Which keys are picked: the bar says how many, and the boxes for all of them follow. */
const pickable = () => document.querySelectorAll("#key-table [name=key]");

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

document.addEventListener("focusout", ({ target, relatedTarget }) => {
  const menu = target.closest("[data-menu][open]");
  if (menu && relatedTarget && !menu.contains(relatedTarget)) menu.open = false; // it would cover what has the focus now
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (reveal()) event.preventDefault();
  const menu = document.querySelector("[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-stored]")) return;
  const shown = reveal();
  // At once: the close event comes later, and a page that is left may be kept for Back.
  for (const secret of shown.querySelectorAll(".secret")) secret.remove();
  shown.removeAttribute("data-reveal");
  if (!dialog.open || !document.getElementById("key-table")) return; // the table is loaded anew
  event.preventDefault();
  closeDialog();
  modal.replaceChildren(); // at once: the close event comes later, and the secret is in there
});

/* -- Create: the purpose proposes permissions, until they are chosen by hand -- */

document.addEventListener("change", ({ target }) => {
  const form = target.closest("[data-purpose-sets-permissions]");
  if (target.name === "permissions" && form) form.removeAttribute("data-purpose-sets-permissions");
  if (target.name !== "purpose" || !form) return;
  for (const box of form.elements.permissions) box.checked = box.value === "read" || target.value === "trading";
});

/* -- The side bar, and the trader's zone for the times on the next page -- */

function nameSideToggle(button) {
  const collapsed = root.dataset.side === "collapsed";
  button.setAttribute("aria-label", collapsed ? "Expand the side bar" : "Collapse the side bar");
}

document.querySelectorAll("[data-side-toggle]").forEach(nameSideToggle);
remember("zone", Intl.DateTimeFormat().resolvedOptions().timeZone);
