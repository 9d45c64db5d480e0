"""Whether a waiver was needed: whether the issuance would have been refused without it."""

from attrs import evolve

from carbon_ledger.core import lookup
from carbon_ledger.core.attestations import attestations_of
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.issuance.deadlines import require_in_time
from carbon_ledger.core.issuance.declarations import Declarations
from carbon_ledger.core.issuance.gwp_sets import gwp_set_rows
from carbon_ledger.core.issuance.quantifying import quantify
from carbon_ledger.core.methodologies import methodology_in
from carbon_ledger.core.pinned_zones import zone_in, zone_of
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.methodologies import require_text
from carbon_ledger.periods import Period
from carbon_ledger.review.questions import Questions
from carbon_ledger.waivers import ASSUMPTION, Waiver, waivers_of, waivers_record


def is_needed(questions: Questions, n: int, waiver: Waiver) -> bool | None:
    """Whether issuance *n* would have been refused without one of its waivers.

    Args:
        questions: The questions.
        n: The number of the issuance's entry.
        waiver: One of its waivers.

    Returns:
        None if the waiver declares an assumption, which lifts no refusal; for units of carry; and where the issuance
        cannot be computed again, for example by a methodology that is not at hand.
    """
    entry = questions.entry(n)
    if ASSUMPTION.fullmatch(waiver.name) or "of_carry" in entry.event:
        return None
    view, every = questions.view_of(n), waivers_of(entry.event)
    if _issues(view, entry, tuple(item for item in every if item.name != waiver.name)):
        return False
    return True if _issues(view, entry, every) else None


def _issues(view: View, entry: Entry, waivers: tuple[Waiver, ...]) -> bool:
    """Whether the rules of issuance that can be waived admit an issuance with these waivers alone."""
    try:
        _require(view, entry, waivers)
    except CarbonLedgerError:
        return False
    return True


def _require(view: View, entry: Entry, waivers: tuple[Waiver, ...]) -> None:
    """Apply the rules of issuance that can be waived, with these waivers alone."""
    event = entry.event
    project = lookup.project(view, event["project"])
    if project.methodology is not None:
        seen = bool(attestations_of(view, project.methodology))
        require_text(methodology_in(view, project.methodology), waivers, attested=seen)
    factor = lookup.factor(view, event["factor"]) if "factor" in event else None
    period = Period.from_record(event["period"])
    zone = None if period.zone is None else zone_in(view, event, period.zone)
    declared = Declarations.from_event(event)
    result = quantify(view, project, period, factor, waivers, declared, event.get("device"), zone)
    gwp_set_rows(view, evolve(entry, event={**event, "waivers": waivers_record(waivers)}), project)
    produced = [interval for steps in result.steps for interval in steps.claimed]
    in_zone = zone_of(view, project.zone)
    require_in_time(f"project {project.id}", project.instrument, produced, in_zone, entry.at, waivers)
