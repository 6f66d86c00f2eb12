/* Passkeys. A form with data-behaviour="passkey" and data-options="/where/to/ask" sends the device's answer in
   its field `credential`; data-passkey says "add" or "use". It is shown only where the browser has passkeys.
   On the sign-in page the browser may also offer them in the email field (conditional mediation). */
const RENEWED_AFTER_MS = 240_000; // the server keeps a challenge for 300 s
let waiting = null; // the quiet request that stands while nobody has pressed the button

export async function start(form) {
  if (!window.PublicKeyCredential) return;
  form.hidden = false;
  const isUse = form.dataset.passkey === "use";
  form.addEventListener("submit", (event) => {
    if (form.elements.credential.value) return; // the device has answered: the form goes its way
    event.preventDefault();
    waiting?.abort();
    ask(form, isUse ? use : add);
  });
  if (isUse && (await PublicKeyCredential.isConditionalMediationAvailable?.())) offerQuietly(form);
}

async function ask(form, how) {
  const says = form.querySelector("[data-says]");
  says.hidden = true;
  form.setAttribute("aria-busy", "true");
  try {
    await answered(form, await how(await optionsFor(form)));
  } catch (error) {
    says.textContent = error.name === "InvalidStateError" ? says.dataset.known : says.dataset.failed;
    says.hidden = false;
  } finally {
    form.removeAttribute("aria-busy");
  }
}

async function offerQuietly(form) {
  try {
    const found = await renewed(async (turn) => {
      waiting = turn;
      const options = await optionsFor(form);
      return navigator.credentials.get({
        publicKey: requestOptions(options),
        mediation: "conditional",
        signal: turn.signal,
      });
    }, RENEWED_AFTER_MS);
    await answered(form, found);
  } catch {
    // nobody chose one, or the button was pressed: the page stays as it is
  }
}

/** Ask with a fresh turn (an AbortController) whenever the one before is too old; gives the first answer. What
    else ends a turn ends it all. */
export async function renewed(ask, afterMs) {
  for (;;) {
    const turn = new AbortController();
    let isOld = false;
    const clock = setTimeout(() => {
      isOld = true;
      turn.abort();
    }, afterMs);
    try {
      return await ask(turn);
    } catch (error) {
      if (!isOld) throw error;
    } finally {
      clearTimeout(clock);
    }
  }
}

async function optionsFor(form) {
  const body = new FormData();
  body.set("csrf_token", form.elements.csrf_token.value);
  const answer = await fetch(form.dataset.options, { method: "POST", body });
  if (!answer.ok || answer.redirected) throw new Error(`options: ${answer.status}`);
  return answer.json();
}

const use = (options) => navigator.credentials.get({ publicKey: requestOptions(options) });
const add = (options) => navigator.credentials.create({ publicKey: creationOptions(options) });

async function answered(form, credential) {
  if (!credential) throw new Error("no answer");
  form.elements.credential.value = JSON.stringify(plain(credential));
  form.requestSubmit();
}

/** The options of the server with bytes where the browser wants bytes. */
export function requestOptions(options) {
  return { ...options, challenge: bytes(options.challenge), allowCredentials: named(options.allowCredentials) };
}

export function creationOptions(options) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: named(options.excludeCredentials),
  };
}

const named = (list) => (list ?? []).map((each) => ({ ...each, id: bytes(each.id) }));

/** A credential as JSON, the bytes as base64url. */
export function plain(credential) {
  const response = {};
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  for (const name of parts)
    if (credential.response[name]) response[name] = text(credential.response[name]);
  const transports = credential.response.getTransports?.();
  if (transports) response.transports = transports;
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
}

export function bytes(base64url) {
  const raw = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}

export function text(buffer) {
  const raw = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
