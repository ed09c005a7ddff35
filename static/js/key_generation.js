/* Signing keys are made here, in the browser: a secret is put on the page and sent nowhere. Where the browser cannot
   make one, the form goes as it is, and the server makes it. */
"use strict";

const CONTEXT = "PERPTools: this browser made the key of this form."; // as in apikeys/crypto/proof_of_possession.py
const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const ED25519 = { name: "Ed25519" };

let making = null; // the form on its way: { form, publicKey, secret, proof }

/* -- The pair -- */

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

/* Some clients drop leading zero bytes, and some count 44 characters: such seeds are drawn again. */
async function makePair() {
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
  const text = [CONTEXT, form.dataset.makesKey, form.elements.idempotency_key.value, publicKey].join("\n");
  return base64url(new Uint8Array(await crypto.subtle.sign(ED25519, pair.privateKey, new TextEncoder().encode(text))));
}

async function makeKey(form) {
  const { pair, secret } = await makePair();
  const publicKey = `ed25519:${base58(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)))}`;
  return { form, publicKey, secret, proof: await prove(form, pair, publicKey) };
}

const able = makePair().then(
  () => (document.documentElement.dataset.makesKeys = ""),
  () => delete document.documentElement.dataset.makesKeys, // no secure context, or no Ed25519
);

/* -- The form: made while it is sent, forgotten once it was answered -- */

function wantsKey(form) {
  return form.matches("form[data-makes-key]") && new FormData(form).get("kind") === "signing";
}

document.addEventListener("htmx:confirm", async (event) => {
  const form = event.detail.elt;
  if (!wantsKey(form)) return;
  event.preventDefault();
  if (making?.form === form) return; // a double click
  making = { form };
  await able;
  const made = await makeKey(form).catch(() => ({ form }));
  making = form.isConnected ? made : null; // or it was closed meanwhile
  if (making) event.detail.issueRequest(true);
});

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt !== making?.form || !making.proof) return;
  detail.parameters.made_key = making.publicKey;
  detail.parameters.proof = making.proof;
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!making || detail.requestConfig?.elt !== making.form) return;
  for (const place of document.querySelectorAll("[data-secret-of]")) {
    if (place.dataset.secretOf !== making.publicKey) continue;
    place.textContent = making.secret;
    place.className = "secret";
  }
});

function forget() {
  making = null;
}

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (making && detail.requestConfig.elt === making.form) forget();
});
addEventListener("pagehide", forget);
