"""One retirement statement over many blocks, with a number of its own, as text, rows and HTML."""

from decimal import Decimal

import pytest
from tests.conftest import dump
from tests.support.expiring_plant import held, issued, month

import carbon_ledger as cl
from carbon_ledger import errors

__all__ = ["held"]

CLAIM = {"beneficiary": "Buyer Ltd", "purpose": "FY2025 claim", "period": cl.Period.year(2025, zone="UTC")}


def test_a_retirement_of_one_block_is_as_it_was(held: cl.Ledger) -> None:
    """Invariant 14: beneficiary, purpose and reporting period."""
    batch = issued(held, month(1))
    claim = held.retire(batch.take(4), **CLAIM)
    assert (claim.n, claim.number) == (held.size - 1, f"test/{held.size - 1}")
    assert (claim.block, claim.blocks, claim.count, claim.entries) == (batch.take(4), (batch.take(4),), 4, (claim.n,))
    assert (claim.account, claim.instrument) == ("op", "I-REC-E")
    assert (claim.beneficiary, claim.purpose, claim.period) == tuple(CLAIM.values())
    assert held.retirement(claim.n) == held.retirement(claim.number) == claim


def test_a_retirement_over_many_blocks_has_one_number(held: cl.Ledger) -> None:
    """Invariant 14: one statement, whatever happens afterwards."""
    one, two = issued(held, month(1)), issued(held, month(2))
    held.transfer((one.take(5), two), to="buyer")
    first = held.retire(cl.Selection(12, instrument="I-REC-E"), from_="buyer", **CLAIM)
    assert (first.blocks, first.count, first.account) == ((one.take(5), two.take(7)), 12, "buyer")
    with pytest.raises(errors.SerialError, match=r"it has 2 blocks, expected one; use \.blocks"):
        _ = first.block
    second = held.retire(two.cut(7)[1], **CLAIM)
    assert held.retirements("buyer") == (first, second)
    assert held.retirements("op") == ()
    assert held.as_of(entry=first.n).retirements("buyer") == (first,)
    assert first.number != second.number


@pytest.mark.slow
def test_a_retirement_over_a_thousand_blocks_is_one_statement(held: cl.Ledger) -> None:
    """Several entries, one number: the first entry's."""
    batch = issued(held, month(1), "6000 MWh")
    blocks = tuple(cl.Block(batch.batch_id, k, k) for k in range(1, 6000, 2))
    size = held.size
    claim = held.retire(blocks, key="k", **CLAIM)
    assert claim.entries == (size, size + 1, size + 2)
    assert (claim.n, claim.count, claim.blocks) == (size, 3000, blocks)
    assert held.retire(blocks, key="k", **CLAIM) == claim
    for n in claim.entries:
        assert held.retirement(n) == claim
    assert held.retirements("op") == (claim,)
    told = [item for item in held.statement("op").movements if item.type == "units.retired"]
    assert [(item.n, claim.number in item.detail) for item in told] == [(n, True) for n in claim.entries]
    assert sum(dict(item.changes)["retired"] for item in told) == 3000
    another = held.retire(f"{batch.batch_id}/2", **CLAIM)
    assert (another.n, another.entries) == (size + 3, (size + 3,))
    assert held.retirements("op") == (claim, another)


def test_units_of_two_instruments_are_not_one_claim(held: cl.Ledger) -> None:
    """1 MWh of one and 1 MWh of another do not add to a count of anything."""
    one, two = issued(held, month(1)), issued(held, month(1), project="go")
    before = dump(held)
    with pytest.raises(errors.RefusedError, match="EECS-GO, I-REC-E") as refused:
        held.retire([one, two], **CLAIM)
    assert refused.value.rule == "several-instruments"
    assert dump(held) == before
    held.cancel([one, two], reason="without a claim, nothing is added")


NO_RETIREMENTS = [0, 10**9, -1, "other/7", "test/x", "test/-3", "test", "7", "test/٣", f"test/{'9' * 5_000}"]


@pytest.mark.parametrize("name", [*NO_RETIREMENTS, None, True, 1.5, Decimal("NaN"), []])
def test_what_is_no_retirement_is_refused(held: cl.Ledger, name: int | str) -> None:
    issued(held, month(1))
    with pytest.raises(errors.RefusedError) as refused:
        held.retirement(name)
    assert refused.value.rule == "unknown-retirement"


def test_an_unknown_account_has_no_retirements(held: cl.Ledger) -> None:
    with pytest.raises(errors.UnknownAccountError):
        held.retirements("ghost")


def test_a_retirement_as_text_and_rows(held: cl.Ledger) -> None:
    one, two = issued(held, month(6, 2024), "1200 MWh"), issued(held, month(2))
    claim = held.retire([two.take(3), one.take(1100)], **CLAIM)
    n = claim.n
    assert str(claim).splitlines() == [
        f"Retirement test/{n}",
        "  recorded      2026-01-01T00:00:00Z",
        "  beneficiary   Buyer Ltd",
        "  purpose       FY2025 claim",
        "  period start  2025-01-01T00:00:00Z",
        "  period end    2026-01-01T00:00:00Z",
        "  account       op",
        "  instrument    I-REC-E",
        "  units in all  1,103",
        "  vintage  units  serials",
        f"     2025      3  {two.batch_id}/1-3",
        f"     2024  1,100  {one.batch_id}/1-1100",
    ]
    first, second = claim.rows()
    assert (first["number"], first["beneficiary"], first["units in all"]) == (f"test/{n}", "Buyer Ltd", 1103)
    assert (second["vintage"], second["units"], second["serials"]) == (2024, 1100, f"{one.batch_id}/1-1100")
    assert list(first) == list(second)
    assert {type(value) for row in claim.rows() for value in row.values()} <= {str, int, type(None)}


def test_html_escapes_what_people_wrote(held: cl.Ledger) -> None:
    """A beneficiary's name is not a program."""
    batch = issued(held, month(1))
    evil = '<script>alert("1")</script> & Söhne'
    claim = held.retire(batch.take(1), beneficiary=evil, purpose="<b>bold</b>", period=month(1))
    held.lock(batch.cut(1)[1], reason="<img src=x onerror=alert(2)>")
    for page in (
        claim._repr_html_(),
        held.statement("op")._repr_html_(),
        held.trace(f"{batch.batch_id}/1")._repr_html_(),
        held.trace(f"{batch.batch_id}/2")._repr_html_(),
        held.reconcile("p", month(1))._repr_html_(),
    ):
        assert page.startswith("<table><caption>")
        assert page.endswith("</table>")
        for tag in ("<script", "<b>", "<img"):
            assert tag not in page
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; Söhne" in claim._repr_html_()
    assert "&lt;img src=x" in held.statement("op")._repr_html_()
    assert Decimal(0) == held.reconcile("p", month(1)).debit
