"""A plant with hourly readings, and a project of granular certificates."""

from collections.abc import Sequence

from tests.conftest import EVIDENCE, device

import carbon_ledger as cl
from carbon_ledger.ledger.commands.runs import Correction

MAY_1_UTC = 1_714_521_600  # 2024-05-01T00:00Z


def hours(first: int, last: int, step_s: int = 3600) -> cl.Period:
    """The period between the starts of two hours of 1 May 2024, UTC."""
    return cl.Period(MAY_1_UTC + first * step_s, MAY_1_UTC + last * step_s)


def text(k: int, minute: int = 0) -> str:
    """A time of 1 May 2024, UTC."""
    return f"2024-05-01T{k:02}:{minute:02}Z"


def set_up(
    ledger: cl.Ledger, *, zone: str = "UTC", devices: Sequence[str] = ("plant",), instrument: object = "GC"
) -> None:
    """Register devices of 100 MW and one project of granular certificates, `h`."""
    for name in devices:
        ledger.register_device(device(name, zone=zone))
    ledger.register_project(cl.Project(id="h", instrument=instrument, zone=zone, devices=tuple(devices)))


def record(
    ledger: cl.Ledger, values: Sequence[int], first: int = 0, name: str = "plant", step_s: int = 3600
) -> cl.Period:
    """The period of steps that are recorded, beginning with a step of the day."""
    period = hours(first, first + len(values), step_s)
    ledger.record_readings(name, start=period.start, step=f"{step_s} s", net_wh=list(values), evidence=EVIDENCE)
    return period


def issue(ledger: cl.Ledger, values: Sequence[int], first: int = 0, name: str = "plant") -> cl.Batch:
    """The batch of hours that are recorded and issued."""
    (batch,) = ledger.issue("h", record(ledger, values, first, name), to="op")
    return batch


def correct(
    ledger: cl.Ledger, values: Sequence[int], first: int = 0, name: str = "plant", step_s: int = 3600
) -> Correction:
    """Correct hours."""
    start = hours(first, first + 1, step_s).start
    return ledger.correct_readings(
        name, start=start, step=f"{step_s} s", net_wh=list(values), reason="misread", evidence=EVIDENCE
    )
