// The checks of the page's own data. No check changes the document: each returns a state and words for the reader.

const PASSED = "passed";
const FAILED = "failed";
const UNCHECKED = "unchecked";
const ABSENT = "absent"; // the page has nothing to check
const REPORTS = "The report's checkpoint";
const MORE_CHECKS = []; // of a page with more than a report has: a name, words, a label, and a function of the evidence

function result(state, words) {
  return { state, words };
}

function grouped(number) {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

function counted(number, one, many) {
  return `${grouped(number)} ${number === 1 || number === 1n ? one : many}`;
}

function listed(numbers, most = 10) {
  const shown = numbers.slice(0, most).join(", ");
  const more = numbers.length - most;
  return `${numbers.length === 1 ? "entry" : "entries"} ${shown}${more > 0 ? ` and ${grouped(more)} more` : ""}`;
}

// Text that somebody else wrote, made safe to read: control, bidirectional and invisible characters are written out.
function visible(text, most = 200_000) {
  const shown = text.slice(0, most).replace(/[\p{C}\p{Z}]/gu, (character) =>
    character === " " ? character : `\\u{${character.codePointAt(0).toString(16)}}`,
  );
  return text.length > most ? `${shown}… (${grouped(text.length)} characters)` : shown;
}

// The page's data, before anything in them is used.
function requireShape(data) {
  const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
  const isText = (value) => typeof value === "string";
  const right =
    data?.version === 1 &&
    [data.ledger, data.root, data.leaves, data.printed].every(isText) &&
    [data.size, data.width].every(isCount) &&
    (data.checkpoint === null || isText(data.checkpoint)) &&
    typeof data.whole === "boolean" &&
    data.entries.every(isText) &&
    data.numbers.every(isCount) &&
    (data.whole || data.numbers.length === data.entries.length) &&
    data.receipts.every((item) => isCount(item.n) && isText(item.receipt));
  if (!right) throw new Malformed("the page's data do not have their form");
}

class Evidence {
  // data: the page's data block. subtle: WebCrypto, or undefined where the browser does not offer it to this page.
  constructor(data, subtle) {
    requireShape(data);
    this.data = data;
    this.subtle = subtle;
    this.hasher = new Hasher(subtle);
    this.texts = data.entries;
    this.numbers = data.whole ? null : data.numbers;
    this.places = new Map(data.whole ? [] : data.numbers.map((number, place) => [number, place]));
    this.leaves = new Uint8Array(0);
    this.roots = new Map();
    this.changed = [];
  }

  numberAt(place) {
    return this.numbers ? this.numbers[place] : place;
  }

  // Where an entry stands in the page's data; undefined if it is not there.
  placeOf(number) {
    const at = Number(number);
    if (!this.numbers) return at >= 0 && at < this.texts.length ? at : undefined;
    return this.places.get(at);
  }

  leafAt(place) {
    return this.leaves.subarray(place * 32, place * 32 + 32);
  }

  async hash(progress) {
    this.leaves = await this.hasher.leaves(this.texts, progress);
  }

  // The root of the first `size` entries; undefined if the page does not have them all.
  async rootOf(size) {
    const count = Number(size);
    if (this.numbers || count > this.texts.length) return undefined;
    if (!this.roots.has(count)) this.roots.set(count, await this.hasher.root(this.leaves, count));
    return this.roots.get(count);
  }

  async checkNumbers() {
    const wrong = [];
    let began = performance.now();
    for (let place = 0; place < this.texts.length; place += 1) {
      let number;
      try {
        number = JSON.parse(this.texts[place]).n;
      } catch {
        number = undefined;
      }
      if (number !== this.numberAt(place)) wrong.push(this.numberAt(place));
      if (performance.now() - began > 40) {
        await pause();
        began = performance.now();
      }
    }
    const count = counted(this.texts.length, "entry", "entries");
    if (wrong.length > 0) return result(FAILED, `At the place of ${listed(wrong)} there is a text with another number, or no entry.`);
    if (this.numbers) {
      if (this.texts.length === 0) return result(ABSENT, "The page has no entries.");
      return result(PASSED, `${count}, each with its number. The other entries of the ledger are not in this page.`);
    }
    if (this.texts.length !== this.data.size) {
      return result(FAILED, `The page has ${count}, but the report is about ${grouped(this.data.size)}: entries were removed or added.`);
    }
    return result(PASSED, `${count}, numbered from 0 without gaps, each once.`);
  }

  checkHashes() {
    if (this.texts.length === 0) return result(ABSENT, "The page has no entries.");
    const noted = readBase64(this.data.leaves, "the list of noted hashes");
    const width = this.data.width;
    if (noted.length !== width * this.texts.length) return result(FAILED, "The list of noted hashes has another length than the list of entries.");
    for (let place = 0; place < this.texts.length; place += 1) {
      for (let i = 0; i < width; i += 1) {
        if (noted[place * width + i] !== this.leaves[place * 32 + i]) {
          this.changed.push(this.numberAt(place));
          break;
        }
      }
    }
    if (this.changed.length > 0) return result(FAILED, `The text of ${listed(this.changed)} was changed since the report was written.`);
    return result(PASSED, `${counted(this.texts.length, "entry has", "entries have")} the hash noted when the report was written.`);
  }

  checkFunctions() {
    if (!this.subtle) {
      return result(
        UNCHECKED,
        "This browser offers no WebCrypto to this page (as on a page from http). The page hashed with its own SHA-256 alone.",
      );
    }
    if (!this.hasher.agreed) return result(FAILED, "The page's own SHA-256 and the browser's gave different hashes.");
    return result(PASSED, `The page's own SHA-256 and the browser's gave the same ${counted(this.hasher.compared, "hash", "hashes")}.`);
  }

  async checkRoot() {
    if (this.numbers) {
      return result(UNCHECKED, `The page does not have all ${grouped(this.data.size)} entries, from which the root is computed. It has receipts.`);
    }
    const found = hex(await this.rootOf(this.texts.length));
    if (found !== this.data.root) return result(FAILED, `The entries give the root ${found}, but the report states ${visible(this.data.root, 100)}.`);
    return result(PASSED, `The entries give the root that the report states: ${found}.`);
  }

  // Compare a checkpoint with the entries of the page.
  async compareCheckpoint(checkpoint) {
    const log = `of the log ${visible(checkpoint.origin, 200)} with ${counted(checkpoint.size, "entry", "entries")}`;
    if (checkpoint.size > BigInt(this.data.size)) {
      return result(UNCHECKED, `The checkpoint ${log} is newer than this report, which is about ${grouped(this.data.size)}.`);
    }
    const found = await this.rootOf(checkpoint.size);
    if (found !== undefined) {
      if (equal(found, checkpoint.root)) return result(PASSED, `The checkpoint ${log} has the root of this page's first ${grouped(checkpoint.size)}.`);
      return result(
        FAILED,
        `The checkpoint ${log} has the root ${hex(checkpoint.root)}; this page's first ${grouped(checkpoint.size)} have ${hex(found)}.`,
      );
    }
    if (this.numbers && checkpoint.size === BigInt(this.data.size)) {
      if (hex(checkpoint.root) === this.data.root) return result(PASSED, `The checkpoint ${log} has the root that the report states.`);
      return result(FAILED, `The checkpoint ${log} has the root ${hex(checkpoint.root)}, but the report states ${visible(this.data.root, 100)}.`);
    }
    return result(UNCHECKED, `The checkpoint ${log} cannot be compared: the page does not have all these entries.`);
  }

  // Every checkpoint of the page, that of the report and those of receipts, against the page's entries.
  async checkCheckpoints() {
    const notes = this.notes();
    if (notes.size === 0) return result(ABSENT, "The report has no signed checkpoint and no receipts.");
    const found = [];
    for (const [text, name] of notes) {
      const checkpoint = parseSigned(text);
      const compared = await this.compareCheckpoint(checkpoint);
      const cut = name === REPORTS && checkpoint.size > BigInt(this.data.size);
      if (cut) return result(FAILED, `${compared.words} A report has a checkpoint of its own entries: entries were removed.`);
      if (compared.state === FAILED) return result(FAILED, `${name}: ${compared.words}`);
      found.push(compared);
    }
    const best = found.find((item) => item.state === PASSED) ?? found[0];
    const more = found.filter((item) => item !== best && item.state === PASSED).length;
    return more > 0 ? result(best.state, `${best.words} And ${more} more.`) : best;
  }

  // Verify a receipt for an entry of the page.
  verifyReceipt(text, expected) {
    const receipt = parseProof(text);
    const place = this.placeOf(receipt.index);
    const name = `entry ${receipt.index}`;
    if (expected !== undefined && BigInt(expected) !== receipt.index) {
      return result(FAILED, `The receipt of entry ${expected} is for ${name}.`);
    }
    if (place === undefined) return result(UNCHECKED, `The receipt is for ${name}, which is not in this page.`);
    const { origin, size, root } = receipt.checkpoint;
    if (!verifiesInclusion(this.leafAt(place), receipt.index, size, receipt.hashes, root)) {
      return result(FAILED, `The receipt of ${name} does not prove the text of the entry in this page.`);
    }
    const log = `the log ${visible(origin, 200)} of ${counted(size, "entry", "entries")}`;
    return result(PASSED, `The receipt of ${name} proves its text in ${log}.`);
  }

  async checkReceipts() {
    const { receipts } = this.data;
    if (receipts.length === 0) return result(ABSENT, "The report has no receipts.");
    const wrong = [];
    for (const { n, receipt } of receipts) {
      const found = await caught(() => this.verifyReceipt(receipt, n), `The receipt of entry ${n}`);
      if (found.state !== PASSED) wrong.push(found.words);
    }
    if (wrong.length > 0) return result(FAILED, wrong.slice(0, 10).join(" "));
    return result(PASSED, `${counted(receipts.length, "receipt proves its entry", "receipts prove their entries")}: ${listed(receipts.map((item) => item.n), 20)}.`);
  }

  // The signed notes of the page, each once, with what each belongs to.
  notes() {
    const found = new Map();
    if (this.data.checkpoint !== null) found.set(this.data.checkpoint, REPORTS);
    for (const { n, receipt } of this.data.receipts) {
      let signed;
      try {
        signed = parseProof(receipt).signed;
      } catch {
        continue; // the check of the receipts reports it
      }
      if (!found.has(signed)) found.set(signed, `The checkpoint of the receipt of entry ${n}`);
    }
    return found;
  }

  async checkSignatures(key) {
    const notes = this.notes();
    if (notes.size === 0) return result(ABSENT, "The report has no signed checkpoint and no receipts.");
    if (!key) return result(UNCHECKED, "Paste the log's verifier key below. It has to come from elsewhere than this page.");
    const good = [];
    for (const [text, name] of notes) {
      const found = await this.verifySignature(text, key);
      if (found.state === UNCHECKED) return found;
      if (found.state === FAILED) return result(FAILED, `${name}: ${found.words}.`);
      good.push(`${name}: ${found.words}.`);
    }
    return result(PASSED, good.slice(0, 5).join(" ") + (good.length > 5 ? ` And ${good.length - 5} more.` : ""));
  }

  async verifySignature(text, key) {
    if (!this.subtle || !(await hasEd25519(this.subtle))) {
      return result(
        UNCHECKED,
        "Signature not checked here: this browser does not verify Ed25519 signatures for this page. Open the file in a current browser, or verify the receipt with the library.",
      );
    }
    const found = await signedBy(this.subtle, parseNote(text), key);
    return result(found.valid ? PASSED : FAILED, found.words);
  }
}

// A check that meets data it cannot read has failed; any other error is one of this page, and is shown as such.
async function caught(check, name) {
  try {
    return await check();
  } catch (error) {
    if (error instanceof Malformed) return result(FAILED, `${name} cannot be read: ${error.message}.`);
    return result(FAILED, `${name}: the page's data cannot be read (${visible(String(error), 200)}).`);
  }
}
