"""Read a ledger file with Python's standard library alone: its root, its balances, its carries.

Nothing of carbon-ledger is imported; docs/reference/entries.md has the format, and a reader in another
language takes the same steps. ``python read_without_us.py FILE`` exits with 1 where something is wrong.
"""

import hashlib
import json
import signal
import sqlite3
import sys
from collections import defaultdict
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext, setcontext
from pathlib import Path

# These events move no unit and no carry. An event that is not known at all is an error, never skipped.
RECORDS = ["ledger.opened", "account.opened", "device.registered", "meter.registered", "methodology.adopted"]
RECORDS += ["factor.adopted", "generation.recorded", "meter.recorded", "document.recorded", "role.granted"]
RECORDS += ["role.revoked", "quantification.approved", "approval.revoked", "registry.registered"]
RECORDS += ["units.labelled", "units.unlabelled", "methodology.attested", "correction.staged", "device.amended"]
RECORDS += ["account.amended", "document.described", "relation.declared", "relation.ended", "meter.calibrated"]
RECORDS += ["zone.adopted", "time.advanced", "verification.stated"]
HELD = ("active", "locked", "buffered")
# What an event about blocks makes of their units: the states they may be in, and the one they are in afterwards.
MOVES = {"transferred": "active", "retired": "retired", "cancelled": "cancelled", "locked": "locked"}
MOVES |= {"exported": "exported", "converted": "retired"}
MOVES = {f"units.{name}": (("active",), state) for name, state in MOVES.items()}
MOVES |= {"units.withdrawn": (HELD, "withdrawn"), "units.released": (("locked",), "active")}
MOVES |= {"buffer.released": (("buffered",), "active"), "buffer.cancelled": (("buffered",), "cancelled")}
MOVES |= {"transfer.offered": (("active",), "pending")}
EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])
ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, sqlite3.Error)


def require(true, message):
    if not true:
        raise ValueError(message)


def decoded(data):
    """Decode JSON that must be canonical: written again, it gives the same bytes."""
    refused = dict.fromkeys(("parse_float", "parse_constant"), lambda text: require(False, f"{text} is not whole"))
    value = json.loads(data, **refused)
    again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    require(again == data and len(data) <= 65_535, "its JSON is not canonical, or too long")
    return value


def root_of(level):
    """Hash leaf hashes into the root of RFC 6962; a node without a sibling goes up as it is."""
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        nodes = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
        level = nodes + level[2 * len(nodes) :]
    return level[0] if level else hashlib.sha256(b"").digest()


def blocks_of(event):
    """The blocks that an event is about."""
    return [event, *event.get("more", [])]


