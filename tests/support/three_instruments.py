"""A plant in projects of three instruments, and the claims of its steps."""

from collections.abc import Callable, Iterator

import pytest
from tests.conftest import dump
from tests.support.other_registry import BAKU, set_up

import carbon_ledger as cl
from carbon_ledger import errors

GO, IREC, GC = (cl.instruments.BUILTIN[name] for name in ("EECS-GO", "I-REC-E", "GC"))
WHY = "sold in Europe"


def month(k: int) -> cl.Period:
    return cl.Period.month(2025, k, zone=BAKU)


def hours(k: int) -> cl.Period:
    """A day of January from which hours are recorded."""
    return cl.Period.day(f"2025-01-{k:02}", zone=BAKU)


@pytest.fixture
def books(ledger: cl.Ledger) -> Iterator[cl.Ledger]:
    """One plant in three projects (`irec`, `go`, `gc`), 10.6 MWh in each of two months; audited afterwards."""
    set_up(ledger)
    for k in (2, 3):
        ledger.record_generation("plant", month(k), net="10.6 MWh")
    yield ledger
    assert ledger.audit().findings == ()
    for project in ("irec", "go", "gc"):
        assert ledger.reconcile(project, cl.Period.year(2025, zone=BAKU)).holds


def issued(ledger: cl.Ledger, project: str = "irec", k: int = 2, to: str = "op") -> cl.Batch:
    (batch,) = ledger.issue(project, month(k), to=to)
    return batch


def claimed(ledger: cl.Ledger, k: int = 2) -> list[tuple[str, bool]]:
    return [(item.instrument, item.kept) for item in ledger.claims("plant", month(k))]


def refusal(kind: type[errors.CarbonLedgerError], ledger: cl.Ledger, do: Callable[[], object]) -> str:
    before = dump(ledger)
    with pytest.raises(kind) as refused:
        do()
    assert dump(ledger) == before
    return f"{getattr(refused.value, 'rule', '')}: {refused.value}"
