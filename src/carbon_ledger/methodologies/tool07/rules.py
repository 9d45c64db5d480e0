"""The rules of TOOL07 v7.0 that this library applies: where each rule is stated, and how sure that is.

TOOL07 is the CDM's "Tool to calculate the emission factor for an electricity system", version 07.0 (EB 100, annex 4,
31 August 2018). Its text was read in full: [P] is a paragraph of it. [C] is a choice of this library where the text is
silent or can be read in two ways; decision 27 of the documentation lists these choices. [M] is memory, without a source
that was read.
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


OPTION_A1: Final = _rule("paragraph 49(a), equation (4), option A1", "P")
OPTION_A2: Final = _rule("paragraphs 49(b) and 50, equation (5), option A2", "P")
ZERO: Final = _rule("paragraph 50(a), option A3, and units that burn no fuel", "P")
OPTION_A3: Final = _rule("paragraph 50(a), option A3", "P")
# The successor's rule, which margins by TOOL07 must not contain.
OPTION_A3_CASE_2: Final = Rule("VT0011 v1.0, option A3, case 2", "S")
SHARE: Final = _rule("paragraph 40(a): low-cost/must-run under 50% in five years", "P")
HYDRO_AVERAGE: Final = _rule("paragraph 40(a)(2): long-term averages of hydropower, 15 years or more", "C")
LOWEST_LOAD: Final = _rule("paragraph 40(b): load of low-cost/must-run units under the lowest annual system load", "P")
SIMPLE: Final = _rule("paragraph 48, equation (3), simple operating margin", "P")
SIMPLE_ADJUSTED: Final = _rule("paragraph 56, equation (10), simple adjusted operating margin", "P")
AVERAGE: Final = _rule("paragraph 70, average operating margin", "P")
VINTAGE: Final = _rule("paragraph 42: three years ex ante, or the year ex post", "P")
LAG: Final = _rule("paragraph 42(b): data of year y, y-1 or y-2", "P")
LAMBDA: Final = _rule("paragraph 59, equation (11), and appendix 3: hours on the margin over 8760", "P")
DEFAULT_LAMBDA: Final = _rule("paragraph 61 and appendix 2, table 1: default lambda", "P")
GENERATION: Final = _rule("paragraph 10(d): net generation of power units", "P")
CAPACITY: Final = _rule("paragraph 104(a): identity, commissioning and capacity of power units", "P")
BUILT_UNTIL: Final = _rule("paragraph 72(b): units built up to the year of registration", "P")
SET_5: Final = _rule("paragraph 75(a): the five newest units, CDM units left out", "P")
SET_20: Final = _rule("paragraph 75(b): the newest units that reach 20%, CDM units left out", "P")
SET_SAMPLE: Final = _rule("paragraph 75(c): the larger of the two", "P")
SET_SAMPLE_CDM: Final = _rule("paragraph 75(d): without units over 10 years old, with CDM units", "P")
SET_SAMPLE_OLD: Final = _rule("paragraph 75(e) and (f): with units over 10 years old", "P")
OLD_SAMPLE_FACTORS: Final = _rule(
    "paragraph 79: option A2 for SET_sample-CDM->10yrs, with default efficiencies for units over 10 years old", "P"
)
BUILD_MARGIN: Final = _rule("paragraph 77, equation (15), build margin", "P")
COMBINED_MARGIN: Final = _rule("paragraphs 85 and 86, equation (16), weighted average", "P")
SIMPLIFIED_HOST: Final = _rule("paragraph 90, simplified combined margin", "P")
SIMPLIFIED: Final = _rule("paragraph 91, simplified combined margin", "P")
ISOLATED: Final = _rule("paragraphs 94 to 97, isolated grid", "P")
ISOLATED_GRID: Final = _rule("paragraph 10(f), isolated grid", "P")
APPENDIX_4: Final = _rule("appendix 4, equation (1), isolated grid", "P")
APPENDIX_4_LIQUID: Final = _rule("appendix 4: the value of paragraph 95(b), taken as its weighted average", "C")

DISPLAY: Final = RoundingPoint(
    "numbers shown in the trace: nothing is calculated from what is shown", Rounding("half-even", places=12)
)
RESULT: Final = RoundingPoint(
    "combined margin, once, unless the caller names another rounding: a baseline is rounded down",
    Rounding("floor", places=4),
)
ROUNDINGS: Final = (DISPLAY, RESULT)
