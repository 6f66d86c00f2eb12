/* What is unsent, for another way to the server: a document to save, or texts short enough for QR codes. */
const KIND = { kind: "volunteer-hub-walk-log", version: 1 };
const PREFIX = "VH1.";
const MOST_IN_CODE = 900; // a phone's camera still reads a code of this many characters from another's screen
const FIRST_GUESS = 8;

/** The document that a lead takes in at /organize/bring. */
export const documentOf = (logs) => JSON.stringify({ ...KIND, logs });

/** One text a code, in the order they must be scanned. `hashAfter(before, texts)` gives the running hash. */
export async function codesOf(logs, hashAfter, most = MOST_IN_CODE) {
  const codes = [];
  for (const log of logs) {
    let rest = log;
    while (rest.entries.length) {
      const [code, count] = await fitting(rest, most);
      codes.push(code);
      const taken = rest.entries.slice(0, count);
      rest = { ...rest, first: rest.first + count, before: hashAfter(rest.before, taken), entries: rest.entries.slice(count) };
    }
  }
  return codes;
}

/** As many entries as fit, but at least one. */
async function fitting(log, most) {
  for (let count = Math.min(FIRST_GUESS, log.entries.length); ; count = Math.ceil(count / 2)) {
    const code = await packed(documentOf([{ ...log, entries: log.entries.slice(0, count) }]));
    if (code.length <= most || count === 1) return [code, count];
  }
}

async function packed(text) {
  const squeezed = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(squeezed).arrayBuffer());
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return PREFIX + letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
