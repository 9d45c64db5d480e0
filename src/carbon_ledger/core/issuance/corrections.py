"""Rules for corrections: new readings supersede old ones, claims do not change, and issuances are quantified again."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final, TypeVar

from attrs import evolve, frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import GENERATION_CORRECTED
from carbon_ledger.core.holdings.pieces import move
from carbon_ledger.core.issuance.carry import adjusted, amounts_record, carry_of, carry_record
from carbon_ledger.core.issuance.documents import require_quantifications
from carbon_ledger.core.issuance.granular import granular_carry, recount, require_same_steps
from carbon_ledger.core.issuance.monitoring import RunPart, energy_of
from carbon_ledger.core.issuance.quantifying import requantify
from carbon_ledger.core.issuance.reserved import reserved_before, reserved_for
from carbon_ledger.core.issuance.returnable import withdrawable_blocks
from carbon_ledger.core.issuance.voiding import issued_later
from carbon_ledger.core.readings import check_run, row_of, run_of
from carbon_ledger.core.state.corrected import corrected_view
from carbon_ledger.core.state.decisions import decide
from carbon_ledger.core.state.rows import WITHDRAWN, Carry, Claim, Issuance, Reading, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, OverlapError, StraddlingStepError
from carbon_ledger.exact import arithmetic, whole_below
from carbon_ledger.metering.readings import Readings
from carbon_ledger.methodologies import Quantification
from carbon_ledger.periods import Period
from carbon_ledger.printing import quote
from carbon_ledger.serials import Block

Numbered = TypeVar("Numbered", Reading, Issuance, Carry)


# In place of the number of a correction's entry, which is not known before its documents are split into entries.
UNNUMBERED: Final = -1
_NUMBERS: Final = ("from_n", "to_n", "source_n")


@frozen
class Effect:
    """The effect of a correction on one issuance: the issuance afterwards, and the units that are withdrawn."""

    issuance: Issuance
    result: Quantification
    withdrawn: tuple[Block, ...]


@frozen
class Effects:
    """The effects of a correction on readings, on issuances, and on the carry of their projects.

    The rows have `UNNUMBERED` in place of the number of the correction's entry.
    """

    readings: tuple[Reading, ...]
    effects: tuple[Effect, ...]
    carries: tuple[Carry, ...]

    def of_entry(self, n: int) -> "Effects":
        """The same effects, with *n* as the number of the correction's entry."""
        return Effects(
            tuple(_numbered(row, n) for row in self.readings),
            tuple(evolve(effect, issuance=_numbered(effect.issuance, n)) for effect in self.effects),
            tuple(_numbered(row, n) for row in self.carries),
        )


def _numbered(row: Numbered, n: int) -> Numbered:
    numbers: dict[str, Any] = {name: n for name in _NUMBERS if getattr(row, name, None) == UNNUMBERED}
    return evolve(row, **numbers)


def effects_of(view: View, request: Mapping[str, Any]) -> Effects:
    """The effects of a correction, computed from its readings alone.

    Args:
        view: The state before.
        request: The device and the new readings: the fields of a correction's event that `request_of` returns.

    Raises:
        OverlapError: The interval is not exactly covered by live readings.
        StraddlingStepError: A new step crosses the edge of a claim.
        RefusedError: A claim is of granular certificates, and the new steps differ from the steps of their issuance.

    Source:
        ledger-model sections 2, 3 and 7.
    """
    entry = Entry(n=UNNUMBERED, at="", by="", type=GENERATION_CORRECTED, event=request)
    device = lookup.device(view, request["device"])
    run = run_of(entry)
    check_run(view, device.id, run)
    rows = _replaced(view, device.id, run, entry.n)
    claims = view.claims(device.id, run.start_utc, run.end_utc)
    # Voiding the issuance returns reserved steps to their conversion: no new step may be reserved in part.
    reserved = [part for claim in claims for part in reserved_before(view, claim)]
    _require_aligned(run, [*claims, *reserved], device.id)
    corrected = corrected_view(view, entry, rows)
    of_issuance: dict[int, list[Claim]] = {}
    for claim in claims:
        of_issuance.setdefault(claim.issuance_n, []).append(claim)
    carries: dict[str, Carry] = {}
    effects: list[Effect] = []
    for issuance in _affected(view, claims):
        project = lookup.project(view, issuance.project)
        before = carries.get(project.id) or carry_of(view, project.id)
        if project.instrument.granular:
            for claim in of_issuance[issuance.n]:
                require_same_steps(view, run, claim)
            effect = _granular_effect(view, corrected, issuance, entry.n)
            carries[project.id] = granular_carry(before, issuance, effect.issuance, entry.n)
        else:
            effect, carries[project.id] = _effect(view, issuance, requantify(corrected, issuance), before, entry.n)
        effects.append(effect)
    return Effects(tuple(rows), tuple(effects), tuple(carries[key] for key in sorted(carries)))


def request_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """The device and the new readings of a correction's event: all its other fields are computed from them."""
    return {name: event[name] for name in ("device", "start", "step_s", "net_wh", "gross_wh") if name in event}


def _affected(view: View, claims: Sequence[Claim]) -> list[Issuance]:
    """The issuances to quantify again, newest first: those that claim the steps, and later ones that rest on them."""
    numbers = {claim.issuance_n for claim in claims if reserved_for(view, claim) is None}
    found = {n: lookup.issuance(view, n) for n in numbers}
    for issuance in list(found.values()):
        if lookup.project(view, issuance.project).history_wh:
            found |= {n: lookup.issuance(view, n) for n in issued_later(view, issuance)}
    return [found[n] for n in sorted(found, reverse=True)]


