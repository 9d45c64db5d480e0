"""Read a ledger file with nothing but Python's standard library: its root, its balances, its carries.

Nothing of carbon-ledger is imported: docs/reference/entries.md has the format, and a reader in another
language takes the same steps. ``python read_without_us.py FILE`` exits with 1 where something is wrong.
"""

import hashlib
import json
import sqlite3
import sys
from collections import defaultdict
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from pathlib import Path

RECORDS = "ledger.opened account.opened device.registered meter.registered methodology.adopted factor.adopted "
RECORDS += "generation.recorded meter.recorded"  # they move no unit and no carry; what is not known is refused


def require(true, message):
    if not true:
        raise ValueError(message)


def decoded(data):
    """Decode JSON that must be canonical: written again, it gives the same bytes."""
    value = json.loads(data, parse_float=lambda text: require(False, f"{text} is no whole number"))
    again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    require(again == data, "its JSON is not canonical")
    return value


def root_of(level):
    """Hash leaf hashes into the root of RFC 6962; a node without a sibling goes up as it is."""
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        nodes = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
        level = nodes + level[2 * len(nodes) :]
    return level[0] if level else hashlib.sha256(b"").digest()


class Books:
    """What follows from the entries, event by event."""

    def __init__(self):
        self.instruments = {}  # of a project
        self.claimed, self.adjustments, self.counted = defaultdict(Decimal), defaultdict(int), defaultdict(int)
        self.projects, self.amounts, self.batches = {}, defaultdict(Decimal), {}  # of an issuance, by its entry
        self.pieces = {}  # of a batch: (first, last, account, state), which together are all of it
        self.balances = defaultdict(int)  # of (account, instrument, state)
        self.text = self.document = ""

    def move(self, batch, first, last, state, holder=None, to=None):
        """Cut a batch at a block's edges and move what lies between; all of it must be active."""
        project, pieces = batch.partition("/")[0], []
        for low, high, account, was in self.pieces[batch]:
            left, right = max(low, first), min(high, last)
            inside = (left, right, to or account, state)
            parts = [(low, min(high, first - 1), account, was), inside, (max(low, last + 1), high, account, was)]
            pieces += [part for part in parts if part[0] <= part[1]]
            if left <= right:
                require(was == "active" and holder in (None, account), f"{batch}/{left} is {was}, {account}'s")
                self.balances[account, self.instruments[project], was] -= right - left + 1
                self.balances[to or account, self.instruments[project], state] += right - left + 1
        require(1 <= first <= last <= pieces[-1][1], f"{batch} has no block {first}-{last}")
        self.pieces[batch] = pieces
        self.counted[project] -= last - first + 1 if state == "withdrawn" else 0

    def claim(self, issuance, amounts):
        """Set what an issuance claims, from its exact amounts of each vintage."""
        before, now = self.amounts[issuance], sum(Decimal(item["amount"]) for item in amounts)
        self.claimed[self.projects[issuance]] += now - before
        self.amounts[issuance] = now

    def carry(self, project):
        return self.claimed[project] + self.adjustments[project] - self.counted[project]

    def issue(self, n, event):
        require(event["quantification"] == self.document, "its quantification is not the document before it")
        self.projects[n], self.batches[n] = event["project"], []
        for item in event["batches"]:
            batch = f"{event['project']}/{item['vintage']:04d}/{n}"
            self.batches[n].append(batch)
            self.pieces[batch] = [(1, item["count"], event["account"], "active")]
            self.balances[event["account"], self.instruments[event["project"]], "active"] += item["count"]
            self.counted[event["project"]] += item["count"]
        self.claim(n, event["amounts"])

    def follow(self, n, kind, event):
        """Do what one event does to units and carries, and compare the carry that it pins."""
        pinned = []
        if kind == "project.registered":
            self.instruments[event["project"]] = event["instrument"]["id"]
        elif kind == "document.recorded":
            self.text = event["text"] if event["part"] == 1 else self.text + event["text"]
            self.document = f"sha256:{hashlib.sha256(self.text.encode()).hexdigest()}"
            require(event["part"] < event["parts"] or self.document == event["sha256"], "its text has another digest")
        elif kind == "issuance.recorded":
            self.issue(n, event)
            pinned = [event]
        elif kind == "issuance.voided":
            for batch, (first, last, _, state) in [(b, p) for b in self.batches[event["issuance"]] for p in self.pieces[b]]:
                if state != "withdrawn":
                    self.move(batch, first, last, "withdrawn")
            self.claim(event["issuance"], [])
            pinned = [{"project": self.projects[event["issuance"]], "carry": event["carry"]}]
        elif kind == "generation.corrected":
            for item in event["issuances"]:
                self.claim(item["issuance"], item["amounts"])
                for block in item["withdrawn"]:
                    self.move(block["batch"], block["first"], block["last"], "withdrawn")
            pinned = event["carries"]
        elif kind.startswith("units."):
            state = {"transferred": "active"}.get(kind[6:], kind[6:])
            holder = event.get("from", event.get("account"))
            self.move(event["batch"], event["first"], event["last"], state, holder, event.get("to"))
            if state == "withdrawn":
                self.adjustments[event["batch"].partition("/")[0]] -= event["last"] - event["first"] + 1
        else:
            require(kind in RECORDS.split(), f"{kind} is unknown: a newer version wrote it")
        for item in pinned:
            require(Decimal(item["carry"]["amount"]) == self.carry(item["project"]), f"the carry is not {item['carry']}")


def read(rows):
    """Check the rows of table `entry` one by one; give the root and what they come to."""
    books, leaves, at, part, parts = Books(), [], "", 1, 1
    for place, (n, leaf, data) in enumerate(rows):
        try:
            entry = decoded(data)
            leaves.append(hashlib.sha256(b"\x00" + data).digest())
            require(leaves[-1] == leaf, f"its leaf hash is {leaves[-1].hex()}, the file has {leaf.hex()}")
            require(n == entry["n"] == place and entry["schema"] == 1, "it is not numbered as it stands, or newer")
            require((n == 0) == (entry["type"] == "ledger.opened") and at < entry["at"], "it is out of order")
            require(entry["command"]["part"] == part % parts + 1, "it does not go on with the command before it")
            at, part, parts = entry["at"], entry["command"]["part"], entry["command"]["parts"]
            with localcontext(Context(prec=100, traps=[Inexact, InvalidOperation])):
                books.follow(n, entry["type"], entry["event"])
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise ValueError(f"entry {place}: {error}") from error
    require(part == parts and leaves, "the log was cut off")
    return root_of(leaves), books


def main(path):
    try:
        file = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
        require(file.execute("pragma application_id").fetchone()[0] == 0x434C6467, "it is no ledger")
        root, books = read(file.execute("select n, leaf, data from entry order by n"))
    except (sqlite3.Error, ValueError) as error:
        print(f"WRONG: {path}: {error}")
        return 1
    print("root", root.hex())
    for key, units in sorted(books.balances.items()):
        print("balance", *key, units)
    for project in sorted(books.claimed):
        claimed, carry = (f"{number.normalize():f}" for number in (books.claimed[project], books.carry(project)))
        print("carry", project, carry, "claimed", claimed, "counted", books.counted[project])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
