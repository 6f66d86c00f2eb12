/* Logs in the page's memory: where the browser keeps nothing (a private window, a full disk), so that knocks still go
   out while the page is open. The same promises as store.mjs, but the last one: closed, they are gone. */
import { firstHash } from "./chain.mjs";
import { appended, isDone, meaning, newLog, settled, written } from "./log.mjs";

export function memoryStore() {
  const logs = new Map();
  const entries = new Map(); // log id -> its entries, by seq from 1

  const of = (token) => [...logs.values()].filter((log) => log.token === token);
  const rows = () => [...entries.values()].flat();
  const put = (next) => {
    logs.set(next.log.id, next.log);
    entries.set(next.log.id, [...(entries.get(next.log.id) ?? []), ...next.entries]);
  };
  const drop = (id) => {
    logs.delete(id);
    entries.delete(id);
  };
  const isReceived = (row) => row.seq <= logs.get(row.log).received;
  return {
    async keep(token, list) {
      put(appended(of(token)[0] ?? newLog(token), list.map(written)));
    },
    waiting: async () => [...logs.values()].filter((log) => log.received < log.last),
    async batch(id, most) {
      const log = logs.get(id);
      if (!log) return null;
      const texts = entries.get(id).slice(log.received, log.received + most).map((row) => row.text);
      const before = log.received ? entries.get(id)[log.received - 1].hash : firstHash(id);
      return texts.length ? { log: id, first: log.received + 1, before, entries: texts } : null;
    },
    async settle(batch, answer) {
      const log = logs.get(batch.log);
      if (!log) return;
      const mine = entries.get(log.id);
      const told = meaning(log, batch, answer, (seq) => (seq ? mine[seq - 1]?.hash : firstHash(log.id)));
      if (told === "parted") {
        drop(log.id);
        put(appended(newLog(log.token), mine));
      } else if (told !== "stale") {
        logs.set(log.id, settled(log, told, answer));
        for (const { seq, reason } of answer.set_aside ?? []) if (mine[seq - 1]) mine[seq - 1].reason = reason;
      }
    },
    made: async (token) =>
      of(token).flatMap((log) => entries.get(log.id)).filter((row) => row.reason === null).map((row) => JSON.parse(row.text)),
    async forget(token) {
      for (const log of of(token)) if (log.received === log.last) drop(log.id);
    },
    async forgetDone(kept, now) {
      for (const log of [...logs.values()]) if (isDone(log, kept, now)) drop(log.id);
    },
    async counts() {
      const refused = rows().filter((row) => row.reason !== null).length;
      const received = rows().filter(isReceived).length - refused;
      return { waiting: rows().length - received - refused, refused, received };
    },
    refused: async () => rows().filter((row) => row.reason !== null).map(({ text, reason }) => ({ report: JSON.parse(text), reason })),
    unsent: async () =>
      [...logs.values()].filter((log) => log.received < log.last).map((log) => ({
        token: log.token,
        log: log.id,
        first: log.received + 1,
        before: log.received ? entries.get(log.id)[log.received - 1].hash : firstHash(log.id),
        entries: entries.get(log.id).slice(log.received).map((row) => row.text),
      })),
  };
}
