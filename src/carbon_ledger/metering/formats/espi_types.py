"""Reading types of Green Button: which meter readings are active energy, and what one unit of their values is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from attrs import frozen

from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.formats.channels import UnreadableError, whole
from carbon_ledger.metering.formats.espi_feed import Entry
from carbon_ledger.printing import quote

ROLES: Final[Mapping[str, str]] = MappingProxyType({"1": "import", "4": "net", "19": "export"})
WATT: Final = "38"
WATT_HOUR: Final = "72"
UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "5": "A", "29": "V", "31": "J", "33": "Hz", "42": "m3", "61": "VA", "63": "VAr", "65": "cos phi", "71": "VAh",
        "73": "VArh", "119": "ft3", "132": "BTU", "134": "litre", "169": "therm",
    }
)  # fmt: skip
MOST_POWER: Final = 12  # of ten

_DELTA: Final = "4"
_AVERAGE: Final = "2"
_REGISTERS: Final = MappingProxyType(
    {"1": "bulk quantity", "2": "continuous cumulative", "3": "cumulative", "9": "summation", "13": "latching quantity",
     "14": "bounded quantity"}
)  # fmt: skip
_PLAIN: Final = ("", "0", "12", "26")  # of dataQualifier: not given, not applicable, normal, sum


@frozen
class Series:
    """A meter reading of active energy.

    Args:
        own: Its link.
        meter: The id of its usage point.
        role: ``import``, ``export`` or ``net``.
        flow: Its ``flowDirection``.
        unit_wh: One unit of its values. [Wh; of average power, Wh in an hour]
        is_power: Whether its values are average power.
        tou: Its tariff (time of use); empty: it has none.
        interval_s: The length of its steps where a reading has no time period; 0: not given. [s]
        quality: The code of quality of readings that have none of their own; may be empty.
        line: The line of its reading type.
    """

    own: str
    meter: str
    role: str
    flow: str
    unit_wh: Fraction
    is_power: bool
    tou: str
    interval_s: int
    quality: str
    line: int


def series_of_type(own: str, meter: str, kind: Entry, report: FileReport) -> Series | None:
    """What a meter reading is by its reading type; None: not active energy of intervals, which is noted.

    Args:
        own: The link of the meter reading.
        meter: The id of its usage point.
        kind: The entry of its reading type.
        report: Gets the notes.

    Raises:
        UnreadableError: The values are standings of a register, or their direction or multiplier cannot be known.
    """
    fields = kind.element
    unit, commodity = fields.text_of("uom"), fields.text_of("commodity")
    behaviour, qualifier = fields.text_of("accumulationBehaviour"), fields.text_of("dataQualifier")
    reason = _passed_over(unit, commodity, behaviour, qualifier)
    if reason:
        report.note(f"meter reading {own} was passed over: {reason}")
        return None
    if unit == WATT_HOUR and behaviour not in ("", "0", _DELTA):
        name = _REGISTERS.get(behaviour, "not the energy of an interval")
        raise UnreadableError(
            kind.line,
            "accumulationBehaviour",
            f"{quote(behaviour, 20)} ({name}); expected 4, the energy of each interval: ask for interval data",
        )
    if unit == WATT_HOUR and behaviour != _DELTA:
        report.note(f"meter reading {own}: no accumulationBehaviour, so its values are read as energies of intervals")
    flow = fields.text_of("flowDirection")
    if flow not in ROLES:
        raise UnreadableError(
            kind.line,
            "flowDirection",
            f"{quote(flow, 20)}: expected 1 (delivered to the customer), 19 (received from the customer) or 4 (net)",
        )
    tou = fields.text_of("tou")
    return Series(
        own=own,
        meter=meter,
        role=ROLES[flow],
        flow=flow,
        unit_wh=Fraction(10)
        ** _whole(fields.text_of("powerOfTenMultiplier"), "powerOfTenMultiplier", kind, MOST_POWER),
        is_power=unit == WATT,
        tou="" if tou == "0" else tou,
        interval_s=abs(_whole(fields.text_of("intervalLength"), "intervalLength", kind, 366 * 86_400)),
        quality=fields.text_of("defaultQuality"),
        line=kind.line,
    )


def _passed_over(unit: str, commodity: str, behaviour: str, qualifier: str) -> str:
    """Why a meter reading is not active energy; empty: it is."""
    if commodity not in ("", "0", "1", "2"):
        return f"its commodity is {commodity}, and 1 and 2 are electricity"
    if unit not in (WATT, WATT_HOUR):
        return f"its unit is {UNITS.get(unit, 'not known')} (uom {unit or 'missing'}), and 72 is Wh"
    if unit == WATT and (qualifier != _AVERAGE or behaviour not in ("", "0", _DELTA, "6")):
        return (
            f"it is power in W, and its dataQualifier is {qualifier or 'missing'}, where 2 is the average of each step"
        )
    if unit == WATT_HOUR and qualifier not in _PLAIN:
        return f"its dataQualifier is {qualifier}, which is not the energy of each step"
    return ""


def _whole(text: str, name: str, kind: Entry, most: int) -> int:
    number = whole(text or "0")
    if number is None or abs(number) > most:
        raise UnreadableError(kind.line, name, f"{quote(text, 40)}: expected a whole number of at most {most}")
    return number


def chosen(series: Sequence[Series], report: FileReport, unread: set[tuple[str, str]]) -> list[Series]:
    """The meter readings that together are the energy of each meter, so that no energy is counted twice.

    Average power is used only where there is no energy of the same direction. Net energy is not used beside both of its
    sides. Several meter readings of one direction are added up only if each is of another tariff.

    Args:
        series: All meter readings of active energy.
        report: Gets the notes and the refusals.
        unread: Gets the meter and the role of each direction that was refused.
    """
    meters: defaultdict[str, defaultdict[str, list[Series]]] = defaultdict(lambda: defaultdict(list))
    for item in series:
        meters[item.meter][item.role].append(item)
    found: list[Series] = []
    for roles in meters.values():
        for role, same in roles.items():
            roles[role] = _without_power(same, report)
        if "net" in roles and len(roles) == 3:
            _note_all(roles.pop("net"), "it is net energy, and both of its sides are in the file", report)
        elif "net" in roles and len(roles) == 2:
            both = [item for same in roles.values() for item in same]
            _refuse_all(
                both, "net energy (flowDirection 4) beside one of its sides; expected both sides, or net", report
            )
            continue
        for role, same in roles.items():
            tariffs = {item.tou for item in same}
            if len(same) > 1 and (len(tariffs) < len(same) or "" in tariffs):
                text = f"{len(same)} meter readings of one direction, {quote([item.own for item in same], 300)}; "
                _refuse_all(same, text + "expected one, or one for each tariff (tou): leave out the others", report)
                unread.add((same[0].meter, role))
                continue
            found += same
    return found


def _without_power(same: list[Series], report: FileReport) -> list[Series]:
    energy = [item for item in same if not item.is_power]
    if not energy:
        return same
    _note_all([item for item in same if item.is_power], "it is power, and the file has the energy beside it", report)
    return energy


def _note_all(series: Iterable[Series], reason: str, report: FileReport) -> None:
    for item in series:
        report.note(f"meter reading {item.own} was passed over: {reason}")


def _refuse_all(series: Iterable[Series], text: str, report: FileReport) -> None:
    for item in series:
        UnreadableError(item.line, "ReadingType", f"meter {item.meter}: {text}").refuse(report)
