"""Text from a ledger, a file or a caller is printed on one line, of bounded length, without running foreign code."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.hostile_values import VALUES

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.column import Column
from carbon_ledger.printing import lines, near, printable, printable_lines, quote, without_password
from carbon_ledger.tables import html_table, text_table

HOSTILE = "x\n  passed  all\r\x1b[2K\x07\u202egnp\u2066\u200b\u2028\u2029\x85\ufeff\ud800\U000e0041y"
SCRIPTS = "Şimal GES, ə, 水力発電所, hidroélectrica, Αιολικό, مزرعة, हिन्दी, 한국어 1,234 kWh €"
SOURCE = Path(cl.__file__).parent


def is_clean(text: str, own_lines: int) -> bool:
    """Whether a text has as many lines as this library wrote, and nothing that does not print."""
    return text.count("\n") == own_lines and text.replace("\n", "").isprintable()


@given(st.text())
def test_printable_text_is_one_line_of_printable_characters(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert shown.splitlines() in ([], [shown])
    assert (shown == text) == text.isprintable()
    assert not any(unicodedata.category(item) in ("Cc", "Cf", "Cs", "Zl", "Zp") for item in shown)


@pytest.mark.parametrize("text", [SCRIPTS, "", "  two  spaces "])
def test_letters_of_every_script_are_unchanged(text: str) -> None:
    assert printable(text) == text


def test_each_kind_of_unprintable_character_is_escaped() -> None:
    assert printable(HOSTILE) == (
        r"x\n  passed  all\r\x1b[2K\x07\u202egnp\u2066\u200b\u2028\u2029\x85\ufeff\ud800\U000e0041y"
    )
    assert lines("a\nb", "c") == "a\\nb\nc"
    assert printable_lines("a\nb\x1b") == "a\nb\\x1b"


@pytest.mark.parametrize("name", VALUES)
def test_any_value_is_quoted_in_a_bounded_line(name: str) -> None:
    for limit in (20, 80, 1_000):
        text = quote(VALUES[name](), limit)
        assert 0 < len(text) <= limit
        assert text.isprintable()


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -5, 1.5, "a", "it's\n", b"\0", Decimal("1.50"), Fraction(1, 3), (), (1,), (1, "a"), [1, [2]], {},
        {"a": 1}, {1}, set(), frozenset(), datetime(2025, 1, 1, tzinfo=UTC), Path("a"),
    ],
)  # fmt: skip
def test_a_plain_value_is_quoted_as_python_shows_it(value: object) -> None:
    shown = repr(value).replace("datetime.timezone.utc", repr(UTC))
    assert quote(value) == shown


def test_records_are_quoted_by_their_fields() -> None:
    assert quote(cl.Waiver("gap", "why")) == "Waiver(name='gap', reason='why')"
    assert quote(Column([1, 2])) == "(1, 2)"
    assert quote(MappingProxyType({"a": 1})) == "{'a': 1}"
    assert quote(object()) == "<object>"


def test_cut_text_ends_with_dots() -> None:
    assert quote("x" * 100, 10) == "'xxxxxx..."
    assert quote(10**30, 20) == "an integer of 100 bits"[:17] + "..."


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ben:s3cret@h/d",
        "a: postgres://ben:s3@cret@h/d: no connection",
        "PostgreSQL+psycopg2://ben:s3cret@h",
        "/work/postgresql:/ben:s3cret@h",
        "postgresql:///d?user=a&Password=s3cret&x=1",
        "mysql://ben:s3cret@h/d",
        "host=h sslpassword=s3cret",
        "host=h password = s3cret",
        "host=h password='s3 cret\\'s3'",
        "host=h password = 's3 cret'",
        "postgresql:///d?passwd=s3cret",
        "postgresql:\n//ben:s3cret@h/d",
    ],
)
def test_passwords_of_urls_are_hidden(text: str) -> None:
    shown = without_password(f"one {text} two")
    assert "s3" not in shown
    assert "***" in shown
    assert shown.startswith("one ")
    assert shown.endswith(" two")


@pytest.mark.parametrize("part", ["a", "a.", "://", "@", "postgres", "postgres+", "a+.-"])
def test_passwords_are_sought_in_a_long_text_once(part: str) -> None:
    """And not again from each of its letters, which takes minutes for such a text, such as an error's."""
    text = part * (400_000 // len(part))
    assert without_password(text) == text


def test_a_url_without_a_password_is_unchanged() -> None:
    for text in ("postgresql://ben@h:5432/d?user=x", "postgresql:///d?host=%2Ftmp&passfile=/p", "a:b@c"):
        assert without_password(text) == text


def test_only_text_resembles_a_name() -> None:
    assert near("CORSA", ["CORSIA", "E+"]) == ["CORSIA"]
    assert near(5, ["5"]) == near("x" * 10**6, ["x" * 10**6]) == []


KINDS = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.CarbonLedgerError)
]


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_of_an_error_is_escaped_and_bounded(kind: type[errors.CarbonLedgerError]) -> None:
    error = kind(HOSTILE, HOSTILE) if issubclass(kind, errors.RefusedError) else kind(HOSTILE)
    assert is_clean(str(error), HOSTILE.count("\n") * (2 if issubclass(kind, errors.RefusedError) else 1))
    assert len(str(kind("x" * 10**6, "y") if issubclass(kind, errors.RefusedError) else kind("x" * 10**6))) < 9_000


