"""Rules for corrections: new readings supersede old ones, claims do not change, and issuances are quantified again."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, TypeVar

from attrs import evolve, frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import GENERATION_CORRECTED
from carbon_ledger.core.entries.splitting import run_of_entries
from carbon_ledger.core.holdings.pieces import block_of_event, move
from carbon_ledger.core.issuance.activities import rests_on_earlier
from carbon_ledger.core.issuance.carry import after_all, amounts_record, carry_of, carry_record, changed_rows
from carbon_ledger.core.issuance.corrected_runs import (
    UNNUMBERED,
    device_runs,
    numbered_rows,
    owed_rows,
    pieces_of,
    replaced,
    request_of,
    require_as_well_known,
)
from carbon_ledger.core.issuance.documents import recorded_quantifications, require_quantifications
from carbon_ledger.core.issuance.granular import granular_carry, granular_carry_of, recount, require_same_steps
from carbon_ledger.core.issuance.quantifying import requantify
from carbon_ledger.core.issuance.reserved import reserved_before, reserved_for
from carbon_ledger.core.issuance.returnable import units_to_withdraw
from carbon_ledger.core.issuance.voiding import issued_later
from carbon_ledger.core.methodologies import as_recorded, takes_recorded
from carbon_ledger.core.readings import check_run
from carbon_ledger.core.series import series_rows
from carbon_ledger.core.state.corrected import corrected_view
from carbon_ledger.core.state.decisions import decide
from carbon_ledger.core.state.rows import WITHDRAWN, Carry, Claim, Issuance, Reading, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import require_past
from carbon_ledger.errors import BrokenLogError, StraddlingStepError
from carbon_ledger.exact import arithmetic
from carbon_ledger.metering.readings import Readings
from carbon_ledger.methodologies import Quantification
from carbon_ledger.periods import Period
from carbon_ledger.printing import quote
from carbon_ledger.serials import Block
from carbon_ledger.waivers import waivers_of

Numbered = TypeVar("Numbered", Issuance, Carry)

_NUMBERS: Final = ("from_n", "to_n")


@frozen
class Effect:
    """The effect of a correction on one issuance: the issuance afterwards, and its new quantification."""

    issuance: Issuance
    result: Quantification


@frozen
class ProjectEffect:
    """The effect of a correction on one project: the vintages whose carry changes, and the units that are withdrawn."""

    project: str
    carry: tuple[Carry, ...]
    withdrawn: tuple[Block, ...]


@frozen
class Effects:
    """The effects of a correction on readings, on issuances, and on the carry of their projects.

    The rows have `UNNUMBERED` in place of the number of the correction's entry; `numbered_rows` numbers the readings.
    *others* are issuances that are not quantified again, but lose units.
    """

    readings: tuple[Reading, ...]
    effects: tuple[Effect, ...]
    projects: tuple[ProjectEffect, ...]
    others: tuple[Issuance, ...]

    def of_entry(self, n: int) -> "Effects":
        """The same effects, with *n* as the number of the correction's entry in all rows but those of readings."""
        return Effects(
            self.readings,
            tuple(evolve(effect, issuance=_numbered(effect.issuance, n)) for effect in self.effects),
            tuple(evolve(item, carry=tuple(_numbered(row, n) for row in item.carry)) for item in self.projects),
            tuple(_numbered(row, n) for row in self.others),
        )


def _numbered(row: Numbered, n: int) -> Numbered:
    numbers: dict[str, Any] = {name: n for name in _NUMBERS if getattr(row, name, None) == UNNUMBERED}
    return evolve(row, **numbers)


