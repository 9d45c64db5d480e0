// What the entries come to in units and amounts, event by event. This is a second implementation, which reads the
// entries alone and shares no code with the library; docs/reference/entries.md describes the events.

const PLACES = 100; // decimals of an exact number
const ONE = 10n ** BigInt(PLACES);
const WH_PER_MWH = 1_000_000n;
const HELD = ["active", "locked", "buffered"];
const STATES = [...HELD, "pending", "retired", "cancelled", "withdrawn", "exported"];

// Events that move no unit and no amount. An event that is unknown here is an error, and never skipped.
const RECORDS = new Set(
  `ledger.opened account.opened device.registered meter.registered methodology.adopted factor.adopted
  generation.recorded meter.recorded document.recorded role.granted role.revoked quantification.approved
  approval.revoked registry.registered units.labelled units.unlabelled methodology.attested correction.staged
  device.amended account.amended document.described relation.declared relation.ended meter.calibrated zone.adopted
  time.advanced verification.stated`.split(/\s+/),
);
// What an event about blocks makes of their units: the states that they may be in, and the one that they are in then.
const MOVES = {
  "units.transferred": [["active"], "active"],
  "units.retired": [["active"], "retired"],
  "units.cancelled": [["active"], "cancelled"],
  "units.locked": [["active"], "locked"],
  "units.exported": [["active"], "exported"],
  "units.converted": [["active"], "retired"],
  "units.withdrawn": [HELD, "withdrawn"],
  "units.released": [["locked"], "active"],
  "buffer.released": [["buffered"], "active"],
  "buffer.cancelled": [["buffered"], "cancelled"],
  "transfer.offered": [["active"], "pending"],
};

class Unknown extends Error {}

// An exact decimal as a whole number of 10 ** -PLACES.
function readDecimal(text) {
  const parts = /^(-?)([0-9]+)(?:\.([0-9]+))?$/.exec(text);
  if (!parts || (parts[3] ?? "").length > PLACES) throw new Malformed(`${visible(String(text), 50)} is not a decimal`);
  const value = BigInt(parts[2] + (parts[3] ?? "").padEnd(PLACES, "0"));
  return parts[1] ? -value : value;
}

function decimalText(value) {
  const digits = String(value < 0n ? -value : value).padStart(PLACES + 1, "0");
  const decimals = digits.slice(-PLACES).replace(/0+$/, "");
  return `${value < 0n ? "-" : ""}${grouped(digits.slice(0, -PLACES))}${decimals ? `.${decimals}` : ""}`;
}

function addTo(map, key, value) {
  map.set(key, (map.get(key) ?? 0n) + value);
}

function wholeNumber(value) {
  if (!Number.isSafeInteger(value)) throw new Malformed(`${visible(String(value), 50)} is not a whole number`);
  return value;
}

class Books {
  constructor() {
    this.projects = new Map(); // of a project: its instrument, devices, and sums of all its vintages
    this.issuances = new Map(); // by the number of its entry
    this.batches = new Map(); // of a batch: what it is of, and its pieces [first, last, state], which are all of it
    this.instruments = new Map(); // of an instrument: units issued and imported, and units by state
    this.offers = new Map(); // by the number of its entry: the blocks
    this.lastOffer = 0;
  }

  instrument(id) {
    if (!this.instruments.has(id)) {
      this.instruments.set(id, { issued: 0n, imported: 0n, states: new Map(STATES.map((name) => [name, 0n])) });
    }
    return this.instruments.get(id);
  }

  project(id) {
    const found = this.projects.get(id);
    if (!found) throw new Malformed(`there is no project ${visible(String(id), 100)}`);
    return found;
  }

  year(project, vintage) {
    const key = project.granular ? 0 : (vintage ?? 0);
    if (!project.years.has(key)) project.years.set(key, { claimed: 0n, adjustments: 0n, counted: 0n });
    return project.years.get(key);
  }

