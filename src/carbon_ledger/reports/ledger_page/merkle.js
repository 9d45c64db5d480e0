// The tree of RFC 6962: leaves, nodes, roots and inclusion proofs. Each hash is computed by this page and, where the
// browser has WebCrypto, by the browser; `Hasher.agreed` becomes false when the two differ.

const CHUNK = 1024;

function pause() {
  return new Promise((resume) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resume();
    };
    channel.port2.postMessage(0);
  });
}

function equalAt(left, leftAt, right, rightAt) {
  for (let i = 0; i < 32; i += 1) if (left[leftAt + i] !== right[rightAt + i]) return false;
  return true;
}

function equal(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

class Hasher {
  constructor(subtle) {
    this.subtle = subtle;
    this.agreed = true;
    this.compared = 0;
  }

  // Hash many inputs: `input(k)` returns the bytes of input k, which it may overwrite at the next call.
  // The hashes are written into `out`, 32 bytes each, a chunk at a time so that the page remains responsive.
  async many(count, input, out, progress) {
    for (let start = 0; start < count; start += CHUNK) {
      const stop = Math.min(count, start + CHUNK);
      const waiting = [];
      let began = performance.now();
      for (let k = start; k < stop; k += 1) {
        const bytes = input(k);
        sha256(bytes, out, k * 32);
        if (this.subtle) waiting.push(this.subtle.digest("SHA-256", bytes));
        if (performance.now() - began > 40) {
          await pause();
          began = performance.now();
        }
      }
      const others = await Promise.all(waiting);
      others.forEach((other, at) => {
        if (!equalAt(new Uint8Array(other), 0, out, (start + at) * 32)) this.agreed = false;
      });
      this.compared += others.length;
      if (progress) progress(stop);
      await pause();
    }
    return out;
  }

  async leaves(texts, progress) {
    const encoder = new TextEncoder();
    let buffer = new Uint8Array(1 << 18);
    const input = (k) => {
      if (texts[k].length * 3 + 1 > buffer.length) buffer = new Uint8Array(texts[k].length * 3 + 1);
      buffer[0] = 0;
      return buffer.subarray(0, encoder.encodeInto(texts[k], buffer.subarray(1)).written + 1);
    };
    return this.many(texts.length, input, new Uint8Array(texts.length * 32), progress);
  }

  // The root of the first `count` leaves. A node without a sibling moves up unchanged, which gives the tree of RFC 6962.
  async root(leaves, count) {
    if (count === 0) return sha256(new Uint8Array(0));
    let level = leaves.subarray(0, count * 32);
    const node = new Uint8Array(65);
    node[0] = 1;
    while (level.length > 32) {
      const below = level;
      const pairs = Math.floor(below.length / 64);
      const single = below.length % 64;
      const above = new Uint8Array(pairs * 32 + single);
      const input = (k) => {
        node.set(below.subarray(k * 64, k * 64 + 64), 1);
        return node;
      };
      await this.many(pairs, input, above);
      if (single) above.set(below.subarray(pairs * 64), pairs * 32);
      level = above;
    }
    return level.slice();
  }
}

function nodeHash(left, right) {
  const node = new Uint8Array(65);
  node[0] = 1;
  node.set(left, 1);
  node.set(right, 33);
  return sha256(node);
}

function leafHash(data) {
  const leaf = new Uint8Array(data.length + 1);
  leaf.set(data, 1);
  return sha256(leaf);
}

// Climbs from a node to the root by the hashes of a proof (the loop of RFC 9162, sections 2.1.3.2 and 2.1.4.2), and calls
// onLeft or onRight with each of them, by the side of the node on which it stands. Returns whether the proof ends at the
// root. Positions are BigInts: of the node, and of the last node of its level.
function climbs(at, last, proof, onLeft, onRight) {
  for (const hash of proof) {
    if (last === 0n) return false;
    if (at & 1n || at === last) {
      onLeft(hash);
      while (!(at & 1n) && at !== 0n) {
        at >>= 1n;
        last >>= 1n;
      }
    } else {
      onRight(hash);
    }
    at >>= 1n;
    last >>= 1n;
  }
  return last === 0n;
}

// Whether a leaf is in a tree at a position (RFC 9162 section 2.1.3.2). Positions and sizes are BigInts.
function verifiesInclusion(leaf, index, size, proof, root) {
  if (index < 0n || index >= size || leaf.length !== 32 || proof.some((hash) => hash.length !== 32)) return false;
  let found = leaf;
  const onLeft = (hash) => (found = nodeHash(hash, found));
  const onRight = (hash) => (found = nodeHash(found, hash));
  return climbs(index, size - 1n, proof, onLeft, onRight) && equal(found, root);
}
