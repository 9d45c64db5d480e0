// Signed notes, checkpoints, proof files and verifier keys (C2SP signed-note, tlog-checkpoint, tlog-proof). Every value
// has one accepted spelling, as in the library. A reader of a text throws a `Malformed` with words for the reader.

class Malformed extends Error {}

const LARGEST = 2n ** 63n - 1n;
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function readBase64(text, name) {
  let found = "";
  try {
    found = atob(text);
  } catch {
    found = "";
  }
  if (found === "" || btoa(found) !== text) throw new Malformed(`${name} is not base64 with padding`);
  return Uint8Array.from(found, (character) => character.charCodeAt(0));
}

function readNumber(text, name) {
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(text) || BigInt(text) > LARGEST) {
    throw new Malformed(`${name} is not a number without leading zeros`);
  }
  return BigInt(text);
}

function readUtf8(bytes, name) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed(`${name} is not UTF-8`);
  }
}

function parseNote(text) {
  if (CONTROL.test(text)) throw new Malformed("the note has a control character");
  const gap = text.lastIndexOf("\n\n");
  if (gap < 0) throw new Malformed("the note has no empty line between its text and its signatures");
  if (!text.endsWith("\n") || text.length < gap + 3) throw new Malformed("the note was cut short");
  const signatures = text.slice(gap + 2, -1).split("\n").map((line) => {
    const parts = /^\u2014 ([^\s+]+) (\S+)$/u.exec(line);
    if (!parts) throw new Malformed("a line of the note is not a signature");
    const raw = readBase64(parts[2], "a signature");
    if (raw.length < 5) throw new Malformed("a signature is too short");
    return { name: parts[1], id: hex(raw.subarray(0, 4)), value: raw.subarray(4) };
  });
  if (signatures.length > 100) throw new Malformed("the note has more than 100 signatures");
  return { text: text.slice(0, gap + 1), signatures };
}

function parseCheckpoint(body) {
  const [origin, size, root, ...extensions] = body.slice(0, -1).split("\n");
  if (!body.endsWith("\n") || root === undefined || !origin || extensions.includes("")) {
    throw new Malformed("the checkpoint does not have the lines origin, size and root");
  }
  const found = { origin, size: readNumber(size, "the checkpoint's size"), root: readBase64(root, "the checkpoint's root") };
  if (found.root.length !== 32) throw new Malformed("the checkpoint's root is not a SHA-256 hash");
  return found;
}

// A signed checkpoint: the note, and the state of the log in it.
function parseSigned(text) {
  const note = parseNote(text);
  return { note, ...parseCheckpoint(note.text) };
}

function parseProof(text) {
  const gap = text.indexOf("\n\n");
  if (gap < 0) throw new Malformed("the receipt has no empty line before its checkpoint");
  const [header, ...lines] = text.slice(0, gap).split("\n");
  if (header !== "c2sp.org/tlog-proof@v1") throw new Malformed("the receipt is not a tlog-proof of version 1");
  if (lines[0]?.startsWith("extra ")) readBase64(lines.shift().slice(6), "the receipt's extra data");
  if (!lines[0]?.startsWith("index ")) throw new Malformed("the receipt has no line with the entry's number");
  const index = readNumber(lines.shift().slice(6), "the receipt's entry number");
  const hashes = lines.map((line) => readBase64(line, "a hash of the receipt"));
  if (hashes.length > 63 || hashes.some((hash) => hash.length !== 32)) {
    throw new Malformed("the receipt has a hash that is not a SHA-256 hash, or too many hashes");
  }
  const signed = text.slice(gap + 2);
  return { index, hashes, signed, checkpoint: parseSigned(signed) };
}

function parseKey(text) {
  const line = text.trim();
  if (line.includes("PRIVATE+KEY")) {
    throw new Malformed(
      "this is a PRIVATE key. Never give it to anybody; the field was emptied. Paste the verifier key, name+id+base64",
    );
  }
  const parts = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(line);
  if (!parts) throw new Malformed("this is not a verifier key. Expected name+id+base64, such as example.com/log42+0a1b2c3d+AQ…");
  const key = readBase64(parts[3], "the key");
  if (key[0] !== 1 || key.length !== 33) throw new Malformed("the key is not an Ed25519 key");
  const id = hex(sha256(new Uint8Array([...new TextEncoder().encode(`${parts[1]}\n`), ...key])).subarray(0, 4));
  if (id !== parts[2]) throw new Malformed(`the key's id is ${parts[2]}, but its name and key give ${id}: the key is damaged`);
  const publicKey = key.slice(1);
  return { name: parts[1], id, publicKey, fingerprint: hex(sha256(publicKey)) };
}

// RFC 8032 section 7.1, test 2: a browser that does not verify it has no Ed25519 that this page uses.
const KNOWN_KEY = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const KNOWN_SIGNATURE =
  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

function unhex(text) {
  return Uint8Array.from(text.match(/../g), (pair) => Number.parseInt(pair, 16));
}

async function verifies(subtle, publicKey, signature, message) {
  const key = await subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
  return subtle.verify({ name: "Ed25519" }, key, signature, message);
}

async function hasEd25519(subtle) {
  try {
    const [key, signature] = [unhex(KNOWN_KEY), unhex(KNOWN_SIGNATURE)];
    const right = await verifies(subtle, key, signature, new Uint8Array([0x72]));
    const wrong = await verifies(subtle, key, signature, new Uint8Array([0x73]));
    return right && !wrong;
  } catch {
    return false;
  }
}

// Check who signed a note. A signature with the key's name and id has to be valid; other signatures are ignored.
async function signedBy(subtle, note, key) {
  const named = visible(`${key.name}+${key.id}`, 400);
  const own = note.signatures.filter((item) => item.name === key.name && item.id === key.id);
  if (own.length === 0) {
    const others = visible(note.signatures.map((item) => `${item.name}+${item.id}`).join(", "), 400);
    return { valid: false, words: `it is signed by ${others}, not by ${named}` };
  }
  const message = new TextEncoder().encode(note.text);
  for (const item of own) {
    let valid = false;
    try {
      valid = item.value.length === 64 && (await verifies(subtle, key.publicKey, item.value, message));
    } catch {
      return { valid: false, words: "the browser refuses the key" };
    }
    if (!valid) return { valid: false, words: `the signature of ${named} is NOT valid: the text or the signature was changed` };
  }
  return { valid: true, words: `signed by ${named}` };
}
