"""Serials of other registries to import, and a plant with projects of three instruments."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import EVIDENCE, device

import carbon_ledger as cl

BAKU = "Asia/Baku"
PRODUCTION = cl.Period.of("2025-01-01", "2025-09-01", zone=BAKU)
OTHER = "sha256:" + "0" * 64
GCC = cl.SerialGrammar(
    id="gcc",
    name="Global Carbon Council",
    forms=(
        cl.SerialForm("GCC-{project}-{vintage:digits 4}-{first}-{last}", space="{project}/{vintage}"),
        cl.SerialForm("GCC-{first}-{last}", space=""),
    ),
    lowest=0,
    source="a test [M]",
)


def gs(first: int, last: int, batch: int = 1, vintage: int = 2025) -> str:
    """A serial in the Gold Standard's grammar."""
    return f"GS1-1-AZ-GS1-2-{vintage}-{batch}-{first}-{last}"


def go(first: int, last: int, batch: int = 1) -> str:
    """A serial of certificates, in M-RETS's grammar, which names neither project nor instrument."""
    return f"MIRECS-123-MI-01-2025-{batch}-{first} to {last}"


def import_go(ledger: cl.Ledger, first: int, last: int, **more: Any) -> cl.Batch:
    """The batch of imported certificates, of instrument EECS-GO unless another is named."""
    given = {"registry": "m-rets", "instrument": "EECS-GO", "project": "Hydro-3"}
    return import_serial(ledger, go(first, last), **(given | more))


def import_serial(ledger: cl.Ledger, serial: str, **more: Any) -> cl.Batch:
    """The batch of an imported serial; keyword arguments replace those of `import_block`."""
    given = {
        "registry": "gold-standard",
        "instrument": "GS-VER",
        "to": "op",
        "production": PRODUCTION,
        "project": "GS1",
        "evidence": EVIDENCE,
    }
    return ledger.import_block(serial, **(given | more))


def set_up(ledger: cl.Ledger) -> None:
    """Register a plant with a project of each of three instruments."""
    ledger.register_device(device())
    for name, instrument in (("irec", "I-REC-E"), ("go", "EECS-GO"), ("gc", "GC")):
        ledger.register_project(cl.Project(id=name, instrument=instrument, zone=BAKU, devices=("plant",)))


@pytest.fixture
def open_ledger(ledger: cl.Ledger) -> Iterator[cl.Ledger]:
    """An empty ledger on each store, audited at the end of the test."""
    yield ledger
    assert ledger.audit().findings == ()


def event(ledger: cl.Ledger, n: int = -1) -> dict[str, Any]:
    return dict(ledger.entry(ledger.size + n).event)
