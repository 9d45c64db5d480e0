"""Waivers: each lifts one refusal by name, for a reason that stays in the log for ever."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from carbon_ledger.errors import WaiverError
from carbon_ledger.printing import one_of, quote
from carbon_ledger.records import Record
from carbon_ledger.texts import WORDS, is_text

WAIVABLE: Final = {
    "gap": "time inside the period has no reading; it counts zero and is listed",
    "straddling-step": "a step crosses a vintage boundary; it is split in proportion to seconds",
    "expired-factor": "the factor's validity does not cover the period",
    "factor-region": "the factor is for another region than the devices' grid",
    "factor-method": "the factor was not made by the tool that the methodology prescribes, "
    "or it is updated each year and the methodology's version admits only factors that are fixed, "
    "or it is for projects that increase the consumption of a grid",
    "implausible-factor": "the factor is not what any grid emits: above 1.5 tCO2e/MWh, or below 0",
    "factor-kind": "the factor is of a kind that the purpose does not admit",
    "capacity-changes": "a device's capacity changes inside the period; the capacity at the period's end is used",
    "implausible-reading": "a step has more energy than the device can generate, or than its station load takes",
    "claim-period": "the period of a claim ends before the units were produced, or begins after the entry",
    "gwp-set": "the factor is in another set of global warming potentials than the project's first issuance",
    "issuance-deadline": "the instrument's last day of issuance has passed for a month of the production",
    "calibration-overdue": "a meter's calibration is outstanding; its maximum permissible error is deducted",
    "estimated-readings": "some readings were estimated or substituted, not measured; their energy is listed",
    "methodology-text": "the methodology's own text was not seen, and nobody attested that its rules agree with it",
    "crediting-period": "the programme does not admit the crediting period: its length, its number, its beginning, "
    "or its place among the other periods of its plants",
    "methodology-life": "the programme does not register or credit with this version of the methodology on that day",
}

ASSUMPTION: Final = re.compile(r"assumption/[a-z0-9][a-z0-9-]{0,62}")


@frozen(repr=False)
class Waiver(Record):
    """A refusal that somebody lifts, or an assumption that somebody declares, with a reason.

    Args:
        name: A name in `WAIVABLE`, or ``assumption/...`` for a fact that no rule checks but a reader must know.
        reason: The reason, in words that an auditor will read.

    Raises:
        WaiverError: The name is neither, or the reason is blank or is not a text.

    Example:
        >>> Waiver("gap", "the feeder was down on 14 May, report 77").name
        'gap'
    """

    name: str
    reason: str

    def __attrs_post_init__(self) -> None:
        """Refuse a name that lifts no refusal, and a blank reason."""
        if not isinstance(self.name, str) or not (self.name in WAIVABLE or ASSUMPTION.fullmatch(self.name)):
            raise WaiverError(
                f"waiver {quote(self.name)}: expected {one_of(self.name, WAIVABLE)}, or assumption/<words-with-hyphens>"
            )
        if not is_text(self.reason):
            raise WaiverError(
                f"waiver {quote(self.name)}: reason {quote(self.reason)}, expected {WORDS}; an auditor will read it"
            )


def waived(name: str, waivers: Iterable[Waiver]) -> bool:
    """Whether *waivers* lift the refusal called *name*."""
    return any(waiver.name == name for waiver in waivers)


def waivers_of(event: Mapping[str, Any]) -> tuple[Waiver, ...]:
    """The waivers of an event; empty if the event has none."""
    return tuple(Waiver(item["name"], item["reason"]) for item in event.get("waivers", ()))


def waivers_record(waivers: Sequence[Waiver]) -> list[dict[str, str]]:
    """Waivers as an event contains them."""
    return [{"name": item.name, "reason": item.reason} for item in waivers]


def waivers_text(waivers: Iterable[Waiver]) -> str:
    """Waivers in words; an empty text without waivers."""
    return "; ".join(f"{item.name}: {item.reason}" for item in waivers)
