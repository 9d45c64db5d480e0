"""What all repetitions share: constants, and short forms of the commands that they repeat."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

import carbon_ledger as cl
from carbon_ledger.ledger.ledger import Ledger

EVIDENCE: Final = "sha256:" + "0" * 64
BEGAN: Final = datetime(2024, 1, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
YEAR: Final = cl.Period.year(2024, zone="UTC")
CLAIM: Final[Mapping[str, Any]] = MappingProxyType({"beneficiary": "B", "purpose": "use", "period": YEAR})
GAP: Final = (cl.Waiver("gap", "not metered yet"),)
TEXT: Final = (cl.Waiver("methodology-text", "compared with the published text"),)
FACTOR: Final = cl.EmissionFactor(
    factor_id="f", value="0.5", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="an example"
)
UNITS: Final = 100_000


def device(name: str) -> cl.Device:
    return cl.Device(
        id=name,
        name=name,
        technology="hydro/run-of-river",
        capacity="100 MW",
        country="AZ",
        grid="AZ",
        zone="UTC",
        commissioned="2024-01-01",
        capacity_before="50 MW",
    )


def project(name: str, instrument: str, devices: Sequence[str] = ("plant",), **more: Any) -> cl.Project:
    return cl.Project(id=name, instrument=instrument, zone="UTC", devices=tuple(devices), **more)


def period(first: int, last: int) -> cl.Period:
    return cl.Period.of(BEGAN + first * HOUR, BEGAN + last * HOUR)


def record(ledger: Ledger, net_wh: Sequence[int], first: int = 0, device: str = "plant") -> None:
    ledger.record_readings(device, start=BEGAN + first * HOUR, step="1 hour", net_wh=list(net_wh))


def issued(ledger: Ledger, instrument: str = "I-REC-E", hours: int = 1) -> cl.Batch:
    """A batch of 50 units for each hour."""
    ledger.register_project(project("p", instrument))
    record(ledger, [50 if instrument == "GC" else 50_000_000] * hours)
    return ledger.issue("p", period(0, hours), to="op")[0]


def import_batch(ledger: Ledger, first: int = 1, count: int = UNITS) -> cl.Batch:
    return ledger.import_block(
        f"GS1-1-KE-GS7495-16-2024-30645-{first}-{first + count - 1}",
        registry="gold-standard",
        instrument="GS-VER",
        to="op",
        production=YEAR,
        project="GS7495",
        evidence=EVIDENCE,
    )


def single_units(batch: cl.Batch, count: int) -> list[cl.Block]:
    """Blocks of one unit each, of every second unit of a batch."""
    return [cl.Block(batch.batch_id, 2 * k + 1, 2 * k + 1) for k in range(count)]


def correct(ledger: Ledger, hour: int, net_wh: int) -> None:
    ledger.correct_readings(
        "plant", start=BEGAN + hour * HOUR, step="1 hour", net_wh=[net_wh], reason="wrong ratio", evidence=EVIDENCE
    )
