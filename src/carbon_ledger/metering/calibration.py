"""Meter error: what is taken off metered energy for a calibration that came late.

A reading that is missing altogether is no matter of error: it counts zero. The ledger refuses the gap, or
with a waiver lists it by its interval and credits nothing for it.
"""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

from attrs import field, frozen

from carbon_ledger.errors import InexactNumberError, QuantityError
from carbon_ledger.exact import Rounding, arithmetic, plain, text_of
from carbon_ledger.printing import quote
from carbon_ledger.units import energy_wh

# Meters of active energy are of class 0.1 to 2. What errs by 5 % is broken, and its readings are no data.
LIMIT_SHARE: Final = Decimal("0.05")

_PERCENT: Final = re.compile(r"([0-9]{1,40}(?:\.[0-9]{1,40})?) ?%", re.ASCII)


def share_of(value: object, name: str) -> Decimal:
    """Read a percentage as a share.

    Args:
        value: Text with a percent sign, e.g. ``0.2 %``. A bare number is refused: 0.2 may be a percentage
            or a share, and a hundred lies between them.
        name: What the percentage is, for the message.

    Returns:
        The share, exact: 0.2 % is 0.002.

    Raises:
        QuantityError: *value* is no text, has no percent sign, or is no plain number of 0 or more.

    Example:
        >>> share_of("0.2 %", "meter error")
        Decimal('0.002')
    """
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise QuantityError(
            f'{name} {quote(value)}: expected text with a percent sign and no sign before it, e.g. "0.2 %"; '
            "a bare number may be a percentage or a share"
        )
    with arithmetic():
        return plain(Decimal(match[1]).scaleb(-2))


def _share(value: object) -> Decimal:
    return share_of(value, "meter error")


@frozen(order=True)
class MeterError:
    """The error of a meter, as a magnitude.

    Args:
        share: The error. [text with a percent sign, ``0.2 %``]

    Raises:
        QuantityError: It is not such a text, or is 5 % or more: a class 0.2 meter has 0.2 %, not 20 %.

    Example:
        >>> MeterError("0.2 %").share, str(MeterError("0.20%"))
        (Decimal('0.002'), '0.2 %')
        >>> MeterError("20 %")
        Traceback (most recent call last):
        ...
        carbon_ledger.errors.QuantityError: meter error 20 %: expected below 5 %; billing meters are of class 0.1 to 2
    """

    share: Decimal = field(converter=_share)

    def __attrs_post_init__(self) -> None:
        """Refuse an error that no working meter has."""
        if self.share >= LIMIT_SHARE:
            raise QuantityError(f"meter error {self}: expected below 5 %; billing meters are of class 0.1 to 2")

    def __str__(self) -> str:
        """The error as it is written at the door."""
        with arithmetic():
            return f"{text_of(self.share.scaleb(2))} %"


def delayed_calibration_error(maximum_permissible: MeterError, identified: MeterError | None = None) -> MeterError:
    """Choose the error that readings between the scheduled and the actual calibration are corrected by.

    Args:
        maximum_permissible: The instrument's maximum permissible error, e.g. its accuracy class.
        identified: The error that the late test found; none: it found none.

    Returns:
        The maximum permissible error if the late test shows no error or a smaller one; else the identified one.

    Source:
        CDM validation and verification standard for project activities v2.0, paragraph 369. [P]

    Example:
        >>> str(delayed_calibration_error(MeterError("0.2 %"), MeterError("0.35 %")))
        '0.35 %'
    """
    return maximum_permissible if identified is None else max(maximum_permissible, identified)


def calibrated_net(export: object, import_: object, error: MeterError, *, rounding: Rounding | None = None) -> int:
    """Correct metered energy for a meter's error, against the project on both sides.

    Args:
        export: Metered export; the metered volume counts, not the invoiced one. [energy; kWh, MWh, ...]
        import_: Metered import. [energy; kWh, MWh, ...]
        error: The error to correct by, e.g. of `delayed_calibration_error`.
        rounding: How to round what is finer than a Wh; its places must be 0. None: refuse it.

    Returns:
        Export x (1 - error) - import x (1 + error). [Wh]

    Raises:
        InexactNumberError: The result is finer than 1 Wh and no rounding is named, or a number is a float.
        UnknownUnitError: A unit is not on the list of spellings.
        UnitMismatchError: An amount is no energy.
        QuantityError: An amount is negative, *error* is no `MeterError`, or *rounding* keeps places.

    Source:
        CDM validation and verification standard for project activities v2.0, paragraph 369. [P]

    Example:
        >>> calibrated_net("1000 MWh", "10 MWh", MeterError("0.2 %"))
        987980000
    """
    if not isinstance(error, MeterError):
        raise QuantityError(f'meter error {quote(error)}: expected a MeterError, e.g. MeterError("0.2 %")')
    if rounding is not None and rounding.places != 0:
        raise QuantityError(f"{rounding}: energy is kept in whole Wh, so the rounding needs places=0")
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
