// What an auditor's page checks beside its entries: its figures, its sample, and that it continues an older log.

const SEVERITIES = ["critical", "high", "medium", "low"];
const SIZES = new Map([[90, 2_302_586n], [95, 2_995_733n]]); // -ln(1 - confidence) in millionths, rounded up
const MOST_NAMED = 5; // figures that a verdict names
const MOST_ROWS = 4; // instruments on the first page: those with the most unsupported units
const MOST_LIFTED = 5; // waivers on the first page
const OF_INSTRUMENT = ["amount", "issued", "imported", "counted", "supported", "unsupported"];
const MOST_CHOSEN = 1000; // steps of a sample that the page prints
const TINY = -1n; // how a share is read that is above 0, and less than a hundredth of a per cent
const FIRST = `claimed entries ${ORIGINS.map((name) => `origin/${name}`).join(" ")}`.split(" ");

const texts = new TextEncoder();

// The number that the page prints, as a whole number of 10 ** -PLACES; of energy in MWh, of a share in per cent.
function readPrinted(text) {
  const shown = text.trim();
  if (shown === "<0.01%") return TINY;
  const bare = shown.replace(/%$/, "");
  if (!/^-?(?:[0-9]{1,3}(?:,[0-9]{3})*|[0-9]+)(?:\.[0-9]+)?$/.test(bare)) throw new Malformed(`the figure ${visible(shown, 60)} is not a number`);
  return readDecimal(bare.replaceAll(",", ""));
}

// What follows from the entries of the page, computed once for all checks.
class Rebuilt {
  constructor(evidence) {
    this.evidence = evidence;
    this.review = evidence.data.review;
    this.books = new Books();
    this.metered = new Metered();
    this.types = []; // of each entry
    this.then = null; // the issuances at the size of the last checkpoint
  }

  async build() {
    const since = this.review.since?.size ?? null;
    let began = performance.now();
    let kind = "";
    for (const [n, text] of this.evidence.texts.entries()) {
      if (n === since) this.then = this.standings();
      const entry = JSON.parse(text);
      const goesOn = entry.command.part > 1 && kind === entry.type;
      kind = entry.type;
      this.types.push(kind);
      try {
        this.books.follow(n, kind, entry.event, goesOn);
        this.metered.follow(n, kind, entry.event);
      } catch (error) {
        if (error instanceof Unknown) throw error;
        throw new Malformed(`entry ${n}: ${error instanceof Malformed ? error.message : visible(String(error), 200)}`);
      }
      if (performance.now() - began > 40) {
        await pause();
        began = performance.now();
      }
    }
    if (since === this.evidence.texts.length) this.then = this.standings();
    const all = [...this.books.issuances.values()];
    this.standing = all.filter((item) => !item.voided && item.convertedBy === null);
    this.converted = all.filter((item) => item.convertedBy !== null).sort((one, other) => other.convertedBy.n - one.convertedBy.n);
    return this;
  }

  standings() {
    const told = ({ amounts, counted, voided, convertedBy }) => `${[...amounts].join(";")}|${counted}|${voided || convertedBy !== null}`;
    return new Map([...this.books.issuances].map(([n, issuance]) => [n, told(issuance)]));
  }

  // The origin of the energy that each issuance claims, computed once.
  origins() {
    this.found ??= new Map(this.standing.map((issuance) => [issuance, this.metered.origins(issuance)]));
    return this.found;
  }

  origin() {
    const sums = new Map(ORIGINS.map((name) => [name, 0n]));
    for (const found of this.origins().values()) for (const [name, wh] of found) addTo(sums, name, wh);
    return sums;
  }

  claimedBy(project) {
    let sum = 0n;
    for (const [issuance, found] of this.origins()) if (issuance.project === project) for (const wh of found.values()) sum += wh;
    return sum;
  }
}

// Where the figures of a page come from: each function returns a figure by the rest of its name. A figure is a whole
// number of 10 ** -PLACES; `null` is a figure that cannot be computed from the entries.
class Figures {
  constructor(rebuilt) {
    this.rebuilt = rebuilt;
    this.sums = rebuilt.origin();
    this.claimed = [...this.sums.values()].reduce((one, other) => one + other, 0n);
  }

