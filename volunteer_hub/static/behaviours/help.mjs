/* A quiet call for help. The place is sent after the call, not before: finding it takes seconds, and the call must
   not wait for them. */
import { startCalls } from "./calls.mjs";
import { newId } from "./ids.mjs";

const PLACE_MS = 15_000;

export function start(form) {
  const words = JSON.parse(form.dataset.words);
  const state = form.querySelector("[data-help-state]");
  const withPlace = form.querySelector("[data-help-place]");
  const said = (name, call, answer) => (state.textContent = sentenceOf(words, name, call, answer));
  const calls = startCalls({ key: "help-calls", isReceipt: (answer) => answer.received === true, said });
  withPlace.hidden = !navigator.geolocation;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const call = { url: form.getAttribute("action"), id: newId(), at: new Date().toISOString() };
    calls.add(call);
    if (event.submitter === withPlace) findPlace((place) => calls.place(call, place));
  });
}

/** What to tell whoever called. Nobody may be told that help knows of it unless a lead does. */
export function sentenceOf(words, name, call, answer) {
  if (name === "refused") return words.refused.replace("{why}", answer.error);
  if (name !== "received") return words.waiting;
  if (answer.answered) return words.answered;
  if (answer.told === false && answer.words) return answer.words;
  return call.latitude === undefined ? words.sent : words.sent_place;
}

function findPlace(found) {
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => found({ latitude: coords.latitude, longitude: coords.longitude, accuracy: coords.accuracy }),
    () => undefined, // the call itself is on its way
    { enableHighAccuracy: true, timeout: PLACE_MS, maximumAge: 60_000 },
  );
}
