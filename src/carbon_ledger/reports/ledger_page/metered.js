// What the entries come to in energy: live steps, the steps that issuances claim, and where the energy comes from.

const ORIGINS = ["metered", "corrected", "apportioned", "split", "estimated", "without_evidence"]; // the surest first
const READINGS = new Set(["generation.recorded", "meter.recorded", "generation.corrected", "meter.corrected", "correction.staged"]);

function second(text) {
  const found = typeof text === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) / 1000 : NaN;
  if (!Number.isSafeInteger(found)) throw new Malformed(`${visible(String(text), 50)} is not an instant`);
  return found;
}

// The parts of [start, end) that are in no interval of a list, which is sorted and does not overlap itself.
function without(start, end, taken) {
  const rest = [];
  let at = start;
  for (const [low, high] of taken) {
    if (high <= at || low >= end) continue;
    if (low > at) rest.push([at, low]);
    at = Math.max(at, high);
  }
  if (at < end) rest.push([at, end]);
  return rest;
}

// Of ids: by code points, as the library sorts them.
function byId(left, right) {
  const [one, other] = [Array.from(left), Array.from(right)];
  for (let i = 0; i < Math.min(one.length, other.length); i += 1) {
    if (one[i] !== other[i]) return one[i].codePointAt(0) - other[i].codePointAt(0);
  }
  return one.length - other.length;
}

class Metered {
  constructor() {
    this.runs = new Map(); // of a device: its live runs, in order of time
    this.meters = new Map(); // of a meter: how many devices it has
    this.staged = [];
    this.parts = []; // of the document that is being read
    this.documents = new Map(); // those that no event has used yet, by digest
    this.claims = new Map(); // of an issuance: its intervals by device, and its steps over the end of a year
    this.byIssuance = new Map(); // of an issuance: what it claims, run by run
  }

  follow(n, kind, event) {
    if (kind === "meter.registered") this.meters.set(event.meter, Object.keys(event.shares).length);
    else if (kind === "document.recorded") this.read(event);
    else if (kind === "correction.staged") this.staged.push([n, kind, event]);
    else if (kind === "issuance.recorded") this.use(n, event.quantification);
    else if (READINGS.has(kind)) {
      const parts = [...this.staged, [n, kind, event]];
      this.staged = [];
      const last = second(event.start) + event.net_wh.length * wholeNumber(event.step_s);
      for (const [number, of, part] of parts) {
        for (const [device, values] of columnsOf(part)) {
          if (kind.endsWith(".corrected") && number === parts[0][0]) this.cut(device, second(part.start), last);
          this.add(device, part, values, this.source(number, of, part));
        }
      }
      for (const item of event.issuances ?? []) this.use(item.issuance, item.quantification);
    }
  }

  read(event) {
    if (event.part === 1) this.parts = [];
    this.parts.push(event.text);
    if (event.part !== event.parts) return;
    const text = this.parts.join("");
    const digest = `sha256:${hex(sha256(new TextEncoder().encode(text)))}`;
    if (digest !== event.sha256) throw new Malformed("a document does not have the digest that its entry states");
    this.documents.set(digest, text);
  }

  // The quantification of an issuance: what it claims.
  use(issuance, digest) {
    const text = this.documents.get(digest);
    if (text === undefined) throw new Malformed(`the quantification of issuance ${issuance} is not before it`);
    const document = JSON.parse(text);
    this.documents.delete(digest);
    const intervals = document.steps.flatMap((item) => item.claimed.map(([start, end]) => [item.device, second(start), second(end)]));
    const splits = new Map();
    for (const item of document.splits) {
      if (!splits.has(item.device)) splits.set(item.device, new Set());
      splits.get(item.device).add(second(item.start));
    }
    this.claims.set(issuance, { intervals, splits, net: document.steps.reduce((sum, item) => sum + BigInt(item.net_wh), 0n) });
  }

  source(n, kind, event) {
    return {
      n,
      evidence: event.evidence ?? null,
      measured: event.quality === undefined,
      apportioned: event.meter !== undefined && this.meters.get(event.meter) > 1,
      corrected: kind === "correction.staged" || kind.endsWith(".corrected"),
      waivers: event.waivers ?? [],
    };
  }