  static energy(wh) {
    return (wh * ONE) / WH_PER_MWH;
  }

  of(name) {
    const [kind, ...rest] = name.split("/");
    const makers = { claimed: "ofClaimed", entries: "ofEntries", origin: "ofOrigin", instrument: "ofInstrument", project: "ofProject" };
    const maker = { ...makers, since: "ofSince", flags: "ofFlags", waiver: "ofWaiver" }[kind];
    const found = maker === undefined ? undefined : this[maker](...rest);
    if (found === undefined) throw new Malformed(`there is no figure ${visible(name, 100)}`);
    return found;
  }

  ofClaimed() {
    return Figures.energy(this.claimed);
  }

  ofEntries() {
    return BigInt(this.rebuilt.evidence.texts.length) * ONE;
  }

  ofOrigin(name, share) {
    const wh = this.sums.get(name);
    if (wh === undefined) return undefined;
    if (share === undefined) return Figures.energy(wh);
    const hundredths = (wh * 10_000n) / this.claimed;
    return wh > 0n && hundredths === 0n ? TINY : hundredths * (ONE / 100n);
  }

  ofInstrument(id, name) {
    const found = this.rebuilt.books.instruments.get(id);
    if (found === undefined) return undefined;
    if (found.states.has(name)) return found.states.get(name) * ONE;
    const sums = { issued: found.issued, imported: found.imported, counted: 0n, unsupported: 0n, amount: 0n };
    for (const project of this.rebuilt.books.projects.values()) {
      if (project.instrument !== id) continue;
      const totals = totalsOf(project);
      sums.counted += totals.counted;
      sums.unsupported += totals.unsupported;
      sums.amount += totals.claimed;
    }
    sums.supported = sums.counted - sums.unsupported;
    sums.all = found.issued + found.imported;
    return name === "amount" ? sums.amount : sums[name] === undefined ? undefined : sums[name] * ONE;
  }

  ofProject(id, name) {
    const project = this.rebuilt.books.projects.get(id);
    if (project === undefined) return undefined;
    const { claimed, adjustments, counted, carry } = totalsOf(project);
    const units = { amount: claimed, adjustments: adjustments * ONE, counted: counted * ONE, carry };
    if (Object.hasOwn(units, name)) return units[name];
    this.energies ??= new Map();
    if (!this.energies.has(id)) this.energies.set(id, this.rebuilt.metered.project(project, this.rebuilt.standing, this.rebuilt.converted));
    const wh = this.energies.get(id)[name];
    return wh === undefined ? undefined : Figures.energy(wh);
  }

  ofSince(name, type) {
    const { review, then, types } = this.rebuilt;
    if (!review.since || then === null) return undefined;
    const fresh = types.slice(review.since.size);
    if (name === "new") return BigInt(fresh.length) * ONE;
    if (name === "type") return BigInt(fresh.filter((item) => item === type).length) * ONE;
    const now = this.rebuilt.standings();
    if (name === "changed") return BigInt([...then].filter(([n, told]) => now.get(n) !== told).length) * ONE;
    return undefined;
  }

  ofFlags(severity) {
    const { flags, flags_total } = this.rebuilt.review;
    if (!SEVERITIES.includes(severity)) return undefined;
    if (flags.length !== flags_total) return null;
    return BigInt(flags.filter((flag) => flag[1] === severity).length) * ONE;
  }

  // What a waiver lifted. Whether it was needed is judged by the library: if it was in some issuances alone, no sum is made.
  ofWaiver(place, name) {
    const [id, waiver, reason, needed] = this.rebuilt.review.waivers[Number(place)] ?? [];
    if (id === undefined) return undefined;
    const project = this.rebuilt.books.project(id);
    const [issuances, lifted] = [[], { wh: 0n }];
    for (const issuance of this.rebuilt.standing.filter((item) => item.project === project)) {
      if (issuance.event.waivers.some((item) => item.name === waiver && item.reason === reason)) issuances.push(issuance);
      for (const { source, wh } of this.rebuilt.metered.claimed(issuance)) {
        if (source.waivers.some((item) => item.name === waiver && item.reason === reason)) lifted.wh += wh;
      }
    }
    if (needed !== 0 && needed !== issuances.length) return null;
    if (needed > 0) for (const issuance of issuances) lifted.wh += this.lifted(issuance, waiver);
    if (name === "wh") return Figures.energy(lifted.wh);
    const [claimed, { counted }] = [this.rebuilt.claimedBy(project), totalsOf(project)];
    if (claimed <= 0n || lifted.wh <= 0n) return 0n;
    const units = (lifted.wh * counted + claimed - 1n) / claimed;
    return (units < counted ? units : counted) * ONE;
  }

