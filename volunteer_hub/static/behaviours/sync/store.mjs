/* The logs of this phone in IndexedDB. What `keep` resolved for is on the disk; a phone that dies in the middle of a
   write has all of it or nothing, and so do two tabs, which take turns. */
import { firstHash } from "./chain.mjs";
import { appended, isDone, meaning, newLog, settled, written } from "./log.mjs";

const NAME = "volunteer-hub-log";

/** Rejects when the browser keeps nothing (a private window, a full disk). */
export async function openStore(name = NAME, factory = globalThis.indexedDB) {
  const open = () => connect(name, factory);
  return storeOver(await open(), open);
}

function connect(name, factory) {
  return new Promise((resolve, reject) => {
    if (!factory) return reject(new Error("no IndexedDB"));
    const asked = factory.open(name, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("logs", { keyPath: "id" }).createIndex("token", "token");
      asked.result.createObjectStore("entries", { keyPath: ["log", "seq"] });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
    asked.onblocked = () => reject(new Error("another version of this page is open"));
  });
}

function storeOver(first, open) {
  let database = watched(first);

  function watched(fresh) {
    fresh.onversionchange = () => fresh.close(); // a newer version of the page may go on
    return fresh;
  }

  /** A transaction. The browser closes a connection when memory is short or storage is cleared: then over a new one. */
  async function begun(mode) {
    try {
      return begin(mode);
    } catch {
      database = watched(await open());
      return begin(mode);
    }
  }
  const begin = (mode) => database.transaction(["logs", "entries"], mode, { durability: "strict" });

  /** Run `work(logs, entries, give)`; resolves, with what was given, when the browser says that it is on the disk. */
  async function run(mode, work) {
    const step = await begun(mode);
    return new Promise((resolve, reject) => {
      let result;
      step.oncomplete = () => resolve(result);
      step.onerror = step.onabort = () => reject(step.error ?? new Error("the browser gave the write up"));
      work(step.objectStore("logs"), step.objectStore("entries"), (value) => (result = value), step);
    });
  }
  const read = (request, then) => (request.onsuccess = () => then(request.result));
  const everything = () =>
    run("readonly", (logs, entries, give) =>
      read(logs.getAll(), (all) => read(entries.getAll(), (rows) => give({ logs: all, rows }))),
    );
  const all = (id, after = 0, until = Infinity) => IDBKeyRange.bound([id, after + 1], [id, until]);
  const append = (logs, entries, log, list) => {
    const next = appended(log, list);
    logs.put(next.log);
    next.entries.forEach((row) => entries.put(row));
  };
  const drop = (logs, entries, id) => {
    logs.delete(id);
    entries.delete(all(id));
  };
  const own = async (token) => {
    const { logs, rows } = await everything();
    const ids = new Set(logs.filter((log) => log.token === token).map((log) => log.id));
    return rows.filter((row) => ids.has(row.log));
  };

  return {
    keep: (token, list) =>
      run("readwrite", (logs, entries, _give, step) =>
        read(logs.index("token").get(token), (log) => {
          append(logs, entries, log ?? newLog(token), list.map(written));
          step.commit?.(); // at once: what is asked for now is written even when the page is closed next
        }),
      ),
    async waiting() {
      return (await everything()).logs.filter((log) => log.received < log.last);
    },
    batch: (id, most) =>
      run("readonly", (logs, entries, give) =>
        read(logs.get(id), (log) => {
          if (!log || log.received >= log.last) return give(null);
          const from = Math.max(log.received, 1);
          read(entries.getAll(all(id, from - 1, log.received + most)), (rows) => {
            const before = log.received ? rows[0].hash : firstHash(id);
            const texts = rows.filter((row) => row.seq > log.received).map((row) => row.text);
            give({ log: id, first: log.received + 1, before, entries: texts });
          });
        }),
      ),
    settle: (batch, answer) =>
      run("readwrite", (logs, entries) =>
        read(logs.get(batch.log), (log) => {
          if (!log) return;
          read(entries.get([log.id, answer.head]), (row) => {
            const hash = answer.head === 0 ? firstHash(log.id) : row?.hash;
            const told = meaning(log, batch, answer, () => hash);
            if (told === "parted")
              read(entries.getAll(all(log.id)), (rows) => {
                drop(logs, entries, log.id);
                append(logs, entries, newLog(log.token), rows);
              });
            else if (told !== "stale") {
              logs.put(settled(log, told, answer));
              for (const { seq, reason } of answer.set_aside ?? [])
                read(entries.get([log.id, seq]), (each) => each && entries.put({ ...each, reason }));
            }
          });
        }),
      ),
    async made(token) {
      return (await own(token)).filter((row) => row.reason === null).map((row) => JSON.parse(row.text));
    },
    forget: (token) =>
      run("readwrite", (logs, entries) =>
        read(logs.index("token").getAll(token), (found) =>
          found.filter((log) => log.received === log.last).forEach((log) => drop(logs, entries, log.id)),
        ),
      ),
    /** Forget what was received of lists that have ended and are not kept any more. */
    forgetDone: (kept, now) =>
      run("readwrite", (logs, entries) =>
        read(logs.getAll(), (all) => all.filter((log) => isDone(log, kept, now)).forEach((log) => drop(logs, entries, log.id))),
      ),
    async counts() {
      const { logs, rows } = await everything();
      const received = new Map(logs.map((log) => [log.id, log.received]));
      const refused = rows.filter((row) => row.reason !== null).length;
      const there = rows.filter((row) => row.seq <= received.get(row.log)).length - refused;
      return { waiting: rows.length - there - refused, refused, received: there };
    },
    async refused() {
      const { rows } = await everything();
      return rows.filter((row) => row.reason !== null).map(({ text, reason }) => ({ report: JSON.parse(text), reason }));
    },
    async unsent() {
      const { logs, rows } = await everything();
      return logs
        .filter((log) => log.received < log.last)
        .map((log) => {
          const mine = rows.filter((row) => row.log === log.id);
          const before = log.received ? mine[log.received - 1].hash : firstHash(log.id);
          return { token: log.token, log: log.id, first: log.received + 1, before, entries: mine.slice(log.received).map((row) => row.text) };
        });
    },
  };
}