class Books:
    """What follows from the entries, event by event."""

    def __init__(self):
        self.instruments, self.granular = {}, set()  # of a project; the projects whose units are of an hour
        self.levies = {}  # of a project: the account that its instrument's levy goes to; None if there is none
        # Of (project, vintage); of granular certificates, whose carry has no vintage, of (project, 0).
        self.claimed, self.adjustments, self.counted = defaultdict(Decimal), defaultdict(int), defaultdict(int)
        self.issuances = {}  # by the number of its entry: project, claimed amounts by vintage
        self.pieces = {}  # of a batch: (first, last, account, state), which together are all of it
        # Of a batch: its project and vintage (no project where another registry issued it), and its instrument.
        self.kinds = {}
        self.imported = defaultdict(list)  # of (registry, number space): ranges of numbers
        self.balances = defaultdict(int)  # of (account, instrument, state)
        self.offers = {}  # by the number of its entry: giver, taker, blocks

    def key(self, project, vintage):
        return project, 0 if project in self.granular else vintage

    def carry(self, key):
        return self.claimed[key] + self.adjustments[key] - self.counted[key]

    def vintages(self, project):
        """The vintages of a project, oldest first."""
        return sorted({year for name, year in [*self.claimed, *self.adjustments, *self.counted] if name == project})

    def allowed(self, project):
        """The units of each vintage that the carry of a project makes: no unit may lack energy."""
        years, units, made = self.vintages(project), {}, 0
        sums = [sum(self.carry((project, year)) for year in years[: k + 1]) for k in range(len(years))]
        for k, year in enumerate(years):
            count = int(min(sums[k:]).to_integral_value("ROUND_FLOOR")) - made
            units |= {year: count} if count > 0 else {}
            made += max(0, count)
        return units

    def move(self, block, before, state, holder=None, to=None):
        """Cut a batch at a block's edges and move what lies between; all of it must be in a state of `before`."""
        (key, instrument), first, last, pieces = self.kinds[block["batch"]], block["first"], block["last"], []
        for low, high, account, was in self.pieces[block["batch"]]:
            inside = (max(low, first), min(high, last), to or account, state)
            parts = [(low, min(high, first - 1), account, was), inside, (max(low, last + 1), high, account, was)]
            pieces += [part for part in parts if part[0] <= part[1]]
            if (count := inside[1] - inside[0] + 1) > 0:
                require(was in before and holder in (None, account), f"{inside} of {block} is {was}, {account}'s")
                self.balances[account, instrument, was] -= count
                self.balances[to or account, instrument, state] += count
        require(1 <= first <= last <= pieces[-1][1], f"there is no block {block}")
        self.pieces[block["batch"]] = pieces
        self.counted[key] -= last - first + 1 if state == "withdrawn" else 0

    def issue(self, n, event):
        """Make batches; of each, the highest serials may be levied, and the next ones held back."""
        project, holder = event["project"], event["account"]
        counts = {item["vintage"]: item["count"] for item in event["batches"]}
        require(project in self.granular or counts == self.allowed(project), "its units are not those of its carry")
        fund = self.levies[project]
        for item in event["batches"]:
            name, count, pieces = f"{project}/{item['vintage']:04d}/{n}", item["count"], []
            left = count - item.get("levied", 0)
            kept = left - item.get("buffered", 0)
            parts = [(1, kept, holder, "active"), (kept + 1, left, holder, "buffered")]
            parts += [(left + 1, count, fund or holder, "active" if fund else "cancelled")]
            for first, last, account, state in parts:
                pieces += [(first, last, account, state)] if first <= last else []
                self.balances[account, self.instruments[project], state] += last - first + 1
            key = self.key(project, item["vintage"])
            self.pieces[name], self.kinds[name] = pieces, (key, self.instruments[project])
            self.counted[key] += count

    def bring_in(self, n, event):
        """Make a batch of another registry's block, whose numbers come in once."""
        registry, first, last, holder = event["registry"], event["first"], event["last"], event["account"]
        ranges = self.imported[registry, event.get("space")]
        require(all(last < low or high < first for low, high in ranges), "units of another registry came in twice")
        ranges.append((first, last))
        name, instrument = f"{registry}/{event['vintage']:04d}/{n}", event["instrument"]["id"]
        count, held = last - first + 1, event.get("buffered", 0)
        pieces = [(1, count - held, holder, "active"), (count - held + 1, count, holder, "buffered")]
        self.pieces[name] = [piece for piece in pieces if piece[0] <= piece[1]]
        self.kinds[name] = (None, 0), instrument
        for low, high, _, state in self.pieces[name]:
            self.balances[holder, instrument, state] += high - low + 1

    def void(self, issuance):
        """Withdraw all units of an issuance that are not withdrawn yet."""
        names = [name for name in self.pieces if name.endswith(f"/{issuance}")]
        for batch, (first, last, _, state) in [(name, piece) for name in names for piece in self.pieces[name]]:
            if state != "withdrawn":
                self.move({"batch": batch, "first": first, "last": last}, HELD, "withdrawn")

    def handle(self, n, kind, event, goes_on):
        """Move the blocks of an event; one that goes on with an offer has further blocks of it."""
        before, state = MOVES[kind]
        holder, to = event.get("from", event.get("account")), event.get("to")
        for block in blocks_of(event):
            key, count = self.kinds[block["batch"]][0], block["last"] - block["first"] + 1
            self.adjustments[key] -= count if kind == "units.withdrawn" else 0
            self.counted[key] -= count if kind == "units.converted" else 0
            self.move(block, before, state, holder, None if state == "pending" else to)
        if kind == "transfer.offered":
            first = max(self.offers) if goes_on else n
            giver, taker, blocks = self.offers.get(first, (holder, to, []))
            require((giver, taker) == (holder, to), "it goes on with another offer")
            self.offers[first] = giver, taker, [*blocks, *blocks_of(event)]

    def end(self, event, accepted):
        """Give the units of an offer to its taker, or back to its giver."""
        giver, taker, blocks = self.offers.pop(event["offer"])
        for block in blocks:
            self.move(block, ("pending",), "active", giver, taker if accepted else None)

    def follow(self, n, kind, event, goes_on):
        """Do what an event does to units and claimed amounts, and compare the carries that it pins."""
        claims, carries = {}, []
        if kind == "project.registered":
            self.instruments[event["project"]] = event["instrument"]["id"]
            self.levies[event["project"]] = event["instrument"].get("levy", {}).get("to")
            self.granular |= {event["project"]} if event["instrument"]["granular"] else set()
        elif kind == "issuance.recorded":
            self.issuances[n], carries = (event["project"], {}), [event]
            self.claim(n, event["amounts"])
            self.issue(n, event)
        elif kind in ("issuance.voided", "units.converted"):
            claims = {event["issuance"]: []}
            carries = [{"project": self.issuances[event["issuance"]][0], "carry": event["carry"]}]
            self.handle(n, kind, event, goes_on) if kind in MOVES else self.void(event["issuance"])
        elif kind == "block.imported":
            self.bring_in(n, event)
        elif kind in ("generation.corrected", "meter.corrected"):
            claims, carries = {item["issuance"]: item["amounts"] for item in event["issuances"]}, event["carries"]
            for block in [block for item in carries for block in item["withdrawn"]]:
                self.move(block, HELD, "withdrawn")
        elif kind in MOVES:
            self.handle(n, kind, event, goes_on)
        elif kind in ("transfer.accepted", "transfer.ended"):
            self.end(event, kind == "transfer.accepted")
        else:
            require(kind in RECORDS, f"{kind} is unknown: a newer version wrote it")
        for issuance, amounts in claims.items():
            self.claim(issuance, amounts)
        for item in carries:
            self.compare(item["project"], item["carry"])

    def claim(self, issuance, amounts):
        """Set what an issuance claims of each vintage."""
        project, before = self.issuances[issuance]
        after = {item["vintage"]: Decimal(item["amount"]) for item in amounts}
        for year in before.keys() | after.keys():
            self.claimed[self.key(project, year)] += after.get(year, 0) - before.get(year, 0)
        self.issuances[issuance] = project, after

    def compare(self, project, carry):
        """Compare the carry of each vintage that an entry pins."""
        for item in carry:
            key, pinned = self.key(project, item.get("vintage", 0)), Decimal(item["amount"])
            if project in self.granular:  # hours are not counted here: what is forfeited of them is what remains
                self.adjustments[key] += int(pinned - self.carry(key))
                require(pinned <= 0 >= self.adjustments[key], f"{project} counts more than it claims and owes")
            require(self.carry(key) == pinned, f"the carry of {project} of {key[1] or 'all'} is {self.carry(key)}")


