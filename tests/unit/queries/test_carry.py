"""The history of a carry: what each entry changed of its parts, and the debits."""

from decimal import Decimal

from tests.support.expiring_plant import corrected, issued, month, set_up

import carbon_ledger as cl
from carbon_ledger.queries.carry import CarryChange, carry_changes, debit_changes, debit_in_words

ENTRIES = ("issuance.recorded", "issuance.recorded", "generation.corrected", "issuance.recorded", "issuance.voided")


def stand(units: str, n: int) -> str:
    if units.startswith("0."):
        return f": debit of {units} since entry {n} (less than one unit)"
    return f": {units} units stand without energy behind them, since entry {n}"


def test_each_entry_is_what_it_changed(ledger: cl.Ledger) -> None:
    """Invariants 2 and 3: issued twice, sold, corrected, made good, voided; the changes add up to the carry."""
    set_up(ledger)
    first = issued(ledger, month(1), "10.5 MWh")
    issued(ledger, month(2), "4.75 MWh")
    ledger.transfer(first, to="buyer")
    corrected(ledger, month(1), "4.5 MWh")  # the other five units were not sold
    last = issued(ledger, month(3), "5.25 MWh")
    ledger.void(last, reason="an order")
    found = tuple(carry_changes(ledger._view(), "p"))
    assert tuple(change.type for change in found) == ENTRIES
    parts = [(str(item.claimed), item.counted, item.adjustments, str(item.before), str(item.carry)) for item in found]
    assert parts == [
        ("10.5", 10, 0, "0", "0.5"),
        ("4.75", 5, 0, "0.5", "0.25"),
        ("-6", -5, 0, "0.25", "-0.75"),
        ("5.25", 4, 0, "-0.75", "0.5"),
        ("-5.25", -4, 0, "0.5", "-0.75"),
    ]
    assert [(change.n, change.at) for change in found] == [
        (change.n, ledger.entry(change.n).recorded_at) for change in found
    ]
    assert {change.project for change in found} == {"p"}
    assert [str(change) for change in found[1:]] == [
        "carry 0.25",
        f"carry -0.75, debit 0.75 (0.75 of it new){stand('0.75', found[2].n)}",
        "carry 0.5, debit made good by 0.75",
        f"carry -0.75, debit 0.75 (0.75 of it new){stand('0.75', found[4].n)}",
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
            since=9 if Decimal(carry) < 0 else None,
            vintages=(),
        )

    assert str(change("-2", "-2")) == "carry -2, debit 2" + stand("2", 9)
    assert str(change("-5", "-2")) == "carry -2, debit made good by 3, 2 left" + stand("2", 9)
    assert str(change("-2", "-5")) == "carry -5, debit 5 (3 of it new)" + stand("5", 9)
    assert str(change("-2", "0")) == "carry 0, debit made good by 2"
    assert (change("-5", "1").made_good, change("-5", "1").incurred, change("-5", "1").debit) == (5, 0, 0)
    assert debit_in_words(Decimal(1), 4) == "1 unit stands without energy behind it, since entry 4"
    assert debit_in_words(Decimal(0), None) == ""


def test_carry_is_shown_by_vintage(ledger: cl.Ledger) -> None:
    """Invariants 3 and 20: of each vintage, and of it with the older ones; and since when units lack energy."""
    set_up(ledger)
    assert (ledger.carry("p").vintages, ledger.carry("p").carry) == ((), 0)
    issued(ledger, month(1, 2024), "5.5 MWh")
    first = issued(ledger, month(1), "4 MWh")
    assert str(ledger.carry("p")).splitlines() == [
        "Carry of p",
        "  vintage  claimed  adjustments  counted  carry  with older vintages",
        "  2024     5.5      0            5        0.5    0.5",
        "  2025     4        0            4        0      0.5",
        "  total    9.5      0            9        0.5",
    ]
    ledger.transfer(first, to="buyer")
    ledger.withdraw(first.take(1), reason="an order")
    corrected(ledger, month(1, 2024), "0 MWh")
    corrected(ledger, month(1), "1 MWh")
    entry = ledger.size - 1
    found = ledger.carry("p")
    assert (found.debit, found.debit_since) == (3, entry)
    assert [(item.vintage, item.carry, item.cumulative, item.debit) for item in found.vintages] == [
        (2024, 0, 0, 0),
        (2025, -3, -3, 3),
    ]
    assert [(item.claimed, item.adjustments, item.counted) for item in found.vintages] == [(0, 0, 0), (1, -1, 3)]
    assert found.debit_text == f"3 units stand without energy behind them, since entry {entry}"
    assert str(found).splitlines()[-1] == f"  {found.debit_text}"
    assert found._repr_html_().count("<tr>") == 4
    corrected(ledger, month(1, 2024), "2.5 MWh")
    last = list(carry_changes(ledger._view(), "p"))[-1]
    assert str(last) == (
        "carry -0.5: 2.5 of 2024 (2.5 with older ones), -3 of 2025 (-0.5 with older ones), debit made good by 2.5, "
        f"0.5 left{stand('0.5', entry)}"
    )
    assert ledger.as_of(entry=entry).carry("p") == found
    told = ledger.reconcile("p", month(1, 2024))
    assert (told.holds, told.debit_since, told.vintages) == (True, entry, ledger.carry("p").vintages)
    assert {"what": f"  {ledger.carry('p').debit_text}", "amount": "", "unit": ""} in told.rows()
