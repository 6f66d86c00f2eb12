/* The running hash of a log (docs/sync.md): SHA-256 of the hash before and the entry's text. Synchronous, because
   a transaction of IndexedDB ends when one waits for anything else; and there on plain http, where the browser's own
   is not. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/** Where the chain of a log begins. */
export const firstHash = (log) => bytesToHex(sha256(utf8ToBytes(log)));

/** The hash after an entry, in hexadecimal. */
export const nextHash = (before, text) => bytesToHex(sha256(concatBytes(hexToBytes(before), utf8ToBytes(text))));
