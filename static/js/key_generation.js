/* Generate signing keys in the browser. Their secret is shown on the page and never sent. If the browser can't generate
   one, the form is sent without, and the server does. */
"use strict";

const CONTEXT = "PERPTools: this browser made the key of this form."; // as in apikeys/crypto/proof_of_possession.py
const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const ED25519 = { name: "Ed25519" };

let pending = null; // the form that is being sent: { form, publicKey, secret, proof }

/* -- The key pair -- */

function base58(bytes) {
  let number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = "";
  for (; number; number /= 58n) text = ALPHABET[Number(number % 58n)] + text;
  const zeros = bytes.findIndex((byte) => byte);
  return "1".repeat(zeros < 0 ? bytes.length : zeros) + text;
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

async function seedOf(pair) {
  const wrapped = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const seed = wrapped.slice(-32);
  wrapped.fill(0);
  return seed;
}

/* Some clients drop leading zero bytes, and some expect 44 characters, so other seeds are discarded. */
async function generatePair() {
  for (;;) {
    const pair = await crypto.subtle.generateKey(ED25519, true, ["sign", "verify"]);
    const seed = await seedOf(pair);
    const encoded = base58(seed);
    const readable = seed[0] !== 0 && encoded.length === 44;
    seed.fill(0);
    if (readable) return { pair, secret: `ed25519:${encoded}` };
  }
}

async function prove(form, pair, publicKey) {
  const text = [CONTEXT, form.dataset.generatesKey, form.elements.idempotency_key.value, publicKey].join("\n");
  return base64url(new Uint8Array(await crypto.subtle.sign(ED25519, pair.privateKey, new TextEncoder().encode(text))));
}

async function generateKey(form) {
  const { pair, secret } = await generatePair();
  const publicKey = `ed25519:${base58(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)))}`;
  return { form, publicKey, secret, proof: await prove(form, pair, publicKey) };
}

const checked = generatePair().then(
  () => (document.documentElement.dataset.canGenerateKeys = ""),
  () => delete document.documentElement.dataset.canGenerateKeys, // no secure context, or no Ed25519
);

/* -- The form: the key is generated while it is sent, and forgotten after the response -- */

function wantsKey(form) {
  return form.matches("form[data-generates-key]") && new FormData(form).get("kind") === "signing";
}

document.addEventListener("htmx:confirm", async (event) => {
  const form = event.detail.elt;
  if (!wantsKey(form)) return;
  event.preventDefault();
  if (pending?.form === form) return; // a double click
  pending = { form };
  setSending(form, true);
  await checked;
  const made = await generateKey(form).catch(() => ({ form }));
  pending = form.isConnected ? made : null; // null if the form was closed in the meantime
  if (pending) event.detail.issueRequest(true);
});

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt !== pending?.form || !pending.proof) return;
  detail.parameters.made_key = pending.publicKey;
  detail.parameters.proof = pending.proof;
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!pending || detail.requestConfig?.elt !== pending.form) return;
  for (const place of document.querySelectorAll("[data-secret-of]")) {
    if (place.dataset.secretOf !== pending.publicKey) continue;
    place.textContent = pending.secret;
    place.className = "secret";
  }
});

function forget() {
  pending = null;
}

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (pending && detail.requestConfig.elt === pending.form) forget();
});
addEventListener("pagehide", forget);