def _replaced(view: View, device: str, run: Readings, n: int) -> list[Reading]:
    """The rows that end the corrected runs, add their parts beside the correction again, and add the new run."""
    rows: list[Reading] = []
    at = run.start_utc
    for old in view.readings(device, run.start_utc, run.end_utc):
        start, end = max(old.start_utc, run.start_utc), min(old.end_utc, run.end_utc)
        if start != at or (start - old.start_utc) % old.step_s or (end - old.start_utc) % old.step_s:
            break
        rows.append(evolve(old, to_n=n))
        rows += _beside(view, old, start, end, n)
        at = end
    if at != run.end_utc:
        raise OverlapError(
            f"device {device}",
            f"a correction replaces whole steps, and {Period(run.start_utc, run.end_utc)} does not consist of whole "
            f"steps with live readings; see readings({quote(device)})",
        )
    return [*rows, row_of(device, run, n, n)]


def _beside(view: View, old: Reading, start_utc: int, end_utc: int, n: int) -> list[Reading]:
    """The parts of a run before and after a correction. The sum of the longest of the three parts is the difference."""
    edges = (old.start_utc, start_utc, end_utc, old.end_utc)
    parts = sorted(pairwise(edges), key=lambda part: part[1] - part[0])
    sums = {part: energy_of(view, RunPart(old, *part)) for part in parts[:2] if part[0] < part[1]}
    net, gross = (sum(values) for values in zip((0, 0), *sums.values(), strict=True))
    sums[parts[2]] = old.net_wh - net, (old.gross_wh or 0) - gross
    rows = []
    for left, right in (edges[:2], edges[2:]):
        if left < right:
            net, gross = sums[left, right]
            known = None if old.gross_wh is None else gross
            rows.append(evolve(old, start_utc=left, end_utc=right, net_wh=net, gross_wh=known, from_n=n))
    return rows


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


def _effect(view: View, issuance: Issuance, result: Quantification, before: Carry, n: int) -> tuple[Effect, Carry]:
    """The effect on an issuance, and the carry afterwards. Units are withdrawn if the carry is below zero."""
    old, new = dict(issuance.amounts), dict(result.amounts)
    with arithmetic():
        changes = {year: new.get(year, Decimal(0)) - old.get(year, Decimal(0)) for year in old.keys() | new.keys()}
        difference = sum(changes.values(), Decimal(0))
    raised = [year for year, change in changes.items() if change > 0]
    after = adjusted(before, n, claimed=difference, vintage=max(raised, default=None))
    lowered = {year for year, change in changes.items() if change < 0}
    blocks = withdrawable_blocks(view, issuance, lowered, -whole_below(after.carry))
    if blocks:
        count = sum(block.count for block in blocks)
        # What remains is a part of the last unit that was withdrawn.
        after = adjusted(after, n, counted=-count, vintage=int(blocks[-1].batch_id.split("/")[1]))
    return _changed(issuance, result, tuple(blocks), n), after


def _granular_effect(view: View, corrected: View, issuance: Issuance, n: int) -> Effect:
    """The effect on an issuance of granular certificates, with the units of lowered intervals that are withdrawn."""
    result = requantify(corrected, issuance)
    recounted = recount(view, corrected, issuance, result)
    return _changed(evolve(issuance, toward_debit=recounted.toward_debit), result, recounted.withdrawn, n)


def _changed(issuance: Issuance, result: Quantification, withdrawn: tuple[Block, ...], n: int) -> Effect:
    counted = issuance.counted - sum(block.count for block in withdrawn)
    after = evolve(issuance, from_n=n, amounts=result.amounts, counted=counted)
    return Effect(after, result, withdrawn)


def results_record(effects: Effects, documents: Sequence[str]) -> dict[str, Any]:
    """The effects of a correction as its event pins them, with the documents of their quantifications."""
    return {
        "issuances": [
            {
                "issuance": effect.issuance.n,
                "quantification": name,
                "amounts": amounts_record(effect.result.amounts),
                "withdrawn": [
                    {"batch": block.batch_id, "first": block.first, "last": block.last} for block in effect.withdrawn
                ],
            }
            for effect, name in zip(effects.effects, documents, strict=True)
        ],
        "carries": [{"project": item.project, "carry": carry_record(item)} for item in effects.carries],
    }


def corrected(view: View, entry: Entry) -> list[Row]:
    """Correct readings: the old readings are superseded and remain visible, and the issuances of their steps change.

    Raises:
        UnknownDeviceError: No such device.
        OverlapError: The interval is not exactly covered by live readings.
        StraddlingStepError: A new step crosses the edge of a claim.
        RefusedError: A claim is of granular certificates, and the new steps differ from the steps of their issuance.
        BrokenLogError: A figure of the event is not the one that the rules compute.

    Source:
        ledger-model section 7; domain invariant 15.
    """
    effects = decide(view, effects_of, request_of(entry.event)).of_entry(entry.n)
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
    rows: list[Row] = [*effects.readings, *effects.carries]
    for effect, name in zip(effects.effects, documents, strict=True):
        rows.append(evolve(effect.issuance, quantification=name))
    blocks = [block for effect in effects.effects for block in effect.withdrawn]
    return rows + move(view, entry.n, blocks, WITHDRAWN)
