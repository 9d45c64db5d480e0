"""The rules of TOOL07 v7.0 that this library applies: where each rule is stated, and how sure that is.

TOOL07 is the CDM's "Tool to calculate the emission factor for an electricity system". The text of version 7.0 itself
was not seen. [S] is a secondary source: project documents, presentations and calculators that quote the tool, and the
contents of its versions 3.0 to 5.0, which number the steps. [M] is memory of the text, without a source that was
read. [C] is a choice of this library where the tool is silent.
"""

from typing import Final

from attrs import frozen

from carbon_ledger.exact import Rounding
from carbon_ledger.methodologies.base import RoundingPoint

TOOL: Final = "TOOL07@7.0"
DOCUMENT: Final = "TOOL07 v7.0"


@frozen
class Rule:
    """A rule of the tool.

    Args:
        place: Document, version and step.
        confidence: P (published page), S (secondary), C (computed here) or M (memory).
    """

    place: str
    confidence: str


def _rule(place: str, confidence: str) -> Rule:
    return Rule(f"{DOCUMENT}, {place}", confidence)


OPTION_A1: Final = _rule("step 4, option A1", "S")
OPTION_A2: Final = _rule("step 4, option A2", "S")
ZERO: Final = _rule("step 4: a unit that burns no fuel", "S")
SHARE: Final = _rule("step 3: low-cost/must-run under 50% in five years", "S")
SIMPLE: Final = _rule("step 4, simple operating margin", "S")
SIMPLE_ADJUSTED: Final = _rule("step 4, simple adjusted operating margin", "S")
AVERAGE: Final = _rule("step 4, average operating margin", "S")
VINTAGE: Final = _rule("step 3: three years ex ante, or the year ex post", "S")
LAMBDA: Final = _rule("step 4 and the appendix on lambda: hours on the margin over hours of the year", "M")
GENERATION: Final = _rule("net generation of power units", "S")
SET_5: Final = _rule("step 5 (a): the five newest units, CDM units left out", "S")
SET_20: Final = _rule("step 5 (b): the newest units that reach 20%, CDM units left out", "S")
SET_SAMPLE: Final = _rule("step 5 (c): the larger of the two", "S")
SET_SAMPLE_CDM: Final = _rule("step 5 (d): without units over 10 years old, with CDM units", "S")
SET_SAMPLE_OLD: Final = _rule("step 5 (e) and (f): with units over 10 years old", "S")
OLD_SAMPLE_FACTORS: Final = _rule("step 5: option A2 and default efficiencies for SET_sample-CDM->10yrs", "M")
BUILD_MARGIN: Final = _rule("step 5, build margin", "S")
COMBINED_MARGIN: Final = _rule("step 6, weighted average", "S")

DISPLAY: Final = RoundingPoint(
    "numbers shown in the trace: nothing is calculated from what is shown", Rounding("half-even", places=12)
)
RESULT: Final = RoundingPoint(
    "combined margin, once, unless the caller names another rounding: a baseline is rounded down",
    Rounding("floor", places=4),
)
ROUNDINGS: Final = (DISPLAY, RESULT)