def effects_of(
    view: View, request: Mapping[str, Any], recorded: Mapping[int, Quantification] = MappingProxyType({})
) -> Effects:
    """The effects of a correction, computed from its readings alone.

    Args:
        view: The state before.
        request: What the correction asks for, as `request_of` returns it.
        recorded: The recorded quantification of each issuance whose methodology is not there to compute it again.

    Raises:
        UnknownDeviceError, NotCommissionedError, DecommissionedError, ImplausibleReadingError: As `check_run`.
        OverlapError: The interval is not exactly covered by live readings.
        StraddlingStepError: A new step crosses the edge of a claim.
        RefusedError: A claim is of granular certificates, and the new steps differ from the steps of their issuance;
            claimed readings are corrected by an estimate, and that is not waived; or the sides were known.

    Source:
        ledger-model sections 2, 3 and 7.
    """
    entry = Entry(n=UNNUMBERED, at="", by="", type=GENERATION_CORRECTED, event=request)
    runs = device_runs(request)
    for name, run in runs.items():
        check_run(view, name, run, waivers_of(request))
    rows = replaced(view, request)
    claims = [claim for name, run in runs.items() for claim in _aligned_claims(view, name, run)]
    require_as_well_known(view, request, rows, measured=not claims)
    corrected = corrected_view(view, entry, rows)
    of_issuance: dict[int, list[Claim]] = {}
    for claim in claims:
        of_issuance.setdefault(claim.issuance_n, []).append(claim)
    effects: dict[str, list[Effect]] = {}
    projects: list[ProjectEffect] = []
    others: list[Issuance] = []
    for issuance in _affected(view, claims):
        project = lookup.project(view, issuance.project)
        if project.instrument.granular:
            for claim in of_issuance[issuance.n]:
                require_same_steps(view, runs[claim.device], claim)
        result = requantify(as_recorded(corrected, project.methodology, recorded.get(issuance.n)), issuance)
        after = evolve(issuance, from_n=entry.n, amounts=result.amounts)
        effects.setdefault(project.id, []).append(Effect(after, result))
    for name in sorted(effects):
        found = _effect(view, corrected, name, effects[name], entry.n)
        effects[name] = list(found.effects)
        projects += found.projects
        others += found.others
    in_order = sorted(chain.from_iterable(effects.values()), key=lambda effect: effect.issuance.n, reverse=True)
    return Effects(tuple(rows), tuple(in_order), tuple(projects), tuple(others))


def _affected(view: View, claims: Sequence[Claim]) -> list[Issuance]:
    """The issuances to quantify again, newest first: those that claim the steps, and later ones that rest on them."""
    numbers = {claim.issuance_n for claim in claims if reserved_for(view, claim) is None}
    found = {n: lookup.issuance(view, n) for n in numbers}
    for issuance in list(found.values()):
        if rests_on_earlier(lookup.project(view, issuance.project)):
            found |= {n: lookup.issuance(view, n) for n in issued_later(view, issuance)}
    return [found[n] for n in sorted(found, reverse=True)]


def _aligned_claims(view: View, device: str, run: Readings) -> Sequence[Claim]:
    """The claims on the steps of a device's new run; readings of which a step crosses an edge of one are refused."""
    claims = view.claims(device, run.start_utc, run.end_utc)
    # Voiding the issuance returns reserved steps to their conversion: no new step may be reserved in part.
    reserved = [part for claim in claims for part in reserved_before(view, claim)]
    _require_aligned(run, [*claims, *reserved], device)
    return claims


def _require_aligned(run: Readings, claims: Sequence[Claim], device: str) -> None:
    """Refuse readings of which a step crosses the edge of a claim."""
    for claim in claims:
        for edge in (claim.start_utc, claim.end_utc):
            if run.start_utc < edge < run.end_utc and (edge - run.start_utc) % run.step_s:
                raise StraddlingStepError(
                    f"device {device}",
                    f"a step of {run.step_s} s crosses the edge of the claim of entry {claim.issuance_n}; "
                    "correct with shorter steps",
                    rule="step-crosses-claim",
                )


def _effect(view: View, corrected: View, project: str, changed: Sequence[Effect], n: int) -> Effects:
    """The effects on one project, whose issuances were quantified again: its carry, and the units withdrawn."""
    if lookup.project(view, project).instrument.granular:
        return _granular_effect(view, corrected, project, changed, n)
    before = carry_of(view, project)
    amounts: dict[int, Decimal] = {}
    with arithmetic():
        for effect in changed:
            for year, amount in lookup.issuance(view, effect.issuance.n).amounts:
                amounts[year] = amounts.get(year, Decimal(0)) - amount
            for year, amount in effect.issuance.amounts:
                amounts[year] = amounts.get(year, Decimal(0)) + amount
    claimed = changed_rows(project, before, n, claimed=amounts)
    blocks = units_to_withdraw(view, project, before, after_all(before, claimed))
    of_issuance: dict[int, int] = {}
    of_vintage: dict[int, int] = {}
    for block in blocks:
        found = lookup.batch(view, block.batch_id)
        of_issuance[found.n] = of_issuance.get(found.n, 0) + block.count
        of_vintage[found.batch.vintage] = of_vintage.get(found.batch.vintage, 0) - block.count
    after = changed_rows(project, before, n, claimed=amounts, counted=of_vintage)
    effects = [evolve(item, issuance=_without(item.issuance, of_issuance.pop(item.issuance.n, 0))) for item in changed]
    others = [evolve(_without(lookup.issuance(view, k), of_issuance[k]), from_n=n) for k in sorted(of_issuance)]
    return Effects((), tuple(effects), (ProjectEffect(project, after, tuple(blocks)),), tuple(others))


def _without(issuance: Issuance, units: int) -> Issuance:
    """An issuance of which a number of units no longer counts."""
    return evolve(issuance, counted=issuance.counted - units)


