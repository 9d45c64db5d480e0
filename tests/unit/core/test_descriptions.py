"""Descriptions of documents: the latest is shown, the earlier ones stay, and statements and traces have the title."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from attrs import evolve
from tests.conftest import EVIDENCE, device, dump
from tests.support.forging import found_in
from tests.support.meter_file import LAYOUT

import carbon_ledger as cl
from carbon_ledger import errors

MAY = cl.Period.month(2025, 5, zone="Asia/Baku")
STANDINGS = f'last_standing = "1"\nfirst_standing = "0"\nevidence = "{EVIDENCE}"\n'
REGISTER = 'kind = "register"\n\n'
FLAGS = 'b = "measured"\na = "estimated"\n'


def test_a_document_is_described_again(ledger: cl.Ledger) -> None:
    first = ledger.describe_document(EVIDENCE, kind="letter", title="A letter")
    second = ledger.describe_document(EVIDENCE, kind="invoice", title="An invoice", holder="the bank")
    other = ledger.describe_document("sha256:" + "1" * 64, kind="letter", title="A letter")
    assert (second.title, second.holder, second.entries) == ("An invoice", "the bank", (first.n, second.n))
    assert ledger.document(EVIDENCE) == second
    assert ledger.documents() == (second, other)
    assert ledger.as_of(entry=first.n).documents() == (first,)
    assert ledger.audit().passed


def test_the_same_description_is_refused(ledger: cl.Ledger) -> None:
    ledger.describe_document(EVIDENCE, kind="letter", title="A letter", key="k")
    before = dump(ledger)
    with pytest.raises(errors.RefusedError, match="in the same words") as refused:
        ledger.describe_document(EVIDENCE, kind="letter", title="A letter")
    assert (refused.value.rule, dump(ledger)) == ("described-already", before)
    assert ledger.describe_document(EVIDENCE, kind="letter", title="A letter", key="k").n == ledger.size - 1


@pytest.mark.parametrize(
    "days",
    [
        {"covers_from": "2025-05-01"},
        {"covers_until": "2025-05-01"},
        {"covers_from": "2025-05-02", "covers_until": "2025-05-01"},
        {"issued": "2025-02-30"},
    ],
)
def test_days_that_are_not_in_order_are_refused(ledger: cl.Ledger, days: dict[str, str]) -> None:
    before = dump(ledger)
    with pytest.raises(errors.PeriodError):
        ledger.describe_document(EVIDENCE, kind="letter", title="A letter", **days)
    assert dump(ledger) == before


def test_an_unknown_document_is_named(ledger: cl.Ledger) -> None:
    for name in ("sha256:" + "1" * 64, "x", None):
        with pytest.raises(errors.UnknownThingError) as refused:
            ledger.document(name)
        assert refused.value.rule == "unknown-document"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": "A letter", "kind": "letter"}, "in the same words"),
        ({"covers_from": "2025-05-02", "covers_until": "2025-05-01"}, "covers_until"),
        ({"covers_from": "2025-05-02"}, "covers_from and covers_until"),
        ({"issued": "2025-02-30"}, "does not exist"),
    ],
)
def test_a_forged_description_is_a_finding(change: dict[str, str], words: str) -> None:
    """Domain invariant 34."""
    ledger = cl.open_ledger(":memory:")
    ledger.describe_document(EVIDENCE, kind="letter", title="A letter")
    ledger.describe_document(EVIDENCE, kind="letter", title="Another letter")
    assert words in str(found_in(ledger, ledger.size - 1, lambda event: event.update(change)))


def test_a_layout_is_kept_until_another_one_is_recorded(ledger: cl.Ledger) -> None:
    first = ledger.describe_document(EVIDENCE, kind="meter-file", title="May", layout=LAYOUT)
    assert (first.layout, ledger.meter_layout(EVIDENCE)) == (LAYOUT, LAYOUT)
    assert ledger.entry(first.n).event["layout"] == LAYOUT.to_toml()
    ledger.describe_document(EVIDENCE, kind="meter-file", title="May 2025")
    assert ledger.document(EVIDENCE).layout == LAYOUT
    other = evolve(LAYOUT, name="other", quality={"column": "Güte", "flags": {"geschätzt": "estimated"}})
    ledger.describe_document(EVIDENCE, kind="meter-file", title="May 2025", layout=other)
    assert ledger.meter_layout(EVIDENCE) == other
    assert ledger.as_of(entry=first.n).meter_layout(EVIDENCE) == LAYOUT
    assert ledger.as_of(entry=first.n - 1).documents() == ()
    assert ledger.audit().passed


def test_equal_layouts_have_one_text(ledger: cl.Ledger) -> None:
    """The order of flags, and how a time is given, say nothing."""
    exchange = {"last_standing": "1", "first_standing": "0", "evidence": EVIDENCE}
    flags = {"b": "measured", "a": "estimated"}
    one, other = (
        evolve(
            LAYOUT,
            values={"column": "net", "kind": "register"},
            quality={"column": "q", "flags": dict(names)},
            exchanges=[exchange | {"at": at}],
        )
        for names, at in (
            (flags.items(), "2025-05-01T00:00:00Z"),
            (reversed(flags.items()), datetime(2025, 5, 1, tzinfo=UTC)),
        )
    )
    assert one == other
    assert one.to_toml() == other.to_toml()
    ledger.describe_document(EVIDENCE, kind="meter-file", title="May", layout=other)
    assert (ledger.meter_layout(EVIDENCE), ledger.audit().passed) == (one, True)


def test_a_layout_of_a_long_dotted_key_is_refused_before_it_is_read() -> None:
    """Invariant 36: the standard library needs an hour for this megabyte, the square of its dots."""
    with pytest.raises(errors.QuantityError, match="dots"):
        cl.MeterLayout.from_toml("name" + ".a" * 500_000 + " = 1")
    assert cl.MeterLayout.from_toml(evolve(LAYOUT, source="." * 1_000).to_toml()).source == "." * 1_000


def test_an_unknown_layout_is_named(ledger: cl.Ledger) -> None:
    ledger.describe_document(EVIDENCE, kind="letter", title="A letter")
    for name in (EVIDENCE, "x", None):
        with pytest.raises(errors.UnknownThingError) as refused:
            ledger.meter_layout(name)
        assert refused.value.rule == "unknown-layout"


@pytest.mark.parametrize(
    "layout",
    [
        "a text",
        LAYOUT.to_toml(),
        evolve(LAYOUT, source="x" * 1_000, values=[{"column": f"{k}{'x' * 900}", "unit": "kWh"} for k in range(12)]),
    ],
)
def test_a_layout_that_cannot_be_recorded_is_refused(ledger: cl.Ledger, layout: object) -> None:
    before = dump(ledger)
    with pytest.raises(errors.QuantityError, match="layout"):
        ledger.describe_document(EVIDENCE, kind="meter-file", title="May", layout=layout)
    assert dump(ledger) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text + "nothing = 1\n", "no field 'nothing'"),
        (lambda text: text.replace('"Asia/Baku"', '"Asia/Nowhere"'), "Asia/Nowhere"),
        (lambda text: text.replace('"net"', '"net"\nunit = "kV"'), "kV"),
        (lambda _: "not TOML", "not TOML"),
        (lambda _: "name = " + "9" * 5_000, "not TOML"),
        (lambda _: "a=" + "[" * 5_000, "not TOML"),
        (lambda _: "name" + ".a" * 4_990 + " = 1", "4,990 dots"),
        (lambda text: f"# a comment\n{text}", "not as MeterLayout writes it"),
        (lambda text: text + "\n", "not as MeterLayout writes it"),
        (
            lambda text: f"{text}{REGISTER}[[exchanges]]\nat = 2025-05-01T00:00:00Z\n{STANDINGS}",
            "not as MeterLayout writes it",
        ),
        (lambda text: f"{text}\n[[exchanges]]\nat = 2025-05-01\n{STANDINGS}", "exchange: at"),
        (lambda text: f'{text}\n[quality]\ncolumn = "q"\n\n[quality.flags]\n{FLAGS}', "not as MeterLayout writes it"),
        (
            lambda text: text.replace('zone = "Asia/Baku"\n', 'zone = "Asia/Baku"\nremainder = "refuse"\n'),
            "not as Meter",
        ),
    ],
)
def test_a_forged_layout_is_a_finding(change: Callable[[str], str], words: str) -> None:
    """Domain invariants 34 and 36: the text is that of a layout, as this library writes it."""
    ledger = cl.open_ledger(":memory:")
    ledger.describe_document(EVIDENCE, kind="meter-file", title="May", layout=LAYOUT)
    found = found_in(ledger, ledger.size - 1, lambda event: event.update(layout=change(event["layout"])))
    assert words in str(found)


def test_traces_and_statements_show_the_title(ledger: cl.Ledger) -> None:
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)))
    ledger.record_generation("plant", MAY, net="10 MWh", evidence=EVIDENCE)
    (batch,) = ledger.issue("p", MAY, to="op")
    ledger.lock(batch.take(3), reason="a dispute", evidence=EVIDENCE)
    assert f"{EVIDENCE}\n" in str(ledger.trace(batch))
    ledger.describe_document(EVIDENCE, kind="settlement-statement", title="Settlement of May")
    trace = ledger.trace(batch)
    assert f"{EVIDENCE}, Settlement of May (settlement-statement)" in str(trace)
    assert trace.titles == ((EVIDENCE, "Settlement of May (settlement-statement)"),)
    assert "locked: a dispute; evidence: Settlement of May (settlement-statement)" in str(ledger.statement("op"))