  lifted(issuance, waiver) {
    if (waiver === "gap") return 0n;
    let sum = 0n;
    for (const { source, wh, split } of this.rebuilt.metered.claimed(issuance)) {
      if (waiver === "straddling-step") sum += split;
      else if (waiver !== "estimated-readings" || !source.measured) sum += wh;
    }
    return sum;
  }
}

// The figures that the first page has to print, so that none is taken away.
function* required(rebuilt, figures) {
  yield* [...FIRST, ...SEVERITIES.map((name) => `flags/${name}`)];
  if (rebuilt.review.since) yield* ["since/new", "since/changed"];
  const short = new Map([...rebuilt.books.instruments.keys()].sort(byId).map((id) => [id, figures.of(`instrument/${id}/unsupported`)]));
  const rows = [...short.keys()].sort((one, other) => Number(short.get(other) - short.get(one))).slice(0, MOST_ROWS);
  for (const id of rows) for (const name of OF_INSTRUMENT) yield `instrument/${id}/${name}`;
  for (const place of rebuilt.review.waivers.slice(0, MOST_LIFTED).keys()) {
    if (figures.of(`waiver/${place}/wh`) > 0n) yield* [`waiver/${place}/wh`, `waiver/${place}/units`];
  }
}

async function checkFigures(rebuilt, root = document) {
  const figures = new Figures(rebuilt);
  const [wrong, unchecked, names] = [[], [], new Set()];
  let began = performance.now();
  for (const place of root.querySelectorAll("[data-figure]")) {
    const name = place.dataset.figure;
    names.add(name);
    const expected = figures.of(name);
    if (expected === null) unchecked.push(name);
    else if (readPrinted(place.textContent) !== expected) {
      wrong.push(`${visible(name, 100)} is printed as ${visible(place.textContent.trim(), 60)}, and is ${expected === TINY ? "<0.01%" : decimalText(expected)}`);
    }
    if (performance.now() - began > 40) {
      await pause();
      began = performance.now();
    }
  }
  const first = new Set([...root.querySelectorAll("#summary [data-figure]")].map((place) => place.dataset.figure));
  for (const name of required(rebuilt, figures)) if (!first.has(name)) wrong.push(`${visible(name, 100)} is not printed on the first page`);
  wrong.push(...checkFlags(rebuilt, root));
  if (wrong.length > 0) {
    const more = wrong.length > MOST_NAMED ? ` And ${grouped(wrong.length - MOST_NAMED)} more.` : "";
    return result(FAILED, `${wrong.slice(0, MOST_NAMED).join("; ")}.${more}`);
  }
  const rest = unchecked.length > 0 ? ` Not summed: ${visible(unchecked.slice(0, MOST_NAMED).join(", "), 400)}.` : "";
  return result(PASSED, `${counted(names.size - unchecked.length, "figure was", "figures were")} summed again from the entries, and the key of every listed flag.${rest}`);
}

// The key of a flag is the SHA-256 of its rule, its version and its entries; a flag has only entries that there are.
function checkFlags(rebuilt, root) {
  const wrong = [];
  const { flags, size } = { ...rebuilt.review, size: rebuilt.evidence.data.size };
  flags.forEach(([rule, severity, entries, count, key], place) => {
    const name = `flag ${place + 1} (${visible(String(rule), 20)})`;
    if (entries.some((n) => !Number.isSafeInteger(n) || n < 0 || n >= size)) wrong.push(`${name} cites an entry that there is not`);
    if (entries.length === count && hex(sha256(texts.encode(`${rule}|${entries.join(",")}`))) !== key) wrong.push(`${name} has another key than its entries give`);
    const row = root.querySelector(`[data-flag="${place}"]`);
    if (row?.textContent !== `${rule} ${severity}` || root.querySelector(`[data-flag-key="${place}"]`)?.textContent !== key) {
      wrong.push(`${name} is printed otherwise`);
    }
  });
  return wrong;
}