def _granular_effect(view: View, corrected: View, project: str, changed: Sequence[Effect], n: int) -> Effects:
    """The effects on a project of granular certificates: each interval answers for its own units."""
    carry, effects, blocks = granular_carry_of(view, project), list[Effect](), list[Block]()
    for effect in changed:
        before = lookup.issuance(view, effect.issuance.n)
        recounted = recount(view, corrected, before, effect.result)
        units = sum(block.count for block in recounted.withdrawn)
        after = evolve(_without(effect.issuance, units), toward_debit=recounted.toward_debit)
        carry = granular_carry(carry, before, after, n)
        effects.append(evolve(effect, issuance=after))
        blocks += recounted.withdrawn
    return Effects((), tuple(effects), (ProjectEffect(project, (carry,), tuple(blocks)),), ())


def results_record(effects: Effects, documents: Sequence[str]) -> dict[str, Any]:
    """The effects of a correction as its event pins them, with the documents of their quantifications."""
    return {
        "issuances": [
            {
                "issuance": effect.issuance.n,
                "quantification": name,
                "amounts": amounts_record(effect.result.amounts),
            }
            for effect, name in zip(effects.effects, documents, strict=True)
        ],
        "carries": [
            {
                "project": item.project,
                "carry": carry_record(item.carry),
                "withdrawn": [
                    {"batch": block.batch_id, "first": block.first, "last": block.last} for block in item.withdrawn
                ],
            }
            for item in effects.projects
        ],
    }


def withdrawn_blocks(event: Mapping[str, Any]) -> tuple[Block, ...]:
    """The blocks of the units that a correction withdrew, as its event pins them."""
    return tuple(map(block_of_event, chain.from_iterable(item["withdrawn"] for item in event["carries"])))


def _recorded(view: View, entry: Entry) -> dict[int, Quantification]:
    """In a replay that lacks a methodology, the recorded quantification of each issuance that the correction names."""
    numbers = [item["issuance"] for item in entry.event["issuances"]]
    found = [issuance for n in numbers if (issuance := view.issuance(n)) is not None]
    if not any(takes_recorded(view, lookup.project(view, item.project).methodology) for item in found):
        return {}
    names = [item["quantification"] for item in entry.event["issuances"]]
    return dict(zip(numbers, recorded_quantifications(view, entry.n, names), strict=True))


def corrected(view: View, entry: Entry) -> list[Row]:
    """Correct readings: the old readings are superseded and remain visible, and the issuances of their steps change.

    Raises:
        UnknownDeviceError, UnknownMeterError: No such device, or no such meter.
        OverlapError: The interval is not exactly covered by live readings.
        NotCommissionedError: A step lies before a device's commissioning, or before the meter was installed.
        DecommissionedError: A device was decommissioned before the end of the readings.
        ImplausibleReadingError: A step is beyond what the device, or all devices of the meter, can generate or take.
        StraddlingStepError: A new step crosses the edge of a claim.
        RefusedError: The readings end after the entry was recorded; a claim is of granular certificates, and the new
            steps differ from the steps of their issuance; a value is no multiple of the meter's resolution; another
            meter has taken the meter's place; or the readings are of a series of a file that is recorded for another
            device or meter.
        BrokenLogError: A figure of the event is not the one that the rules compute.

    Source:
        ledger-model section 7; domain invariant 15.
    """
    pieces = pieces_of(view, entry)
    request = request_of(pieces)
    run = run_of_entries(pieces)
    subject = "meter" if "meter" in request else "device"
    period = Period(run.start_utc, run.end_utc)
    require_past(entry.at, period, lambda: f"{subject} {request[subject]}, {period}", rule="future-reading")
    series, owed = series_rows(view, pieces), owed_rows(view, pieces, request)
    recorded = _recorded(view, entry)
    effects = effects_of(view, request, recorded) if recorded else decide(view, effects_of, request)
    effects = effects.of_entry(entry.n)
    documents = [item["quantification"] for item in entry.event["issuances"]]
    if len(documents) != len(effects.effects):
        raise BrokenLogError(
            f"entry {entry.n}, correction: it names {len(documents)} issuances, expected {len(effects.effects)}"
        )
    require_quantifications(view, entry.n, documents, [effect.result for effect in effects.effects])
    for key, value in results_record(effects, documents).items():
        if entry.event[key] != value:
            raise BrokenLogError(
                f"entry {entry.n}, correction: {key} is {quote(entry.event[key], 200)}, expected {quote(value, 200)}"
            )
    rows: list[Row] = [*numbered_rows(effects.readings, pieces), *owed, *series, *effects.others]
    rows += [row for item in effects.projects for row in item.carry]
    for effect, name in zip(effects.effects, documents, strict=True):
        rows.append(evolve(effect.issuance, quantification=name))
    blocks = [block for item in effects.projects for block in item.withdrawn]
    return rows + move(view, entry.n, blocks, WITHDRAWN)