  // The place of the first run of a device that ends after an instant.
  place(runs, instant) {
    let low = 0;
    let high = runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (runs[middle].end <= instant) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  add(device, event, values, source) {
    if (!this.runs.has(device)) this.runs.set(device, []);
    const runs = this.runs.get(device);
    const start = second(event.start);
    const step = wholeNumber(event.step_s);
    values.forEach(wholeNumber);
    const run = { start, end: start + values.length * step, step, values, first: 0, source };
    const at = this.place(runs, start);
    if (step < 1 || (at < runs.length && runs[at].start < run.end)) throw new Malformed(`readings of ${visible(device, 100)} overlap`);
    runs.splice(at, 0, run);
  }

  // Take the live steps between two instants out of a device's runs.
  cut(device, start, end) {
    const runs = this.runs.get(device) ?? [];
    const at = this.place(runs, start);
    const made = [];
    let last = at;
    for (; last < runs.length && runs[last].start < end; last += 1) {
      const run = runs[last];
      if (run.start < start) made.push({ ...run, end: start });
      if (run.end > end) made.push({ ...run, start: end, first: run.first + (end - run.start) / run.step });
    }
    if (made.some((run) => !Number.isInteger(run.first) || (run.end - run.start) % run.step !== 0)) {
      throw new Malformed(`a correction of ${visible(device, 100)} divides a step`);
    }
    runs.splice(at, last - at, ...made);
  }

  // The steps of a device between two instants, run by run: [run, number of the first step, number after the last].
  *between(device, start, end) {
    const runs = this.runs.get(device) ?? [];
    for (let at = this.place(runs, start); at < runs.length && runs[at].start < end; at += 1) {
      const run = runs[at];
      const from = Math.ceil(Math.max(0, start - run.start) / run.step);
      const to = Math.floor((Math.min(end, run.end) - run.start) / run.step);
      if (from < to) yield [run, from, to];
    }
  }

  energy(device, start, end) {
    let found = 0n;
    for (const [run, from, to] of this.between(device, start, end)) found += sumOf(run, from, to);
    return found;
  }

  // What an issuance claims when all entries are read, run by run, with the part in steps over the end of a year. [Wh]
  claimed(issuance) {
    if (!this.byIssuance.has(issuance.n)) this.byIssuance.set(issuance.n, [...this.claimedParts(issuance)]);
    return this.byIssuance.get(issuance.n);
  }

  *claimedParts(issuance) {
    const { intervals, splits } = this.claims.get(issuance.n);
    for (const [device, start, end] of intervals) {
      for (const [run, from, to] of this.between(device, start, end)) {
        let split = 0n;
        for (const instant of splits.get(device) ?? []) {
          const k = (instant - run.start) / run.step;
          if (Number.isInteger(k) && k >= from && k < to) split += BigInt(run.values[run.first + k]);
        }
        yield { source: run.source, wh: sumOf(run, from, to), split };
      }
    }
  }

  origins(issuance) {
    const found = new Map(ORIGINS.map((name) => [name, 0n]));
    const net = this.claimed(issuance).reduce((sum, { wh }) => sum + wh, 0n);
    if (net !== this.claims.get(issuance.n).net) {
      throw new Malformed(`issuance ${issuance.n} claims ${grouped(net)} Wh, where its quantification states ${grouped(this.claims.get(issuance.n).net)}`);
    }
    for (const { source, wh, split } of this.claimed(issuance)) {
      const { evidence, measured, apportioned, corrected } = source;
      if (evidence === null) addTo(found, "without_evidence", wh);
      else if (!measured) addTo(found, "estimated", wh);
      else {
        addTo(found, "split", split);
        addTo(found, apportioned ? "apportioned" : corrected ? "corrected" : "metered", wh - split);
      }
    }
    return found;
  }

  // The claimed steps above zero by device and start: the population of a sample.
  *population(issuances) {
    const intervals = new Map();
    for (const issuance of issuances) {
      for (const [device, ...interval] of this.claims.get(issuance.n).intervals) {
        if (!intervals.has(device)) intervals.set(device, []);
        intervals.get(device).push(interval);
      }
    }
    for (const device of [...intervals.keys()].sort(byId)) {
      let before = -Infinity;
      for (const [start, end] of intervals.get(device).sort((one, other) => one[0] - other[0])) {
        if (start < before) throw new Malformed(`two issuances claim the same step of ${visible(device, 100)}`);
        before = end;
        for (const [run, from, to] of this.between(device, start, end)) {
          for (let k = from; k < to; k += 1) {
            const wh = run.values[run.first + k];
            if (wh > 0) yield { device, start: run.start + k * run.step, end: run.start + (k + 1) * run.step, wh, source: run.source };
          }
        }
      }
    }
  }

  // The energy of a project's devices, and which part of it is claimed or reserved by whom. [Wh]
  project(project, standing, converted) {
    const found = { generated: 0n, claimed: 0n, elsewhere: 0n };
    for (const device of project.devices) {
      for (const run of this.runs.get(device) ?? []) found.generated += sumOf(run, 0, (run.end - run.start) / run.step);
      const taken = [];
      for (const issuance of standing) {
        for (const [of, start, end] of this.claims.get(issuance.n).intervals) {
          if (of !== device) continue;
          taken.push([start, end]);
          found[issuance.project === project ? "claimed" : "elsewhere"] += this.energy(device, start, end);
        }
      }
      for (const issuance of converted) {
        for (const [of, start, end] of this.claims.get(issuance.n).intervals) {
          if (of !== device) continue;
          const rest = without(start, end, taken.sort((one, other) => one[0] - other[0]));
          if (issuance.convertedBy.instrument !== project.instrument) for (const part of rest) found.elsewhere += this.energy(device, ...part);
          taken.push(...rest);
        }
      }
    }
    return { ...found, free: found.generated - found.claimed - found.elsewhere };
  }
}

function columnsOf(event) {
  return event.meter === undefined ? [[event.device, event.net_wh]] : Object.entries(event.devices);
}

function sumOf(run, from, to) {
  let [whole, part] = [0n, 0];
  for (let k = from; k < to; k += 1) {
    const wh = run.values[run.first + k];
    if (!Number.isSafeInteger(part + wh)) {
      whole += BigInt(part);
      part = 0;
    }
    part += wh;
  }
  return whole + BigInt(part);
}
