"""Labels: what units are certified for in addition to their face value; and tags, which certify nothing.

Labels are a short list, so that a misspelt label is refused. A tag is any other text after ``tag:``. The ledger decides
who may add and remove labels, and which evidence they need.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen

from carbon_ledger.errors import RefusedError
from carbon_ledger.printing import one_of, quote
from carbon_ledger.records import Record

TAG: Final = "tag:"
MAX_TAG: Final = 100  # characters, its prefix included


@frozen(kw_only=True, repr=False)
class KnownLabel(Record):
    """A label of the catalogue.

    Attributes:
        id: The text that units are labelled with, e.g. ``CORSIA``.
        name: The label's name in words.
        certifies: What the label certifies of a unit, and what it does not.
        source: Where that is stated, and how sure that is: [P], [S], [C] or [M] as in the glossary.
    """

    id: str
    name: str
    certifies: str
    source: str


_CATALOGUE: Final = (
    KnownLabel(
        id="CORSIA",
        name="CORSIA eligible emissions unit",
        certifies=(
            "an aeroplane operator may cancel it to meet its offsetting requirement of a compliance period under "
            "ICAO's CORSIA. For which period, and whether the host country has authorised it, the evidence says"
        ),
        source=(
            "ICAO, CORSIA Eligible Emissions Units: programmes are approved for compliance periods [P]; Verra, VCS "
            "under CORSIA: labels are of a phase, and vintages from 2021 need an authorisation under Article 6 [P]"
        ),
    ),
    KnownLabel(
        id="E+",
        name="Environmental No-net-harm Label, Global Carbon Council",
        certifies="a verifier found that building and running the project does no net harm to the environment",
        source=(
            "Global Carbon Council, Submit a project: E+ is no net harm to the environment [P]; its Verification "
            "Standard v3, list of acronyms, for the name [S]"
        ),
    ),
    KnownLabel(
        id="S+",
        name="Social No-net-harm Label, Global Carbon Council",
        certifies="a verifier found that building and running the project does no net harm to society",
        source=(
            "Global Carbon Council, Submit a project: S+ is no net harm to society [P]; its Verification Standard v3, "
            "list of acronyms, for the name [S]"
        ),
    ),
    KnownLabel(
        id="SDG+",
        name="United Nations Sustainable Development Goals Label, Global Carbon Council",
        certifies=(
            "a verifier found that the project contributes to Sustainable Development Goals of the United Nations. To "
            "how many, which decides the label's grade, the evidence says"
        ),
        source=(
            "Global Carbon Council, Submit a project: SDG+ is a contribution to the goals, and labels grade credits "
            "[P]; its Verification Standard v3, list of acronyms, for the name [S]; that grades count goals [M]"
        ),
    ),
)

BUILTIN: Final[Mapping[str, KnownLabel]] = MappingProxyType({item.id: item for item in _CATALOGUE})


def label_of(value: object) -> str:
    """The label that was passed: one of `BUILTIN`, or a tag, which is any other text after ``tag:``.

    Args:
        value: The label.

    Returns:
        The label as the ledger records it.

    Raises:
        RefusedError: *value* is neither.

    Example:
        >>> label_of("CORSIA"), label_of("tag:sold with hydro-3")
        ('CORSIA', 'tag:sold with hydro-3')
    """
    if isinstance(value, str) and (value in BUILTIN or _is_tag(value)):
        return value
    raise RefusedError(
        f"label {quote(value)}",
        f"expected {one_of(value, BUILTIN)}, or a tag of your own, such as 'tag:north', with at most "
        f"{MAX_TAG} printable characters in all and no space at either end",
        rule="unknown-label",
    )


def _is_tag(value: str) -> bool:
    text = value.removeprefix(TAG)
    return text not in (value, "") and text == text.strip() and value.isprintable() and len(value) <= MAX_TAG
