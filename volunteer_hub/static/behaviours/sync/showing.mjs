/* How things stand with what was kept, in words: never “sent” before the receipt. */

/** Say it in an element with [data-saved-state], [data-refused] and, where there is one, [data-export]. */
export async function showState(element, outbox, words) {
  const counts = await outbox.counts();
  const line = element.querySelector("[data-saved-state]");
  line.dataset.state = counts.unsafe ? "unsafe" : counts.waiting || counts.isDark ? "waiting" : "sent";
  const text = sentenceOf(counts, outbox, words);
  const said = line.querySelector("[data-saved-words]");
  if (text && said.textContent !== text) said.textContent = text;
  const way = element.querySelector("[data-export]");
  if (way) way.hidden = !counts.waiting;
  await showRefused(element.querySelector("[data-refused]"), outbox, counts.refused, words);
}

function sentenceOf({ waiting, received, unsafe, isDark }, outbox, words) {
  if (isDark && !waiting) return words.not_kept;
  const why = waiting ? outbox.refusal() : null;
  const numbers = { "{count}": unsafe || waiting, "{saved}": waiting + received, "{received}": received, "{why}": why };
  const kept = unsafe ? (outbox.hasDisk ? words.unsafe : words.no_disk) : "";
  const sentence = (why && words.stuck) || kept || (waiting ? words.waiting : words.all_sent);
  return sentence.replace(/\{(count|saved|received|why)\}/g, (name) => numbers[name]);
}

/** What was set aside, and why. Once shown it stays: the phone forgets it when its list is over. */
async function showRefused(box, outbox, count, words) {
  if (!count) return;
  const title = document.createElement("p");
  title.textContent = words.refused.replace("{count}", count);
  const list = document.createElement("ul");
  for (const row of await outbox.refused()) {
    const line = document.createElement("li");
    line.textContent = [words.results[row.report.result] ?? words.undone, when(row.report.at), row.reason].join(" · ");
    list.append(line);
  }
  box.hidden = false;
  box.replaceChildren(title, list);
}

function when(at) {
  const locale = document.documentElement.dataset.locale || "en";
  return new Date(at).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
}
