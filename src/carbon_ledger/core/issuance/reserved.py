"""Reserved steps: steps that a conversion reserves for another instrument, until an issuance of it claims them."""

from collections.abc import Iterable

from attrs import evolve

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import UNITS_CONVERTED
from carbon_ledger.core.intervals import merge_adjacent, subtract
from carbon_ledger.core.state.rows import Claim, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.methodologies import DeviceSteps


def reserved_for(view: View, claim: Claim) -> str | None:
    """The instrument that a conversion reserves a claim's steps for; None if the claim is an issuance's.

    Args:
        view: The state.
        claim: The claim.

    Source:
        Decision 19: a declared conversion.
    """
    return view.parsed(claim.issuance_n, _target)


def _target(entry: Entry) -> str | None:
    """The id of the instrument that an entry converts to; None if the entry is not a conversion."""
    return str(entry.event["instrument"]["id"]) if entry.type == UNITS_CONVERTED else None


def claims_against(view: View, claims: Iterable[Claim], instrument: str) -> list[Claim]:
    """The claims whose steps an instrument cannot be issued for: all claims but those of conversions to it.

    Args:
        view: The state.
        claims: The claims to choose from.
        instrument: The instrument's id.
    """
    return [claim for claim in claims if reserved_for(view, claim) != instrument]


def taken_claims(view: View, instrument: str, steps: Iterable[DeviceSteps], n: int) -> list[Row]:
    """The rows that end the reservation of steps that an issuance claims; the other steps remain reserved.

    Args:
        view: The state before.
        instrument: The id of the instrument that is issued.
        steps: The steps that the issuance claims, by device.
        n: The number of the issuance's entry.

    Source:
        Domain invariant 5: a step has at most one live claim; decision 19.
    """
    rows: list[Row] = []
    for item in steps:
        span = (item.claimed[0][0], item.claimed[-1][1]) if item.claimed else (0, 0)
        for claim in view.claims(item.device, *span):
            rest = list(subtract(claim.start_utc, claim.end_utc, item.claimed))
            if reserved_for(view, claim) == instrument and rest != [(claim.start_utc, claim.end_utc)]:
                rows.append(evolve(claim, to_n=n))
                rows += [Claim(claim.device, start, end, claim.issuance_n, n) for start, end in rest]
    return rows


def reserved_before(view: View, claim: Claim) -> list[Claim]:
    """The parts of a claim that conversions reserved until its issuance claimed them, as they were reserved.

    Args:
        view: The state.
        claim: A live claim of an issuance.

    Source:
        Decision 19.
    """
    return [
        evolve(before, start_utc=max(before.start_utc, claim.start_utc), end_utc=min(before.end_utc, claim.end_utc))
        for before in view.claims_ended(claim.issuance_n, claim.device, claim.start_utc, claim.end_utc)
        if reserved_for(view, before) is not None
    ]


def freed_claims(view: View, issuance_n: int, n: int) -> list[Row]:
    """The rows that release the steps of a voided issuance; steps that a conversion had reserved are reserved again.

    Returned steps are merged with the adjacent steps that the conversion still reserves.

    Args:
        view: The state before.
        issuance_n: The number of the issuance's entry.
        n: The number of the entry that voids it.

    Source:
        ledger-model section 7; decision 19.
    """
    rows: list[Row] = []
    returned: dict[tuple[str, int], list[Claim]] = {}
    for claim in view.claims_of(issuance_n):
        rows.append(evolve(claim, to_n=n))
        for before in reserved_before(view, claim):
            returned.setdefault((before.device, before.issuance_n), []).append(before)
    for (device, conversion_n), parts in returned.items():
        near = (claim for part in parts for claim in view.claims(device, part.start_utc - 1, part.end_utc + 1))
        beside = dict.fromkeys(claim for claim in near if claim.issuance_n == conversion_n)
        rows += [evolve(claim, to_n=n) for claim in beside]
        spans = sorted((claim.start_utc, claim.end_utc) for claim in (*parts, *beside))
        rows += [Claim(device, start, end, conversion_n, n) for start, end in merge_adjacent(spans)]
    return rows