  register(event) {
    const { id, granular, levy } = event.instrument;
    const made = { id: event.project, instrument: id, granular, toFund: Boolean(levy?.to), issued: 0n, years: new Map() };
    this.projects.set(event.project, { ...made, devices: event.devices });
    this.instrument(id);
  }

  addBatch(id, instrument, project, vintage, issuance, parts) {
    const states = this.instrument(instrument).states;
    const pieces = parts.filter(([first, last]) => first <= last);
    for (const [first, last, name] of pieces) addTo(states, name, BigInt(last - first + 1));
    this.batches.set(id, { instrument, project, vintage, issuance, pieces });
  }

  // An issuance makes batches; of each, the highest serials may be levied, and the next ones held back.
  issue(n, event) {
    const project = this.project(event.project);
    const issuance = { n, event, project, amounts: new Map(), counted: 0n, batches: [], voided: false, convertedBy: null };
    this.issuances.set(n, issuance);
    this.claim(issuance, event.amounts);
    for (const item of event.batches) {
      const count = wholeNumber(item.count);
      const left = count - (item.levied ?? 0);
      const kept = left - (item.buffered ?? 0);
      const id = `${event.project}/${String(item.vintage).padStart(4, "0")}/${n}`;
      this.addBatch(id, project.instrument, project, item.vintage, issuance, [
        [1, kept, "active"],
        [kept + 1, left, "buffered"],
        [left + 1, count, project.toFund ? "active" : "cancelled"],
      ]);
      issuance.batches.push(id);
      issuance.counted += BigInt(count);
      project.issued += BigInt(count);
      this.instrument(project.instrument).issued += BigInt(count);
      this.year(project, item.vintage).counted += BigInt(count);
    }
  }

  bringIn(n, event) {
    const count = wholeNumber(event.last) - wholeNumber(event.first) + 1;
    const kept = count - (event.buffered ?? 0);
    const id = `${event.registry}/${String(event.vintage).padStart(4, "0")}/${n}`;
    this.instrument(event.instrument.id).imported += BigInt(count);
    this.addBatch(id, event.instrument.id, null, event.vintage, null, [
      [1, kept, "active"],
      [kept + 1, count, "buffered"],
    ]);
  }