// Draw the sample again by whole numbers: T div n is the interval, and the root and the seed give its beginning.
async function drawn(steps, root, { seed, confidence_percent, tolerable }) {
  const share = readDecimal(tolerable);
  const least = SIZES.get(confidence_percent);
  if (least === undefined || share <= 0n || share >= ONE) throw new Malformed("the sample's confidence or tolerable share is not one that is drawn with");
  const size = (least * ONE + WH_PER_MWH * share - 1n) / (WH_PER_MWH * share);
  let [count, total] = [0, 0n];
  for (const step of steps()) {
    count += 1;
    total += BigInt(step.wh);
  }
  await pause();
  const interval = total / size;
  const offset = interval === 0n ? 0n : BigInt(`0x${hex(sha256(texts.encode(`${root}|${seed}`)))}`) % interval;
  const items = [];
  let [before, following] = [0n, offset];
  let began = performance.now();
  for (const step of steps()) {
    const after = before + BigInt(step.wh);
    let hits = interval === 0n ? 1n : 0n;
    if (interval > 0n && following < after) {
      hits = 1n + (after - 1n - following) / interval;
      following += hits * interval;
    }
    if (hits > 0n) items.push({ ...step, hits, key: BigInt(step.wh) >= interval });
    before = after;
    if (performance.now() - began > 40) {
      await pause();
      began = performance.now();
    }
  }
  return { count, total, size, interval, offset, items };
}

function timeText(instant) {
  return new Date(instant * 1000).toISOString().replace("T", " ").replace(".000Z", " UTC");
}

function shownItem({ device, start, end, wh, source, hits, key }) {
  const shown = decimalText(Figures.energy(BigInt(wh)));
  return [device, timeText(start), timeText(end), shown, `entry ${source.n}`, grouped(hits), key ? "yes" : "no"];
}

