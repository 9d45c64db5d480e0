"""Arguments of commands and queries, checked: evidence, times, roles and readings."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from attrs import frozen

from carbon_ledger.column import Column
from carbon_ledger.core.entries.entry import recorded_text
from carbon_ledger.core.entries.events import ROLES
from carbon_ledger.core.entries.schema import DIGEST, compile_check
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.errors import MissingDataError, QuantityError, WaiverError
from carbon_ledger.exact import Rounding
from carbon_ledger.mappings import listed
from carbon_ledger.metering.readings import Readings, checked_quality, column_wh
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.periods.instants import instant_text, instant_utc
from carbon_ledger.printing import one_of, quote
from carbon_ledger.units import duration_s, energy_wh
from carbon_ledger.waivers import Waiver, waivers_record

_is_digest: Final = compile_check(DIGEST)


def checked_evidence(evidence: object, name: str = "evidence") -> str | None:
    """The digest of a document, checked; ``None`` without evidence.

    Args:
        evidence: The digest.
        name: The name of the argument, for the message.

    Raises:
        QuantityError: *evidence* is not a digest as `digest_file` returns it.
    """
    if evidence is None:
        return None
    if not isinstance(evidence, str) or not _is_digest(evidence):
        raise QuantityError(
            f"{name} {quote(evidence)}: expected the digest of a document, 'sha256:' and 64 hexadecimal digits in "
            "lower case; pass cl.digest_file(path)"
        )
    return evidence


def required_evidence(evidence: object, what: str) -> str:
    """The digest of a document that a command requires, checked.

    Raises:
        MissingDataError: *evidence* is ``None``.
        QuantityError: *evidence* is not a digest as `digest_file` returns it.
    """
    found = checked_evidence(evidence)
    if found is None:
        raise MissingDataError(f"{what}: evidence is missing; pass the digest of the document, cl.digest_file(path)")
    return found


def checked_second(time: object) -> int:
    """The time that a query is about, cut to the second as the recorded times of actions are.

    Args:
        time: An aware `datetime`, or ISO 8601 text with its zone.

    Returns:
        The time. [s since 1970-01-01 UTC]

    Raises:
        NaiveTimeError: *time* has no zone.
        PeriodError: *time* is not a time.
    """
    if isinstance(time, datetime) and time.utcoffset() is not None:
        return second_of(recorded_text(time))
    return instant_utc(time, "at", takes_zone=False)


def checked_role(role: object) -> str:
    """The name of a role, checked.

    Raises:
        QuantityError: *role* is not a role.
    """
    if not isinstance(role, str) or role not in ROLES:
        raise QuantityError(f"role {quote(role)}: expected {one_of(role, ROLES)}")
    return str(role)


def checked_recorded_time(time: object, name: str, zone: str | None = None, *, takes_zone: bool = True) -> str:
    """A time to compare with recorded times, to the microsecond.

    Args:
        time: An aware `datetime`, ISO 8601 text with its zone, or a date of *zone*.
        name: The argument's name, for messages.
        zone: IANA zone of a date.
        takes_zone: Whether the caller of the library can pass a zone, for the message.

    Raises:
        NaiveTimeError: *time* has no zone.
        PeriodError: *time* is not a time.
    """
    if isinstance(time, datetime) and time.utcoffset() is not None:
        return recorded_text(time)
    return f"{instant_text(instant_utc(time, name, zone=zone, takes_zone=takes_zone))[:-1]}.000000Z"


@frozen
class Details:
    """What a caller states of a run besides its net and gross energy; see `Readings`.

    Attributes:
        quality: The quality of the run.
        export: The metered export: an energy, or a column of whole Wh.
        import_: The metered import, in the same form.
        invoiced: The invoiced export and import of the whole run. [(energy, energy)]
    """

    quality: str
    export: object
    import_: object
    invoiced: object

    def invoiced_wh(self, rounding: Rounding | None = None) -> tuple[int | None, int | None]:
        """The invoiced export and import. [Wh]

        Raises:
            QuantityError: *invoiced* is not a pair.
        """
        if self.invoiced is None:
            return None, None
        if not isinstance(self.invoiced, tuple | list) or len(self.invoiced) != 2:
            raise QuantityError(
                f"invoiced {quote(self.invoiced)}: expected a pair of energies, export and import, e.g. "
                '("48804719 kWh", "415440 kWh")'
            )
        export, import_ = self.invoiced
        return (
            energy_wh(export, "invoiced export", rounding=rounding),
            energy_wh(import_, "invoiced import", rounding=rounding),
        )


def run_of_total(period: Period, net: object, gross: object, rounding: Rounding | None, details: Details) -> Readings:
    """A run of one step, for a total over a period; without *net*, the net energy is export minus import.

    Raises:
        QuantityError: A value is not an energy or is missing, or the quality is not one of the known ones.
        PeriodError: *period* is not a period.
    """

    def column(value: object, name: str) -> Column | None:
        return None if value is None else Column([energy_wh(value, name, rounding=rounding)])

    export, import_ = column(details.export, "export"), column(details.import_, "import")
    net_wh = _net("net", column(net, "net"), export, import_)
    within = checked_period(period, "period")
    return Readings(
        within.start_utc,
        within.seconds,
        net_wh,
        column(gross, "gross"),
        checked_quality(details.quality),
        export,
        import_,
        *details.invoiced_wh(rounding),
    )


def run_of_column(
    start: object, step: object, net_wh: object, gross_wh: object, zone: str | None, details: Details
) -> Readings:
    """A run of equal steps, for a column of readings; without *net_wh*, the net energy is export minus import.

    Raises:
        QuantityError: A column is missing or is not one of whole Wh, or the quality is not one of the known ones.
        PeriodError: *start* or *step* is not a time or a duration.
    """

    def column(values: object, name: str) -> Column | None:
        return None if values is None else column_wh(values, name)

    export, import_ = column(details.export, "export_wh"), column(details.import_, "import_wh")
    net = _net("net_wh", column(net_wh, "net_wh"), export, import_)
    return Readings(
        instant_utc(start, "start", zone=zone),
        duration_s(step, "step"),
        net,
        column(gross_wh, "gross_wh"),
        checked_quality(details.quality),
        export,
        import_,
        *details.invoiced_wh(),
    )


def _net(name: str, net: Column | None, export: Column | None, import_: Column | None) -> Column:
    """The net energy of each step as given, or export minus import where both are given. [Wh]"""
    if net is not None:
        return net
    if export is not None and import_ is None:
        missing, nothing = ("import_wh", "[0, ...]") if name == "net_wh" else ("import_", '"0 MWh"')
        raise QuantityError(f"{missing} is missing; pass {missing}={nothing} if nothing was taken")
    if export is None or import_ is None:
        raise QuantityError(f"{name} None: give the net energy, or both sides of the meter, export and import")
    if len(export) != len(import_):
        raise QuantityError(f"export has {len(export)} steps, import {len(import_)}; give one of each a step")
    return column_wh([out - taken for out, taken in zip(export, import_, strict=True)], name)


def checked_waivers(waivers: Iterable[Waiver] | Waiver) -> tuple[Waiver, ...]:
    """The waivers that a caller passed: none, one, or several.

    Raises:
        WaiverError: *waivers* contains something other than a `Waiver`.
    """
    items = (waivers,) if isinstance(waivers, Waiver) else listed(waivers if waivers is not None else ())
    if items is None or isinstance(waivers, str):
        raise WaiverError(f"waivers {quote(waivers)}: expected a list of Waiver(name, reason)")
    for item in items:
        if not isinstance(item, Waiver):
            raise WaiverError(f"waiver {quote(item)}: expected a Waiver(name, reason)")
    return items


def some_waivers(waivers: Iterable[Waiver] | Waiver) -> list[dict[str, str]] | None:
    """The waivers as an event contains them in an optional field; None if no waiver was passed.

    Raises:
        WaiverError: *waivers* contains something other than a `Waiver`.
    """
    return waivers_record(checked_waivers(waivers)) or None