  // Cut a batch at a block's edges, and change the state of what lies between.
  move(block, before, after) {
    const batch = this.batches.get(block.batch);
    if (!batch) throw new Malformed(`there is no batch ${visible(String(block.batch), 100)}`);
    const { pieces, instrument } = batch;
    const [first, last] = [wholeNumber(block.first), wholeNumber(block.last)];
    let low = 0;
    let high = pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (pieces[middle][0] <= first) low = middle;
      else high = middle - 1;
    }
    if (first < 1 || last < first || last > pieces.at(-1)[1]) throw new Malformed(`batch ${visible(block.batch, 100)} has no such block`);
    const states = this.instrument(instrument).states;
    const made = [];
    let end = low;
    for (; end < pieces.length && pieces[end][0] <= last; end += 1) {
      const [from, to, was] = pieces[end];
      const [inner, outer] = [Math.max(from, first), Math.min(to, last)];
      if (!before.includes(was)) throw new Malformed(`units of batch ${visible(block.batch, 100)} are ${was}, not ${before.join(" or ")}`);
      if (from < inner) made.push([from, inner - 1, was]);
      made.push([inner, outer, after]);
      if (outer < to) made.push([outer + 1, to, was]);
      addTo(states, was, -BigInt(outer - inner + 1));
      addTo(states, after, BigInt(outer - inner + 1));
    }
    pieces.splice(low, end - low, ...made);
    if (after === "withdrawn") this.uncount(batch, BigInt(last - first + 1));
    return batch;
  }

  // Units that no longer count against the claimed amount.
  uncount(batch, units) {
    if (!batch.project) return;
    this.year(batch.project, batch.vintage).counted -= units;
    batch.issuance.counted -= units;
  }

  handle(n, kind, event, goesOn) {
    const [before, after] = MOVES[kind];
    const blocks = [event, ...(event.more ?? [])];
    for (const block of blocks) {
      const batch = this.move(block, before, after);
      const units = BigInt(block.last - block.first + 1);
      if (kind === "units.withdrawn" && batch.project) this.year(batch.project, batch.vintage).adjustments -= units;
      if (kind === "units.converted") this.uncount(batch, units);
    }
    if (kind === "transfer.offered") {
      if (!goesOn) this.lastOffer = n;
      this.offers.set(this.lastOffer, [...(this.offers.get(this.lastOffer) ?? []), ...blocks]);
    }
  }

  // Set what an issuance claims of each vintage.
  claim(issuance, amounts) {
    for (const [vintage, amount] of issuance.amounts) this.year(issuance.project, vintage).claimed -= amount;
    issuance.amounts = new Map(amounts.map((item) => [item.vintage, readDecimal(item.amount)]));
    for (const [vintage, amount] of issuance.amounts) this.year(issuance.project, vintage).claimed += amount;
  }

  issuanceOf(n) {
    const found = this.issuances.get(n);
    if (!found) throw new Malformed(`entry ${visible(String(n), 50)} is no issuance`);
    return found;
  }

  void(issuance) {
    for (const id of issuance.batches) {
      for (const [first, last, name] of [...this.batches.get(id).pieces]) {
        if (name !== "withdrawn") this.move({ batch: id, first, last }, HELD, "withdrawn");
      }
    }
    this.claim(issuance, []);
    issuance.voided = true;
  }

  // Compare the carry of each vintage that an entry states. The hours of granular certificates are not counted here:
  // what is forfeited of them is what remains.
  compare(id, carry) {
    const project = this.project(id);
    for (const item of carry) {
      const year = this.year(project, item.vintage);
      const stated = readDecimal(item.amount);
      if (project.granular) year.adjustments += (stated - carryOf(year)) / ONE;
      if (carryOf(year) !== stated) {
        throw new Malformed(`the carry of ${visible(id, 100)} is ${decimalText(carryOf(year))}, where the entry states ${decimalText(stated)}`);
      }
    }
  }

  follow(n, kind, event, goesOn) {
    if (kind === "project.registered") this.register(event);
    else if (kind === "issuance.recorded") {
      this.issue(n, event);
      this.compare(event.project, event.carry);
    } else if (kind === "issuance.voided" || kind === "units.converted") {
      const issuance = this.issuanceOf(event.issuance);
      if (kind === "issuance.voided") this.void(issuance);
      else {
        this.handle(n, kind, event, goesOn);
        this.claim(issuance, []);
        issuance.convertedBy = { n, instrument: event.instrument.id };
      }
      this.compare(issuance.project.id, event.carry);
    } else if (kind === "block.imported") this.bringIn(n, event);
    else if (kind === "generation.corrected" || kind === "meter.corrected") {
      for (const item of event.carries) for (const block of item.withdrawn) this.move(block, HELD, "withdrawn");
      for (const item of event.issuances) this.claim(this.issuanceOf(item.issuance), item.amounts);
      for (const item of event.carries) this.compare(item.project, item.carry);
    } else if (Object.hasOwn(MOVES, kind)) this.handle(n, kind, event, goesOn);
    else if (kind === "transfer.accepted" || kind === "transfer.ended") {
      for (const block of this.offers.get(event.offer) ?? []) this.move(block, ["pending"], "active");
      this.offers.delete(event.offer);
    } else if (!RECORDS.has(kind)) throw new Unknown(`event ${visible(String(kind), 100)} is unknown to this page: a newer version wrote it`);
  }
}

function carryOf(year) {
  return year.claimed + (year.adjustments - year.counted) * ONE;
}

// The sums of all vintages of a project. Units that no energy supports are the debit, rounded up to whole units.
function totalsOf(project) {
  const sums = { claimed: 0n, adjustments: 0n, counted: 0n };
  for (const year of project.years.values()) for (const name of Object.keys(sums)) sums[name] += year[name];
  const carry = carryOf(sums);
  return { ...sums, carry, unsupported: carry < 0n ? (ONE - 1n - carry) / ONE : 0n };
}
