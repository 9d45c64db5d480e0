"""The history of a carry: what each entry changed of its parts, and the debits."""

from decimal import Decimal

from tests.support.expiring_plant import corrected, issued, month, set_up

import carbon_ledger as cl
from carbon_ledger.ledger.queries.carry import CarryChange, carry_changes, debit_changes

ENTRIES = ("issuance.recorded", "issuance.recorded", "generation.corrected", "issuance.recorded", "issuance.voided")


def test_each_entry_is_what_it_changed(ledger: cl.Ledger) -> None:
    """Invariants 2 and 3: issued twice, sold, corrected, made good, voided; the changes add up to the carry."""
    set_up(ledger)
    first = issued(ledger, month(1), "10.5 MWh")
    issued(ledger, month(2), "4.75 MWh")
    ledger.transfer(first, to="buyer")
    corrected(ledger, month(1), "6.5 MWh")
    last = issued(ledger, month(3), "5.25 MWh")
    ledger.void(last, reason="an order")
    found = tuple(carry_changes(ledger._view(), "p"))
    assert tuple(change.type for change in found) == ENTRIES
    parts = [(str(item.claimed), item.counted, item.adjustments, str(item.before), str(item.carry)) for item in found]
    assert parts == [
        ("10.5", 10, 0, "0", "0.5"),
        ("4.75", 5, 0, "0.5", "0.25"),
        ("-4", 0, 0, "0.25", "-3.75"),
        ("5.25", 1, 0, "-3.75", "0.5"),
        ("-5.25", -1, 0, "0.5", "-3.75"),
    ]
    assert [(change.n, change.at) for change in found] == [(change.n, ledger.entry(change.n).at) for change in found]
    assert {change.project for change in found} == {"p"}
    assert [str(change) for change in found[1:]] == [
        "carry 0.25",
        "carry -3.75, debit 3.75 (3.75 of it new)",
        "carry 0.5, debit made good by 3.75",
        "carry -3.75, debit 3.75 (3.75 of it new)",
    ]
    assert debit_changes(ledger._view(), "p") == found[2:]
    assert list(carry_changes(ledger._view(), "go")) == []


def test_a_debit_in_words() -> None:
    def change(before: str, carry: str) -> CarryChange:
        return CarryChange(
            n=1,
            at="",
            type="",
            project="p",
            claimed=Decimal(0),
            adjustments=0,
            counted=0,
            before=Decimal(before),
            carry=Decimal(carry),
        )

    assert str(change("-2", "-2")) == "carry -2, debit 2"
    assert str(change("-5", "-2")) == "carry -2, debit made good by 3, 2 left"
    assert str(change("-2", "-5")) == "carry -5, debit 5 (3 of it new)"
    assert str(change("-2", "0")) == "carry 0, debit made good by 2"
    assert (change("-5", "1").made_good, change("-5", "1").incurred, change("-5", "1").debit) == (5, 0, 0)
