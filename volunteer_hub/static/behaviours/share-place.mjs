/* Where I am, for my field lead: off until the box is ticked, off again at a tap, and off by itself when the server
   says that nobody agreed (the turf is back). Only the newest place leaves the phone, at most twice a minute. */
const EVERY_MS = 30_000;
const KEPT = "shared-place";

export function start(element) {
  if (!navigator.geolocation) return;
  element.hidden = false;
  const box = element.querySelector("[data-share-box]");
  const state = element.querySelector("[data-share-state]");
  const words = JSON.parse(element.dataset.words);
  const say = (name) => (state.textContent = words[name]);
  let watch = null;
  let last = 0;

  async function toggle() {
    const wanted = box.checked;
    try {
      const answer = await send(element.dataset.share, { share: wanted ? "1" : "0" });
      if (!answer.ok || answer.redirected) throw new Error(`status ${answer.status}`);
      wanted ? begin() : end();
    } catch {
      if (wanted) end(); // nothing is shared before the server knows that it may be
      else forgetLater();
    }
  }

  function begin() {
    remember(element.dataset.share);
    box.checked = true;
    say("on");
    watch ??= navigator.geolocation.watchPosition(tell, () => end("denied"), { maximumAge: EVERY_MS });
  }

  function end(why = "off") {
    remember("");
    if (watch !== null) navigator.geolocation.clearWatch(watch);
    watch = null;
    box.checked = false;
    say(why);
    if (why === "denied") send(element.dataset.share, { share: "0" }).catch(() => undefined);
  }

  /** The box is off at once; the server hears of it as soon as there is a network. */
  function forgetLater() {
    end();
    window.addEventListener("online", () => box.checked || send(element.dataset.share, { share: "0" }), { once: true });
  }

  async function tell({ coords }) {
    if (Date.now() - last < EVERY_MS) return;
    last = Date.now();
    const place = { latitude: coords.latitude, longitude: coords.longitude, accuracy: coords.accuracy, at: new Date().toISOString() };
    try {
      const answer = await send(element.dataset.position, place);
      if (answer.status === 409 || answer.status === 404) end();
      else if (answer.ok && !answer.redirected) say("on");
    } catch {
      say("later");
    }
  }

  box.addEventListener("change", toggle);
  if (remembered() === element.dataset.share) begin();
  else say("off");
}

function remembered() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // storage is off: it holds until the page is closed
  }
}

function remember(share) {
  try {
    localStorage.setItem(KEPT, share);
  } catch {
    // the phone is full, or storage is off
  }
}

function send(url, body) {
  return fetch(url, {
    method: "POST",
    credentials: "omit",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout?.(20_000),
  });
}