def read(rows):
    """Check the rows of table `entry` one by one; give the root and what they come to."""
    books, leaves, at, part, parts, kind = Books(), [], "", 1, 1, ""
    for place, (n, leaf, data) in enumerate(rows):
        try:
            entry = decoded(data)
            leaves.append(hashlib.sha256(b"\x00" + data).digest())
            require(leaves[-1] == leaf, f"its leaf hash is {leaves[-1].hex()}, the file has {leaf.hex()}")
            require(n == entry["n"] == place and at < entry["at"] and entry["schema"] == 1, "it is out of order")
            require((place == 0) == (entry["type"] == "ledger.opened"), f"it is {entry['type']}")
            require(entry["command"]["part"] == part % parts + 1, "it does not go on with the command before it")
            at, part, parts = entry["at"], entry["command"]["part"], entry["command"]["parts"]
            goes_on, kind = part > 1 and kind == entry["type"], entry["type"]
            with localcontext(EXACT):
                books.follow(n, kind, entry["event"], goes_on)
        except ERRORS as error:
            raise ValueError(f"entry {place}: {error}") from error
    require(part == parts and leaves, "the log was cut off")
    return root_of(leaves), books


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly when a reader such as `head` has enough
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    setcontext(EXACT)
    try:
        file = sqlite3.connect(f"{Path(sys.argv[1]).absolute().as_uri()}?mode=ro", uri=True)
        require(file.execute("pragma application_id").fetchone()[0] == 0x434C6467, "it is no ledger")
        root, books = read(file.execute("select n, leaf, data from entry order by n"))
    except ERRORS as error:
        sys.exit(f"WRONG: {error}")
    print("root", root.hex())
    for key, units in sorted(books.balances.items()):
        print("balance", *key, units)
    for key in sorted(key for key in books.claimed.keys() | books.counted.keys() if key[0]):
        claimed, carry = (f"{number.normalize():f}" for number in (books.claimed[key], books.carry(key)))
        print("carry", key[0], key[1] or "all", carry, "claimed", claimed, "counted", books.counted[key])
