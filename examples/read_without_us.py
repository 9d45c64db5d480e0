"""Read a ledger file with nothing but Python's standard library: its root, its balances, its carries.

Nothing of carbon-ledger is imported: the format is written down in docs/reference/entries.md, and a reader
in another language takes the same steps. ``python read_without_us.py FILE`` prints what the entries come
to and exits with 0, or says what is wrong and exits with 1.
"""

import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterable
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from pathlib import Path
from typing import Any

# Events that move no unit and no carry. A type that is not known at all is an error, never skipped.
OTHERS = """ledger.opened account.opened device.registered meter.registered methodology.adopted
    factor.adopted generation.recorded meter.recorded""".split()


def require(true: bool, message: str) -> None:
    if not true:
        raise ValueError(message)


def decoded(data: bytes) -> Any:
    """Decode JSON that must be canonical: written again, it gives the same bytes."""
    value = json.loads(data, parse_float=lambda text: require(False, f"{text} is no whole number"))
    again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    require(again == data, "its JSON is not canonical")
    return value


def root_of(level: list[bytes]) -> bytes:
    """Hash leaf hashes into the root of RFC 6962; what has no sibling goes up as it is."""
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        nodes = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
        level = nodes + level[2 * len(nodes) :]
    return level[0] if level else hashlib.sha256(b"").digest()


class Books:
    """What follows from the entries, event by event."""

    def __init__(self) -> None:
        self.instruments: dict[str, str] = {}  # of each project
        self.carries: dict[str, dict[str, Any]] = {}  # of each project: claimed amount, adjustments, counted units
        self.issuances: dict[int, tuple[str, list[str]]] = {}  # by entry: project and batches
        self.amounts: dict[int, Decimal] = {}  # by entry of the issuance, as it stands
        self.pieces: dict[str, list[tuple[int, int, str, str]]] = {}  # of each batch: first, last, account, state
        self.balances: dict[tuple[str, str], dict[str, int]] = {}  # of account and instrument: units in each state
        self.text = self.document = ""

    def add(self, account: str, batch: str, state: str, units: int) -> None:
        zero = {"active": 0, "retired": 0, "cancelled": 0, "withdrawn": 0}
        self.balances.setdefault((account, self.instruments[batch.split("/")[0]]), zero)[state] += units

    def move(self, batch: str, first: int, last: int, state: str, holder: str = "", to: str = "") -> None:
        """Cut a batch at a block's edges and move what lies between; all of it must be active."""
        pieces = []
        for low, high, account, was in self.pieces[batch]:
            left, right = max(low, first), min(high, last)
            parts = [(low, min(high, first - 1), account, was), (max(low, last + 1), high, account, was)]
            if left <= right:
                require(was == "active" and holder in ("", account), f"{batch}/{left} is {was}, {account}'s")
                parts.insert(1, (left, right, to or account, state))
                self.add(account, batch, was, left - right - 1)
                self.add(to or account, batch, state, right - left + 1)
            pieces += [part for part in parts if part[0] <= part[1]]
        require(1 <= first <= last <= pieces[-1][1], f"{batch} has no block {first}-{last}")
        self.pieces[batch] = pieces
        if state == "withdrawn":
            self.carries[batch.split("/")[0]]["counted"] -= last - first + 1

    def claim(self, issuance: int, amounts: Any) -> None:
        """Set what an issuance claims."""
        amount = sum((Decimal(item["amount"]) for item in amounts), Decimal(0))
        self.carries[self.issuances[issuance][0]]["claimed"] += amount - self.amounts.get(issuance, 0)
        self.amounts[issuance] = amount

    def carry(self, project: str, pinned: Any = None) -> Decimal:
        """The carry, which an event may pin."""
        of = self.carries[project]
        carry = Decimal(of["claimed"] + of["adjustments"] - of["counted"])
        require(pinned is None or Decimal(pinned["amount"]) == carry, f"{project} carries {carry}, not {pinned}")
        return carry

    def issue(self, n: int, event: Any) -> None:
        project = event["project"]
        require(event["quantification"] == self.document, "its quantification is not the document before it")
        self.carries.setdefault(project, {"claimed": Decimal(0), "adjustments": 0, "counted": 0})
        self.issuances[n] = (project, [f"{project}/{item['vintage']:04d}/{n}" for item in event["batches"]])
        for batch, item in zip(self.issuances[n][1], event["batches"], strict=True):
            self.pieces[batch] = [(1, item["count"], event["account"], "active")]
            self.add(event["account"], batch, "active", item["count"])
            self.carries[project]["counted"] += item["count"]
        self.claim(n, event["amounts"])
        self.carry(project, event["carry"])

    def follow(self, n: int, kind: str, event: Any) -> None:
        """What one event does to units and carries."""
        match kind:
            case "project.registered":
                self.instruments[event["project"]] = event["instrument"]["id"]
            case "document.recorded":
                self.text = event["text"] if event["part"] == 1 else self.text + event["text"]
                self.document = f"sha256:{hashlib.sha256(self.text.encode()).hexdigest()}"
                whole = event["part"] == event["parts"]
                require(not whole or self.document == event["sha256"], "the document is not the one it names")
            case "issuance.recorded":
                self.issue(n, event)
            case "issuance.voided":
                project, batches = self.issuances[event["issuance"]]
                for batch, (first, last, _, state) in [(b, piece) for b in batches for piece in self.pieces[b]]:
                    if state != "withdrawn":
                        self.move(batch, first, last, "withdrawn")
                self.claim(event["issuance"], [])
                self.carry(project, event["carry"])
            case "generation.corrected":
                for effect in event["issuances"]:
                    self.claim(effect["issuance"], effect["amounts"])
                    for block in effect["withdrawn"]:
                        self.move(block["batch"], block["first"], block["last"], "withdrawn")
                for item in event["carries"]:
                    self.carry(item["project"], item["carry"])
            case "units.transferred" | "units.retired" | "units.cancelled" | "units.withdrawn":
                state = kind.removeprefix("units.").replace("transferred", "active")
                holder = event.get("from", event.get("account", ""))
                self.move(event["batch"], event["first"], event["last"], state, holder, event.get("to", ""))
                if state == "withdrawn":
                    project = event["batch"].split("/")[0]
                    self.carries[project]["adjustments"] -= event["last"] - event["first"] + 1
            case _:
                require(kind in OTHERS, f"{kind} is unknown: a newer version wrote it")


def read(rows: Iterable[tuple[int, bytes, bytes]]) -> tuple[bytes, Books]:
    """Check the rows of a ledger file one by one; give their root and what they come to."""
    books, leaves = Books(), []
    at, part, parts = "", 1, 1
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
    require(part == parts and bool(leaves), "the log was cut off")
    return root_of(leaves), books


def main(path: str) -> int:
    try:
        file = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
        require(file.execute("pragma application_id").fetchone()[0] == 0x434C6467, "it is no ledger")
        root, books = read(file.execute("select n, leaf, data from entry order by n"))
    except (sqlite3.Error, ValueError) as error:
        print(f"WRONG: {path}: {error}")
        return 1
    print("root", root.hex())
    for (account, instrument), units in sorted(books.balances.items()):
        print("balance", account, instrument, *(f"{state} {count}" for state, count in units.items()))
    for project, of in sorted(books.carries.items()):
        carry = f"{books.carry(project).normalize():f}"
        print("carry", project, carry, *(f"{name} {number.normalize():f}" if name == "claimed" else f"{name} {number}" for name, number in of.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
