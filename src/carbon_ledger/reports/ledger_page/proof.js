// The page: run the checks when it is opened, show each verdict in words, and answer the reader.

const WORDS = { passed: "passed", failed: "FAILED", unchecked: "not checked", absent: "not in this page", running: "checking" };
const CHECKS = {
  numbers: "the entries' numbers",
  hashes: "the text of the entries",
  functions: "the two SHA-256 functions",
  root: "the root",
  printed: "what the page prints",
  checkpoint: "the checkpoint",
  receipts: "the receipts",
  signatures: "the signatures",
};
for (const { name, words } of MORE_CHECKS) CHECKS[name] = words;
const MOST_CITATIONS = 20_000;

function part(name) {
  return document.getElementById(`ledger-proof-${name}`);
}

// The hash of the text that the page was written with: without spaces, and without what this script writes.
function hashOfText() {
  const texts = [];
  const skipped = "script, style, noscript, [data-live]";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, (node) =>
    node.nodeType === Node.ELEMENT_NODE && node.matches(skipped) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  while (walker.nextNode()) if (walker.currentNode.nodeType === Node.TEXT_NODE) texts.push(walker.currentNode.nodeValue);
  return hex(sha256(new TextEncoder().encode(texts.join("").replace(/[ \t\n\r\f]+/g, ""))));
}

class Page {
  constructor() {
    this.printed = "";
    this.results = {};
    this.key = null;
    this.evidence = null;
    this.comparing = null; // the comparison with the newest file
    this.handled = ""; // the text of the key field that was used last
  }

  show(name, found) {
    this.results[name] = found;
    const row = part(`check-${name}`);
    if (!row) return;
    row.dataset.state = found.state;
    row.querySelector(".ledger-proof-state").textContent = WORDS[found.state];
    row.querySelector(".ledger-proof-words").textContent = found.words;
  }

  verdict() {
    const names = (state) => Object.keys(CHECKS).filter((name) => this.results[name]?.state === state).map((name) => CHECKS[name]);
    const [failed, passed, unchecked, absent] = [FAILED, PASSED, UNCHECKED, ABSENT].map(names);
    if (failed.length > 0) return result(FAILED, `FAILED in this browser: ${failed.join(", ")}. Do not rely on this page.`);
    if (passed.length === 0 || this.evidence.texts.length === 0) return result(UNCHECKED, "This browser checked nothing: the page has no entries.");
    const rest = unchecked.length > 0 ? ` Not checked: ${unchecked.join(", ")}.` : "";
    const none = absent.length > 0 ? ` Not in this page: ${absent.join(", ")}.` : "";
    return result(PASSED, `This browser checked ${counted(this.evidence.texts.length, "entry", "entries")}. Passed: ${passed.join(", ")}.${rest}${none}`);
  }

  showVerdict() {
    const found = this.verdict();
    for (const place of document.querySelectorAll("#proof-verdict")) {
      place.dataset.state = found.state;
      place.textContent = found.words;
    }
    return found;
  }

  // What the page prints about the ledger has to be what the data give.
  checkPrinted(ledger) {
    const { data } = this.evidence;
    const wrong = [];
    const compare = (name, shown, expected) => {
      if (shown !== undefined && shown !== null && shown.trim() !== String(expected)) wrong.push(`${name} ${visible(shown.trim(), 100)}`);
    };
    const main = document.querySelector("main");
    compare("the ledger", main?.dataset.ledger, data.ledger);
    for (const place of document.querySelectorAll(".ledger-id")) compare("the ledger", place.textContent, data.ledger);
    compare("the number of entries", main?.dataset.size, data.size);
    compare("the root", main?.dataset.root, data.root);
    for (const place of document.querySelectorAll("#root, .ledger-root")) compare("the root", place.textContent, data.root);
    for (const place of document.querySelectorAll(".ledger-size")) compare("the number of entries", place.textContent, grouped(data.size));
    if (ledger !== undefined && ledger !== data.ledger) wrong.push(`the ledger ${visible(data.ledger, 100)}, where entry 0 opens ${visible(String(ledger), 100)}`);
    if (wrong.length > 0) return result(FAILED, `The page prints ${wrong.join("; ")}: not what its data give.`);
    if (this.printed !== data.printed) {
      return result(FAILED, "Words or numbers of this page were changed since it was written, by somebody or by an extension of this browser.");
    }
    return result(PASSED, "The page's text has the hash noted when it was written. The ledger's id, its number of entries and its root are those of the data.");
  }

  ledgerOfEntry0() {
    const place = this.evidence.placeOf(0);
    return place === undefined ? undefined : JSON.parse(this.evidence.texts[place]).event.ledger;
  }

  async run() {
    if (document.readyState === "loading") {
      await new Promise((resume) => document.addEventListener("DOMContentLoaded", resume, { once: true }));
    }
    this.printed = hashOfText(); // of the whole page, before this script changes anything that counts
    for (const name of Object.keys(CHECKS)) this.show(name, result("running", "…"));
    const bar = part("progress");
    bar.hidden = false;
    try {
      const data = JSON.parse(part("data").textContent);
      this.evidence = new Evidence(data, globalThis.crypto?.subtle);
      bar.max = Math.max(1, data.entries.length);
      await this.check(bar);
    } catch (error) {
      const name = error instanceof Malformed ? error.message : String(error);
      for (const check of Object.keys(CHECKS)) this.show(check, result(FAILED, "The page's data cannot be read."));
      this.evidence ??= { texts: [], data: {} };
      part("entry-words").textContent = `The page's data cannot be read: ${visible(name, 300)}`;
    }
    bar.hidden = true;
    return this.showVerdict();
  }

