"""Questions about calibrations: those of a meter, and late ones that an issuance did not apply."""

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.calibrations import RecordedCalibration, late_times
from carbon_ledger.core.calibrations import calibrations as calibrations_of_meter
from carbon_ledger.core.issuance.delayed import times_of_run
from carbon_ledger.periods import Period
from carbon_ledger.printing import printable
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.records import Record


@frozen(kw_only=True, repr=False)
class LateCalibration(Record):
    """Time of issued readings in which the calibration of a meter was late, and that the issuance did not correct.

    Attributes:
        issuance_n: The entry of the issuance.
        device: The device.
        meter: The meter.
        calibration_n: The entry of the calibration.
        period: The part of the claimed readings that lies in the late time.
        reason: Why the issuance did not correct them.
    """

    _in_repr = ("device", "meter", "issuance_n")

    issuance_n: int
    device: str
    meter: str
    calibration_n: int
    period: Period
    reason: str

    def __str__(self) -> str:
        """The finding in one line."""
        return printable(
            f"issuance {self.issuance_n}, {self.device}, {self.period}: the calibration of meter {self.meter} (entry "
            f"{self.calibration_n}) was late, and is not applied: {self.reason}"
        )


def calibrations(reader: Snapshot, meter: str) -> tuple[RecordedCalibration, ...]:
    """The calibrations of a meter, in the order in which they were done; see `RecordedCalibration`.

    Args:
        meter: The meter's id.

    Raises:
        UnknownMeterError: There is no such meter.
    """
    view = reader._view()
    return tuple(calibrations_of_meter(view, lookup.meter(view, meter).id))


def late_calibrations(reader: Snapshot, project: str) -> tuple[LateCalibration, ...]:
    """Where a calibration was late, and an issuance of the project that counts did not correct its readings for it.

    A quantification applies the calibrations that were recorded before its issuance, and only to carbon credits. A
    calibration that is recorded later changes no issuance. To apply it, correct the readings, or void the issuance and
    issue again.

    Args:
        project: The project's id.

    Raises:
        UnknownProjectError: There is no such project.

    Source:
        CDM validation and verification standard for project activities v2.0, paragraph 369. [P]
    """
    view = reader._view()
    item = lookup.project(view, project)
    found: list[LateCalibration] = []
    for issuance in view.issuances(item.id):
        if issuance.voided:
            continue
        for claim in view.claims_of(issuance.n):
            late = late_times(view, lookup.device(view, claim.device))
            for run in view.readings(claim.device, claim.start_utc, claim.end_utc) if late else ():
                for time in times_of_run(view, run, late):
                    start = max(time.start_utc, run.start_utc, claim.start_utc)
                    end = min(time.end_utc, run.end_utc, claim.end_utc)
                    n = time.calibration_n
                    if n is None or start >= end or (item.methodology is not None and n < issuance.n):
                        continue
                    found.append(
                        LateCalibration(
                            issuance_n=issuance.n,
                            device=claim.device,
                            meter=time.meter,
                            calibration_n=n,
                            period=Period(start, end),
                            reason="it was recorded after the issuance" if n > issuance.n else "no credits were issued",
                        )
                    )
    return tuple(found)
