"""Conversions: steps that one claims, and keeps for projects of the instrument that it declared."""

from collections.abc import Iterable

from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.state import Claim, View


def kept_for(view: View, claim: Claim) -> str | None:
    """The instrument that a claim's steps are kept for: none where an issuance claims them, not a conversion.

    Args:
        view: The state.
        claim: The claim.

    Source:
        Decision 19: a declared conversion.
    """
    return view.made_of(claim.issuance_n, _declared)


def _declared(entry: Entry) -> str | None:
    return str(entry.event["instrument"]["id"]) if entry.type == "units.converted" else None


def claims_against(view: View, claims: Iterable[Claim], instrument: str) -> list[Claim]:
    """The claims that keep steps from an instrument: all but those of conversions to it.

    Args:
        view: The state.
        claims: Claims.
        instrument: The instrument's id.
    """
    return [claim for claim in claims if kept_for(view, claim) != instrument]