def test_tables_are_escaped_as_text_and_as_html() -> None:
    rows: list[dict[str, Any]] = [{"name": HOSTILE, "units": 1_000}, {"name": SCRIPTS, "units": 2}]
    assert is_clean("\n".join(text_table(rows)), 2)
    assert html_table(HOSTILE, rows).isprintable()


def test_no_message_of_the_library_builds_a_repr() -> None:
    """A conversion `!r` builds the whole repr before it is cut, and runs code of whoever made the value."""
    sources = [path for path in SOURCE.rglob("*.py") if "testing" not in path.parts and path.name != "printing.py"]
    assert len(sources) > 100
    found = [path.name for path in sources if re.search(r"\{[^{}\n]*!r[:}]", path.read_text(encoding="utf-8"))]
    assert found == ["mappings.py"]


def printed_texts(ledger: cl.Ledger) -> dict[str, str]:
    """Everything that a ledger prints."""
    (batch,) = ledger.batches("p")
    may = cl.Period.month(2024, 5, zone="Asia/Baku")
    texts: dict[str, Callable[[], object]] = {
        "audit": ledger.audit,
        "statement": lambda: ledger.statement("op"),
        "trace": lambda: ledger.trace(f"{batch.batch_id}/{batch.count}"),
        "reconciliation": lambda: ledger.reconcile("p", may),
        "retirement": lambda: ledger.retirements("op")[0],
        "quantification": lambda: ledger.trace(batch).quantification,
    }
    found = {name: make() for name, make in texts.items()}
    as_html = {f"{name} as HTML": item._repr_html_() for name, item in found.items() if hasattr(item, "_repr_html_")}
    return {name: str(item) for name, item in found.items()} | as_html


def test_texts_in_a_ledger_start_no_line() -> None:
    from tests.conftest import EVIDENCE, device
    from tests.messages.ledgers import MAY, begin

    def filled(text: str) -> cl.Ledger:
        ledger = begin()
        # In the order in which an auditor meets them: what a door refuses stays as it was.
        ledger.register_device(device())
        ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="Asia/Baku", devices=("plant",)))
        ledger.record_generation("plant", MAY, net="20 MWh", evidence=EVIDENCE)
        waiver = cl.Waiver("gap", tried(lambda: cl.Waiver("gap", text), text, "a reason").reason)
        (batch,) = ledger.issue("p", MAY, to="op", waivers=[waiver])
        for give in (
            lambda: ledger.transfer(batch.take(1), to="buyer", by=text),
            lambda: ledger.lock(batch.cut(1, 1)[1], reason=text),
            lambda: ledger.cancel(batch.cut(2, 1)[1], reason=text),
            lambda: ledger.export(batch.cut(3, 1)[1], to_registry=text, reference=text),
        ):
            tried(give, text, None)
        claim = {"period": MAY, "beneficiary": "B", "purpose": "use"}
        tried(lambda: ledger.retire(batch.cut(4, 1)[1], **(claim | {"beneficiary": text, "purpose": text})), text, None)
        if not ledger.retirements("op"):
            ledger.retire(batch.cut(4, 1)[1], **claim)
        tried(lambda: ledger.correct_generation("plant", MAY, net="19 MWh", reason=text, evidence=EVIDENCE), text, None)
        return ledger

    def tried(make: Callable[[], Any], text: str, default: Any) -> Any:
        try:
            return make()
        except (errors.QuantityError, errors.WaiverError):
            return cl.Waiver("gap", default) if default else None

    plain = printed_texts(filled("a plain text"))
    for name, text in printed_texts(filled(HOSTILE.replace("\ud800", ""))).items():
        assert is_clean(text, text.count("\n")), name
        assert "passed  all" not in [line.strip() for line in text.splitlines()]
        assert "\n  passed  all" not in text, name
    assert set(plain) == set(printed_texts(filled("another")))


def test_a_finding_of_a_forged_entry_is_one_line() -> None:
    finding = cl.Finding("a check", 3, HOSTILE)
    assert is_clean(str(finding), 0)
    report = cl.AuditReport(ledger_id=HOSTILE, size=1, root="", checks=(("a check", 1),), findings=(finding,))
    assert is_clean(str(report), 2)