async function checkSample(rebuilt, root = document) {
  const { sample } = rebuilt.review;
  if (!sample && !root.querySelector("#sample-items, [data-sample]")) return result(ABSENT, "The page has no sample.");
  if (!sample) return result(FAILED, "The page prints a sample, and its data have none.");
  const found = await drawn(() => rebuilt.metered.population(rebuilt.standing), rebuilt.evidence.data.root, sample);
  const wrong = [];
  const compare = (name, expected) => {
    const shown = root.querySelector(`[data-sample="${name}"]`)?.textContent.trim();
    if (shown !== expected) wrong.push(`${name} is printed as ${visible(String(shown), 100)}, and is ${visible(expected, 100)}`);
  };
  const share = decimalText(readDecimal(sample.tolerable) * 100n);
  const { count, total, size, interval, offset, items } = found;
  const sums = { steps: count, size, interval, offset, total };
  for (const [name, value] of Object.entries(sums)) compare(name, grouped(value));
  compare("confidence", `${sample.confidence_percent}%`);
  compare("tolerable", `${share}%`);
  compare("chosen", grouped(items.length));
  if (/^[\x20-\x7e]{1,120}$/.test(sample.seed)) compare("seed", sample.seed.trim());
  const rows = [...root.querySelectorAll("#sample-items tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
  if (rows.length !== Math.min(items.length, MOST_CHOSEN)) wrong.push(`${grouped(rows.length)} steps are printed, where ${grouped(items.length)} are chosen`);
  rows.forEach((row, at) => {
    const expected = items[at] ? shownItem(items[at]) : [];
    if (expected.some((cell, k) => row[k].replace(" (FAILED: its text was changed)", "") !== cell) || expected.length === 0) {
      wrong.push(`step ${at + 1} is printed as ${visible(row.slice(0, 4).join(", "), 200)}, and is ${visible(expected.slice(0, 4).join(", ") || "not chosen", 200)}`);
    }
  });
  if (wrong.length > 0) return result(FAILED, `Root and seed draw another sample: ${wrong.slice(0, 3).join("; ")}.`);
  const more = items.length > rows.length ? ` ${grouped(items.length - rows.length)} of them are not printed.` : "";
  return result(PASSED, `The root and the seed draw the same ${counted(items.length, "step", "steps")} of ${grouped(count)} again, with ${grouped(total)} Wh.${more}`);
}

// Whether a tree continues an older one (RFC 9162 section 2.1.4.2). Sizes are BigInts.
function verifiesConsistency(oldSize, size, proof, oldRoot, root) {
  if (oldSize < 1n || oldSize > size || proof.some((hash) => hash.length !== 32)) return false;
  if (oldSize === size) return proof.length === 0 && equal(oldRoot, root);
  const path = (oldSize & (oldSize - 1n)) === 0n ? [oldRoot, ...proof] : [...proof];
  if (path.length === 0) return false;
  let [at, last] = [oldSize - 1n, size - 1n];
  while (at & 1n) {
    at >>= 1n;
    last >>= 1n;
  }
  let [old, found] = [path[0], path[0]];
  const onLeft = (hash) => ([old, found] = [nodeHash(hash, old), nodeHash(hash, found)]);
  const onRight = (hash) => (found = nodeHash(found, hash));
  return climbs(at, last, path.slice(1), onLeft, onRight) && equal(old, oldRoot) && equal(found, root);
}

async function checkPrefix(evidence, root = document) {
  const { since } = evidence.data.review;
  if (!since && !root.querySelector("[data-since]")) return result(ABSENT, "The page compares the ledger with no older state.");
  if (!since) return result(FAILED, "The page prints an older state, and its data have none.");
  if (!/^[0-9a-f]{64}$/.test(since.root) || !Number.isSafeInteger(since.size)) throw new Malformed("the old size or the old root is not one");
  const proof = since.proof.map((hash) => readBase64(hash, "a hash of the proof"));
  const [shownSize, shownRoot] = ["size", "root"].map((name) => root.querySelector(`[data-since="${name}"]`)?.textContent.trim());
  if (shownSize !== grouped(since.size) || shownRoot !== since.root) {
    return result(FAILED, `The page prints ${visible(String(shownSize), 30)} entries with the root ${visible(String(shownRoot), 70)}, where its data have others.`);
  }
  const [old, now] = [unhex(since.root), unhex(evidence.data.root)];
  const log = `the ${counted(since.size, "entry", "entries")} of then, with the root ${since.root}`;
  if (since.size === 0 && proof.length === 0 && equal(old, sha256(new Uint8Array(0)))) return result(PASSED, "The older log had no entry, and every log continues it.");
  if (!verifiesConsistency(BigInt(since.size), BigInt(evidence.data.size), proof, old, now)) {
    return result(FAILED, `The proof does not show that this ledger continues ${log}.`);
  }
  const found = await evidence.rootOf(since.size);
  if (found === undefined) return result(PASSED, `The proof shows that this ledger continues ${log}. The entries are not in this page.`);
  if (!equal(found, old)) return result(FAILED, `The first ${grouped(since.size)} of this page have the root ${hex(found)}, and are not ${log}.`);
  return result(PASSED, `This ledger continues ${log}: the proof shows it, and the entries of this page hash to it.`);
}

// The checks of the figures and of the sample need every entry.
async function checkRebuilt(evidence, check) {
  if (evidence.numbers) return result(UNCHECKED, "The page does not have all entries, from which this is computed.");
  try {
    evidence.rebuilt ??= new Rebuilt(evidence).build();
    return await check(await evidence.rebuilt);
  } catch (error) {
    if (error instanceof Unknown) return result(UNCHECKED, `Not computed: ${error.message}.`);
    throw error;
  }
}

MORE_CHECKS.push(
  { name: "figures", words: "the figures", label: "A figure", check: (evidence) => checkRebuilt(evidence, checkFigures) },
  { name: "sample", words: "the sample", label: "The sample", check: (evidence) => checkRebuilt(evidence, checkSample) },
  { name: "prefix", words: "the older state", label: "The older state", check: (evidence) => checkPrefix(evidence) },
);
