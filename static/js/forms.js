/* Forms: what must be fixed, what failed, and that they are being sent. The form's footer says all of it. */
"use strict";

const INVALID = "[aria-invalid=true]";
const problemsOf = (form) => Array.from(form.querySelectorAll(`${INVALID}, .notice.bad[role=alert]`));

/* -- What must be fixed -- */

function showProblems(form) {
  const line = form.querySelector("[data-problems]");
  if (!line) return;
  const names = new Set(problemsOf(form).map((place) => place.name || place.textContent));
  line.hidden = names.size === 0;
  line.querySelector("a").textContent = `${names.size} thing${names.size === 1 ? "" : "s"} to fix`;
}

/* Show the error, not only its field: it may be below the edge of the scrolled form. */
function goToProblem(form) {
  const [place] = problemsOf(form);
  place?.closest("details")?.setAttribute("open", "");
  const field = place?.matches(INVALID) ? place : form.closest(".modal").querySelector("h1");
  field.focus({ preventScroll: true });
  for (const part of [place?.closest(".field")?.querySelector(".errorlist"), place]) part?.scrollIntoView({ block: "nearest" });
}

clicks["first-problem"] = (link, event) => {
  event.preventDefault();
  goToProblem(link.closest("form"));
};

function markNetworks(check) {
  const field = check.closest(".field").querySelector("textarea");
  field.setAttribute("aria-invalid", Boolean(check.querySelector(".errorlist")));
  showProblems(field.form);
}

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const place = document.getElementById(detail.target.id);
  if (place?.id === "networks-check") markNetworks(place);
  if (place?.id === "signature-report") place.focus();
});

/* -- Being sent, and what failed -- */

const isSending = (place) => Boolean(place.querySelector("form[aria-busy=true]"));

function setSending(form, sending) {
  form.setAttribute("aria-busy", sending);
  for (const link of form.querySelectorAll("[data-dialog-close]")) link.setAttribute("aria-disabled", sending);
}

/* Return whether the form has a place for its failure. */
function showFailure(form, text, signedOut) {
  const place = form.querySelector(".failure");
  if (!place) return false;
  place.querySelector("span").textContent = text;
  place.querySelector("[data-try-again]").hidden = signedOut;
  place.querySelector("[data-sign-in]").hidden = !signedOut;
  place.hidden = false;
  return true;
}

clicks["try-again"] = (button) => button.closest("form").requestSubmit();

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const form = detail.elt;
  if (!form.matches("form.modal-form")) return;
  setSending(form, true);
  form.querySelector(".failure").hidden = true;
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.elt;
  if (!form.matches("form.modal-form")) return;
  setSending(form, false);
  // A button loses the focus while it is disabled. Give it back after a failure, so that Enter tries again.
  if (!detail.successful && document.activeElement === document.body) form.querySelector(".actions [type=submit]")?.focus();
});
