"""Meter error: what is deducted from metered energy if a calibration was late.

A missing reading is not a meter error: it counts as zero. The ledger refuses the gap; with a waiver, the ledger lists
the gap's interval and credits nothing for it.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from attrs import field, frozen
from attrs.converters import optional

from carbon_ledger.errors import InexactNumberError, QuantityError
from carbon_ledger.exact import Rounding, arithmetic, checked_decimal, plain, text_of
from carbon_ledger.periods.instants import checked_date
from carbon_ledger.printing import quote
from carbon_ledger.records import Record, reads_record
from carbon_ledger.texts import line
from carbon_ledger.units import energy_wh

# Meters of active energy are of class 0.1 to 2. With an error of 5 %, a meter is broken: no correction helps.
LIMIT_SHARE: Final = Decimal("0.05")

_PERCENT: Final = re.compile(r"([0-9]{1,40}(?:\.[0-9]{1,40})?) ?%", re.ASCII)


def share_of(value: object, name: str) -> Decimal:
    """Read a percentage as a share.

    Args:
        value: Text with a percent sign, e.g. ``0.2 %``. A bare number is refused, since 0.2 could be a percentage
            or a share, which differ by a factor of a hundred.
        name: What the percentage is, for the message.

    Returns:
        The share, exact: 0.2 % is 0.002.

    Raises:
        QuantityError: *value* is not text, has no percent sign, or is not a plain number of 0 or more.

    Example:
        >>> share_of("0.2 %", "meter error")
        Decimal('0.002')
    """
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise QuantityError(
            f'{name} {quote(value)}: expected text with a percent sign and without a plus or minus, e.g. "0.2 %"; '
            "a bare number could be a percentage or a share"
        )
    with arithmetic():
        return plain(Decimal(match[1]).scaleb(-2))


def _share(value: object) -> Decimal:
    return share_of(value, "meter error")


@frozen(order=True, repr=False)
class MeterError(Record):
    """The error of a meter, as a magnitude.

    Args:
        share: The error. [text with a percent sign, ``0.2 %``]

    Raises:
        QuantityError: The error is not such a text, or is 5 % or more: a class 0.2 meter has 0.2 %, not 20 %.

    Example:
        >>> MeterError("0.2 %").share, str(MeterError("0.20%"))
        (Decimal('0.002'), '0.2 %')
        >>> MeterError("20 %")
        Traceback (most recent call last):
        ...
        carbon_ledger.errors.QuantityError: meter error 20 %: expected below 5 %; billing meters are of class 0.1 to 2
    """

    _is_line = True

    share: Decimal = field(converter=_share)

    def __attrs_post_init__(self) -> None:
        """Refuse an error that no working meter has."""
        if self.share >= LIMIT_SHARE:
            raise QuantityError(f"meter error {self}: expected below 5 %; billing meters are of class 0.1 to 2")

    def __str__(self) -> str:
        """The error as text that `MeterError` reads."""
        with arithmetic():
            return f"{text_of(self.share.scaleb(2))} %"


def _error(value: object) -> MeterError:
    return value if isinstance(value, MeterError) else MeterError(value)


def error_of_share(text: str) -> MeterError:
    """The meter error that an entry pins as a share.

    Args:
        text: The share as plain decimal text: ``0.002`` is 0.2 %.

    Raises:
        QuantityError: The share is not a number of 0 or more below 0.05.

    Example:
        >>> str(error_of_share("0.002"))
        '0.2 %'
    """
    with arithmetic():
        return MeterError(f"{text_of(checked_decimal(text, 'meter error').scaleb(2))} %")


def _due(value: object) -> date:
    return checked_date(value, "due")


def _done(value: object) -> date:
    return checked_date(value, "done")


def _next_due(value: object) -> date | None:
    return None if value is None else checked_date(value, "next_due")


@frozen(kw_only=True, repr=False)
class Calibration(Record):
    """A calibration of a meter: when it was due, when it was done, and the errors that it found.

    Args:
        meter: The meter's id.
        due: The local day on which the calibration was scheduled.
        done: The local day on which it was done. If it is after *due*, the calibration was late.
        maximum_error: The maximum permissible error of the meter, e.g. that of its class. [``0.2 %``]
        export_error: The magnitude of the error found in the measurement of export; None: no error was found.
        import_error: The magnitude of the error found in the measurement of import; None: no error was found.
        next_due: The local day on which the next calibration is due, if it is scheduled.
        laboratory: Who did the calibration.

    Raises:
        QuantityError: An error is not a text with a percent sign, or is 5 % or more; the next calibration is not due
            after this one was done; or a name is not a line of text.
        PeriodError: A date is invalid.
    """

    _derived = ("is_late",)

    meter: str
    due: date = field(converter=_due)
    done: date = field(converter=_done)
    maximum_error: MeterError = field(converter=_error)
    export_error: MeterError | None = field(default=None, converter=optional(_error))
    import_error: MeterError | None = field(default=None, converter=optional(_error))
    next_due: date | None = field(default=None, converter=_next_due)
    laboratory: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a next calibration that is not after this one."""
        if self.next_due is not None and self.next_due <= self.done:
            raise QuantityError(
                f"calibration of {self.meter}: the next one is due on {self.next_due}, expected a day after {self.done}"
            )
        if self.laboratory is not None:
            line(self.laboratory, f"calibration of {self.meter}: laboratory")

    @property
    def is_late(self) -> bool:
        """Whether the calibration was done after the day on which it was due."""
        return self.done > self.due

    def to_record(self) -> dict[str, str]:
        """The fields as an entry pins them, errors as shares, without fields that were not given."""
        record = {"meter": self.meter, "due": self.due.isoformat(), "done": self.done.isoformat()}
        for name in ("maximum_error", "export_error", "import_error"):
            if (error := getattr(self, name)) is not None:
                record[name] = text_of(error.share)
        if self.next_due is not None:
            record["next_due"] = self.next_due.isoformat()
        if self.laboratory is not None:
            record["laboratory"] = self.laboratory
        return record

    @classmethod
    @reads_record("a calibration")
    def from_record(cls, record: Mapping[str, Any]) -> "Calibration":
        """The calibration that an entry pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        errors = ("maximum_error", "export_error", "import_error")
        fields: dict[str, Any] = dict(record)
        fields |= {name: error_of_share(record[name]) for name in errors if name in record}
        return cls(**fields)


def delayed_calibration_error(maximum_permissible: MeterError, identified: MeterError | None = None) -> MeterError:
    """The error by which readings between the scheduled and the actual calibration are corrected.

    Args:
        maximum_permissible: The instrument's maximum permissible error, e.g. its accuracy class.
        identified: The error that the late test found; None: it found no error.

    Returns:
        The maximum permissible error if the late test found no error or a smaller one; otherwise the error found.

    Source:
        CDM validation and verification standard for project activities v2.0, paragraph 369. [P]

    Example:
        >>> str(delayed_calibration_error(MeterError("0.2 %"), MeterError("0.35 %")))
        '0.35 %'
    """
    return maximum_permissible if identified is None else max(maximum_permissible, identified)


def calibrated_net(export: object, import_: object, error: MeterError, *, rounding: Rounding | None = None) -> int:
    """Metered net energy corrected for a meter's error: less export, and more import.

    Args:
        export: Metered export, not the invoiced volume. [energy; kWh, MWh, ...]
        import_: Metered import. [energy; kWh, MWh, ...]
        error: The error to correct by, e.g. of `delayed_calibration_error`.
        rounding: How to round a result finer than 1 Wh; its places must be 0. None: such a result is refused.

    Returns:
        Export x (1 - error) - import x (1 + error). [Wh]

    Raises:
        InexactNumberError: The result is finer than 1 Wh and *rounding* is None, or an amount is a float.
        UnknownUnitError: A unit is not on the list of spellings.
        UnitMismatchError: An amount is not an energy.
        QuantityError: An amount is negative, *error* is not a `MeterError`, or *rounding* has decimal places.

    Source:
        CDM validation and verification standard for project activities v2.0, paragraph 369. [P]

    Example:
        >>> calibrated_net("1000 MWh", "10 MWh", MeterError("0.2 %"))
        987980000
    """
    if not isinstance(error, MeterError):
        raise QuantityError(f'meter error {quote(error)}: expected a MeterError, e.g. MeterError("0.2 %")')
    if rounding is not None and rounding.places != 0:
        raise QuantityError(f"{rounding}: energy is recorded in whole Wh, so the rounding needs places=0")
    export_wh, import_wh = energy_wh(export, "export"), energy_wh(import_, "import")
    if export_wh < 0 or import_wh < 0:
        raise QuantityError(f"export {export_wh} Wh and import {import_wh} Wh: expected both to be 0 or more")
    share = Fraction(error.share)
    exact = export_wh * (1 - share) - import_wh * (1 + share)
    if rounding is not None:
        return int(rounding.apply(exact))
    if exact.denominator != 1:
        below = exact.numerator // exact.denominator
        raise InexactNumberError(
            f"net energy corrected by {error} lies between {below} and {below + 1} Wh; "
            'name a rounding, e.g. Rounding("floor", places=0)'
        )
    return exact.numerator
