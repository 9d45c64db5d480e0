"""The command that records a calibration of a meter."""

from collections.abc import Sequence
from typing import Any

from carbon_ledger.arguments import required_evidence
from carbon_ledger.canonical import identifier
from carbon_ledger.choices import Day
from carbon_ledger.core import lookup
from carbon_ledger.core.calibrations import calibration_of, calibrations, due_on
from carbon_ledger.core.entries.events import METER_CALIBRATED
from carbon_ledger.core.entries.splitting import Events
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import MissingDataError
from carbon_ledger.exact import text_of
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.metering.calibration import Calibration, MeterError


def record_calibration(
    ledger: Recorder,
    meter: str,
    *,
    done: Day,
    evidence: str,
    due: Day | None = None,
    maximum_error: str | MeterError | None = None,
    export_error: str | MeterError | None = None,
    import_error: str | MeterError | None = None,
    next_due: Day | None = None,
    laboratory: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Calibration:
    """Record a calibration of a meter. If it was late, later quantifications of credits deduct the error.

    Args:
        meter: The meter's id.
        done: The local day on which the calibration was done.
        evidence: Digest of the calibration certificate; see `digest_file`.
        due: The local day on which it was scheduled; by default, the day that the ledger has for it.
        maximum_error: The maximum permissible error of the meter; by default, that of its class. [``0.2 %``]
        export_error: The magnitude of the error found in export, if one was found. [``0.2 %``]
        import_error: The magnitude of the error found in import, if one was found. [``0.2 %``]
        next_due: The local day on which the next calibration is due.
        laboratory: Who did it.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The calibration as it was recorded.

    Raises:
        UnknownMeterError: There is no such meter.
        MissingDataError: *evidence* is missing; or *due* or *maximum_error*, and the ledger does not have it.
        QuantityError: An error is not text with a percent sign, or is 5 % or more.
        RefusedError: The calibration contradicts the ledger's schedule, an earlier calibration or the meter's class.
    """
    errors = {"maximum_error": maximum_error, "export_error": export_error, "import_error": import_error}
    days = {"due": due, "done": done, "next_due": next_due}
    request, missing = _request(meter, {**errors, **days, "laboratory": laboratory}, evidence)

    def plan(view: View) -> Events:
        return [(METER_CALIBRATED, {**request, **_known(view, meter, missing)})]

    (entry,) = ledger._record("record_calibration", request, plan, key=key, by=by)
    return calibration_of(entry)


def _request(meter: str, given: dict[str, Any], evidence: str) -> tuple[dict[str, Any], list[str]]:
    """The request in its normal form, and the names of the fields that the ledger has to know."""
    missing = [name for name in ("due", "maximum_error") if given[name] is None]
    left_out = {"due": given["done"], "maximum_error": "0 %"}
    item = Calibration(meter=identifier(meter, "meter"), **given | {name: left_out[name] for name in missing})
    request: dict[str, Any] = {**item.to_record(), "evidence": required_evidence(evidence, f"calibration of {meter}")}
    return {name: value for name, value in request.items() if name not in missing}, missing


def _known(view: View, meter: str, missing: Sequence[str]) -> dict[str, str]:
    """What the ledger knows of the fields that the caller left out."""
    found = lookup.meter(view, meter)
    due, share = due_on(found, calibrations(view, meter)), found.maximum_error
    known = {
        "due": None if due is None else due.isoformat(),
        "maximum_error": None if share is None else text_of(share),
    }
    fields: dict[str, str] = {}
    for name in missing:
        if (value := known[name]) is None:
            how = 'due="YYYY-MM-DD"' if name == "due" else 'maximum_error="0.5 %", or register the accuracy_class'
            raise MissingDataError(
                f"calibration of meter {meter}: {name} is missing, and the ledger has none; pass {how}"
            )
        fields[name] = value
    return fields
