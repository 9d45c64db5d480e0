// Compare the page with a file of the reader: a ledger's export (.jsonl, an entry a line), a published checkpoint, or a
// receipt. The file is read in slices and stays on the reader's computer.

const SLICE = 4 * 1024 * 1024;
const LONGEST_NOTE = 1_000_000;
const EXPORT = "carbon-ledger -f FILE export entries FILE.jsonl.";

// The root of a growing list of leaves, from the full subtrees alone.
class GrowingRoot {
  constructor() {
    this.subtrees = [];
    this.size = 0;
  }

  add(leaf) {
    let hash = leaf;
    for (let size = this.size; size % 2 === 1; size = Math.floor(size / 2)) hash = nodeHash(this.subtrees.pop(), hash);
    this.subtrees.push(hash);
    this.size += 1;
  }

  root() {
    if (this.size === 0) return sha256(new Uint8Array(0));
    return this.subtrees.reduceRight((right, left) => nodeHash(left, right));
  }
}

// The lines of a file as bytes, without their line feeds; `whole` is false for a last line without one.
async function* linesOf(file) {
  let rest = new Uint8Array(0);
  for (let start = 0; start < file.size; start += SLICE) {
    const slice = new Uint8Array(await file.slice(start, start + SLICE).arrayBuffer());
    const bytes = new Uint8Array(rest.length + slice.length);
    bytes.set(rest);
    bytes.set(slice, rest.length);
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      yield { bytes: bytes.subarray(from, end), whole: true };
      from = end + 1;
    }
    rest = bytes.slice(from);
    if (rest.length > SLICE) throw new Malformed("a line is longer than any entry");
    await pause();
  }
  if (rest.length > 0) yield { bytes: rest, whole: false };
}

function firstDifference(number, line, evidence) {
  const text = new TextDecoder().decode(line.bytes);
  if (!line.whole) return `The file ends inside the line of entry ${number}: it was cut short.`;
  if (text.endsWith("\r")) return "The lines end with carriage returns: another program changed the file. Export the ledger again.";
  const place = evidence.placeOf(number);
  return (
    `Entry ${number} in the file: ${visible(text, 600)} — ` +
    `entry ${number} in this page: ${visible(evidence.texts[place], 600)}`
  );
}

// Whether a line is a row of a table, such as a position, and no entry: it has none of the members that each entry has.
function isRow(line) {
  let found;
  try {
    found = JSON.parse(new TextDecoder().decode(line.bytes));
  } catch {
    return false;
  }
  return found !== null && ["n", "schema", "type", "event"].every((name) => !Object.hasOwn(found, name));
}

// What an export has that the page has too: the number of its lines, the entries that differ, and its root.
async function readExport(file, evidence) {
  const growing = new GrowingRoot();
  const found = { lines: 0, different: [], first: "", root: undefined, hasRows: false };
  for await (const line of linesOf(file)) {
    const number = found.lines;
    const leaf = leafHash(line.bytes);
    const place = evidence.placeOf(number);
    if (number === 0) found.hasRows = isRow(line);
    if (place !== undefined && !equalAt(leaf, 0, evidence.leaves, place * 32)) {
      if (found.different.length === 0) found.first = firstDifference(number, line, evidence);
      found.different.push(number);
    }
    growing.add(leaf);
    found.lines += 1;
    if (growing.size === evidence.data.size) found.root = hex(growing.root());
  }
  return found;
}

async function compareExport(file, evidence) {
  const { lines, different, first, root, hasRows } = await readExport(file, evidence);
  if (hasRows) {
    return result(UNCHECKED, `The lines of this file are no entries but rows of a table. Export the entries: ${EXPORT}`);
  }
  const { size } = evidence.data;
  const has = `The file has ${counted(lines, "entry", "entries")}`;
  if (different.length > 0) {
    const after = evidence.numbers ? "" : ` The ${grouped(different[0])} before are the same.`;
    return result(
      FAILED,
      `Not the same ledger, or one of the two was changed: the first difference is entry ${different[0]} (${listed(different)}).${after} ${first}`,
    );
  }
  if (evidence.texts.length !== size && !evidence.numbers) {
    return result(FAILED, `${has}; this page has ${grouped(evidence.texts.length)} although it is about ${grouped(size)}.`);
  }
  if (root !== undefined && root !== evidence.data.root) {
    return result(FAILED, `${has}; its first ${grouped(size)} give the root ${root}, but the report states ${visible(evidence.data.root, 100)}.`);
  }
  if (lines === 0) return result(UNCHECKED, "The file is empty.");
  if (lines === size) return result(PASSED, `${has}: the same as this report, with the same root.`);
  if (lines > size) {
    return result(PASSED, `${has}. The first ${grouped(size)} are those of this report: the file is a later state of the same ledger.`);
  }
  if (evidence.numbers) {
    return result(UNCHECKED, `${has}, but the report is about ${grouped(size)}, which are not all in this page: their root cannot be compared.`);
  }
  return result(PASSED, `${has}. They are the first of this report's ${grouped(size)}: the file is an earlier state of the same ledger.`);
}

async function withSignature(found, signed, evidence, key) {
  if (found.state !== PASSED) return found;
  if (!key) return result(PASSED, `${found.words} Its signature is not checked: paste the log's verifier key first.`);
  const signature = await evidence.verifySignature(signed, key);
  if (signature.state === UNCHECKED) return result(PASSED, `${found.words} ${signature.words}`);
  if (signature.state === FAILED) return result(FAILED, `${found.words} But ${signature.words}.`);
  return result(PASSED, `${found.words} It is ${signature.words}.`);
}

async function compareFile(file, evidence, key) {
  const head = new Uint8Array(await file.slice(0, 64).arrayBuffer());
  const begins = new TextDecoder("utf-8", { ignoreBOM: true }).decode(head);
  if (begins.startsWith("{") || file.size === 0) return compareExport(file, evidence);
  if (begins.startsWith("\ufeff{") || begins.startsWith("[")) {
    return result(FAILED, "Another program changed the file, or wrote it. Expected an export with one entry a line.");
  }
  if (begins.startsWith("SQLite format 3")) {
    return result(UNCHECKED, "This is a ledger's own file. Export it first: " + EXPORT);
  }
  if (file.size > LONGEST_NOTE) return result(UNCHECKED, "This file is no export, no checkpoint and no receipt.");
  const text = readUtf8(new Uint8Array(await file.arrayBuffer()), "the file");
  if (text.startsWith("c2sp.org/tlog-proof")) {
    const found = evidence.verifyReceipt(text);
    const { checkpoint, signed } = parseProof(text);
    const compared = await evidence.compareCheckpoint(checkpoint);
    if (found.state === PASSED && compared.state === FAILED) return result(FAILED, `${found.words} But: ${compared.words}`);
    return withSignature(found, signed, evidence, key);
  }
  if (text.includes("\n\n\u2014 ")) {
    const found = await evidence.compareCheckpoint(parseSigned(text));
    return withSignature(found, text, evidence, key);
  }
  return result(UNCHECKED, "This file is no export, no checkpoint and no receipt. Paste a verifier key into the field above.");
}
