"""Waivers: each lifts one refusal by name, for a reason that stays in the log for ever."""

import re
from collections.abc import Iterable
from typing import Final

from attrs import frozen

from carbon_ledger.errors import WaiverError
from carbon_ledger.printing import quote
from carbon_ledger.texts import WORDS, is_text

WAIVABLE: Final = {
    "gap": "time inside the period has no reading; it counts zero and is listed",
    "straddling-step": "a step crosses a vintage boundary; it is split in proportion to seconds",
    "expired-factor": "the factor's validity does not cover the period",
    "factor-region": "the factor is for another region than the devices' grid",
    "factor-method": "the factor was not made by the tool that the methodology prescribes",
    "factor-kind": "the factor is of a kind that the purpose does not admit",
    "calibration-overdue": "a meter's calibration is outstanding; its maximum permissible error is deducted",
    "estimated-readings": "some readings were estimated or substituted, not measured; their energy is listed",
    "methodology-text": "the methodology's own text was not seen; its rules were read in secondary sources",
}

ASSUMPTION: Final = re.compile(r"assumption/[a-z0-9][a-z0-9-]{0,62}")


@frozen
class Waiver:
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
                f"waiver {quote(self.name)}: expected one of {', '.join(WAIVABLE)}, or assumption/<words-with-hyphens>"
            )
        if not is_text(self.reason):
            raise WaiverError(
                f"waiver {quote(self.name)}: reason {quote(self.reason)}, expected {WORDS}; an auditor will read it"
            )


def waived(name: str, waivers: Iterable[Waiver]) -> bool:
    """Whether *waivers* lift the refusal called *name*."""
    return any(waiver.name == name for waiver in waivers)