  async check(bar) {
    const { evidence } = this;
    await evidence.hash((done) => {
      bar.value = done;
    });
    const failing = { numbers: "The entries", hashes: "The noted hashes", root: "The root", printed: "The page", checkpoint: "The checkpoint" };
    for (const { name, label } of MORE_CHECKS) failing[name] = label;
    const more = MORE_CHECKS.map(({ name, check }) => [name, () => check(evidence)]);
    const checks = {
      numbers: () => evidence.checkNumbers(),
      hashes: () => evidence.checkHashes(),
      root: () => evidence.checkRoot(),
      printed: () => this.checkPrinted(this.ledgerOfEntry0()),
      checkpoint: () => evidence.checkCheckpoints(),
      receipts: () => evidence.checkReceipts(),
      signatures: () => evidence.checkSignatures(this.key),
      ...Object.fromEntries(more),
      functions: () => evidence.checkFunctions(),
    };
    for (const [name, check] of Object.entries(checks)) this.show(name, await caught(check, failing[name] ?? "The check"));
    this.markCitations();
  }

  // Where the report cites an entry, the entry's text can be shown; a changed entry is named there.
  markCitations() {
    const changed = new Set(this.evidence.changed);
    const citations = [...document.querySelectorAll("[data-entry]")].slice(0, MOST_CITATIONS);
    for (const place of citations) {
      const number = Number(place.dataset.entry);
      if (this.evidence.placeOf(number) === undefined) continue;
      for (const old of place.querySelectorAll(".ledger-proof-cite")) old.replaceWith(...old.childNodes); // of a saved page
      const button = document.createElement("button");
      button.type = "button";
      button.className = "ledger-proof-cite";
      button.append(...place.childNodes);
      if (changed.has(number)) button.append(" (FAILED: its text was changed)");
      button.addEventListener("click", () => this.showEntry(number));
      place.append(button);
    }
  }

  showEntry(number) {
    if (Number.isFinite(number)) part("entry-number").value = number;
    const place = Number.isSafeInteger(number) ? this.evidence.placeOf(number) : undefined;
    const text = part("entry-text");
    text.hidden = place === undefined;
    text.textContent = place === undefined ? "" : visible(this.evidence.texts[place]);
    part("entry-words").textContent =
      place === undefined
        ? "This page does not have that entry."
        : `Entry ${number}, whose leaf hash is ${hex(this.evidence.leafAt(place))}. Characters that do not print are written as \\u{…}.`;
    part("entry-number").focus();
  }

  async useKey() {
    const field = part("key");
    const words = part("key-words");
    // Leaving the field and pressing the button are two events for one text; a refused private key stays named.
    if (field.value === this.handled) return this.showVerdict();
    this.key = null;
    field.removeAttribute("aria-invalid");
    if (field.value.trim() === "") {
      words.textContent = "";
    } else {
      try {
        this.key = parseKey(field.value);
        words.textContent = `Key ${visible(this.key.name, 200)}, id ${this.key.id}, SHA-256 of the public key ${this.key.fingerprint}. Compare them with what the log's owner gave you.`;
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        if (field.value.includes("PRIVATE+KEY")) field.value = "";
        field.setAttribute("aria-invalid", "true");
        words.textContent = `Not used: ${error.message}.`;
      }
    }
    this.handled = field.value;
    this.show("signatures", await caught(() => this.evidence.checkSignatures(this.key), "The check"));
    return this.showVerdict();
  }

  async compare(file) {
    const words = part("compared");
    words.dataset.state = "running";
    words.textContent = `Reading ${visible(file.name, 100)}…`;
    const found = await caught(() => compareFile(file, this.evidence, this.key), "The file");
    words.dataset.state = found.state;
    words.textContent = `${visible(file.name, 100)}: ${WORDS[found.state]}. ${found.words}`;
    return found;
  }

  listen() {
    part("key-use").addEventListener("click", () => this.useKey());
    part("key").addEventListener("change", () => this.useKey());
    part("entry-show").addEventListener("click", () => this.showEntry(part("entry-number").valueAsNumber));
    part("file").addEventListener("change", (event) => {
      const [file] = event.target.files;
      event.target.value = ""; // so that the same file can be chosen again after it was changed
      if (file) this.comparing = this.compare(file);
    });
    const zone = part("drop");
    // A file that misses the field must not replace this page.
    document.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("ledger-proof-over");
    });
    document.addEventListener("dragleave", () => zone.classList.remove("ledger-proof-over"));
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("ledger-proof-over");
      if (event.dataTransfer?.files.length > 0) this.comparing = this.compare(event.dataTransfer.files[0]);
    });
    for (const item of document.querySelectorAll(".ledger-proof-tool")) item.hidden = false;
  }
}

const page = new Page();
const done = page.run().then((found) => {
  page.finishedMs = performance.now(); // since the browser began to open the page
  page.listen();
  return found;
});

// What the tests call, and what a reader may call in the browser's console.
globalThis.ledgerProof = Object.freeze({
  ...{ page, done, sha256, leafHash, nodeHash, Hasher, GrowingRoot, verifiesInclusion, parseNote, parseSigned, parseProof },
  ...{ parseKey, compareFile, visible, hex, unhex, readBase64, MORE_CHECKS },
});
