"""Rules for corrections: new readings supersede old ones, claims stay, and issuances are quantified again."""

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
from carbon_ledger.core.pinned_zones import zone_of
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


# Stands for the number of a correction's entry, which is known when the documents before it are cut.
UNNUMBERED: Final = -1
_NUMBERS: Final = ("from_n", "to_n", "source_n")


@frozen
class Effect:
    """What a correction does to one issuance: the issuance as it is afterwards, and the units it gives back."""

    issuance: Issuance
    result: Quantification
    withdrawn: tuple[Block, ...]


@frozen
class Effects:
    """What a correction does to readings, to issuances, and to the carry of their projects.

    Its rows have `UNNUMBERED` in place of the number of the correction's entry.
    """

    readings: tuple[Reading, ...]
    effects: tuple[Effect, ...]
    accruals: tuple[Carry, ...]

    def of_entry(self, n: int) -> "Effects":
        """The same effects, of the correction that is entry *n*."""
        return Effects(
            tuple(_numbered(row, n) for row in self.readings),
            tuple(evolve(effect, issuance=_numbered(effect.issuance, n)) for effect in self.effects),
            tuple(_numbered(row, n) for row in self.accruals),
        )


def _numbered(row: Numbered, n: int) -> Numbered:
    numbers: dict[str, Any] = {name: n for name in _NUMBERS if getattr(row, name, None) == UNNUMBERED}
    return evolve(row, **numbers)


def effects_of(view: View, request: Mapping[str, Any]) -> Effects:
    """Compute what a correction does, from its readings alone.

    Args:
        view: The state before.
        request: The device and the new readings, as `request_of` takes them from an event.

    Raises:
        OverlapError: The interval is not exactly covered by live readings.
        StraddlingStepError: A new step crosses the edge of a claim.
        RefusedError: A claim is of granular certificates, and the new steps are not those they were issued for.

    Source:
        ledger-model sections 2, 3 and 7.
    """
    entry = Entry(n=UNNUMBERED, at="", by="", type=GENERATION_CORRECTED, event=request)
    device = lookup.device(view, request["device"])
    run = run_of(entry)
    check_run(device, run, zone_of(view, device.zone))
    rows = _replaced(view, device.id, run, entry.n)
    claims = view.claims(device.id, run.start_utc, run.end_utc)
    # What a conversion kept goes back to it when the issuance is voided: no step may be half of it.
    _require_aligned(run, [*claims, *(kept for claim in claims for kept in reserved_before(view, claim))], device.id)
    corrected = corrected_view(view, entry, rows)
    of_issuance: dict[int, list[Claim]] = {}
    for claim in claims:
        of_issuance.setdefault(claim.issuance_n, []).append(claim)
    accruals: dict[str, Carry] = {}
    effects: list[Effect] = []
    for issuance in _affected(view, claims):
        project = lookup.project(view, issuance.project)
        before = accruals.get(project.id) or carry_of(view, project.id)
        if project.instrument.granular:
            for claim in of_issuance[issuance.n]:
                require_same_steps(view, run, claim)
            effect = _granular_effect(view, corrected, issuance, entry.n)
            accruals[project.id] = granular_carry(before, issuance, effect.issuance, entry.n)
        else:
            effect, accruals[project.id] = _effect(view, issuance, requantify(corrected, issuance), before, entry.n)
        effects.append(effect)
    return Effects(tuple(rows), tuple(effects), tuple(accruals[key] for key in sorted(accruals)))


def request_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a correction's event that all the others follow from."""
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
    """The rows that end the runs under a correction, that keep what lies beside it, and that add the new run."""
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
            f"a correction replaces readings over exactly the same interval, and "
            f"{Period(run.start_utc, run.end_utc)} is not made of whole live steps; see readings({quote(device)})",
        )
    return [*rows, row_of(device, run, n, n)]


def _beside(view: View, old: Reading, start_utc: int, end_utc: int, n: int) -> list[Reading]:
    """What a correction leaves of a run on both sides of it. Of the three parts, the longest is not summed."""
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
    for claim in claims:
        for edge in (claim.start_utc, claim.end_utc):
            if run.start_utc < edge < run.end_utc and (edge - run.start_utc) % run.step_s:
                raise StraddlingStepError(
                    f"device {device}",
                    f"a step of {run.step_s} s crosses the edge of the claim of entry {claim.issuance_n}; "
                    "correct with shorter steps",
                    rule="step-crosses-claim",
                )


def _effect(view: View, issuance: Issuance, result: Quantification, accrual: Carry, n: int) -> tuple[Effect, Carry]:
    """The new amounts of an issuance, and the units it gives back where carry is below zero."""
    old, new = dict(issuance.amounts), dict(result.amounts)
    with arithmetic():
        changes = {year: new.get(year, Decimal(0)) - old.get(year, Decimal(0)) for year in old.keys() | new.keys()}
        difference = sum(changes.values(), Decimal(0))
    raised = [year for year, change in changes.items() if change > 0]
    after = adjusted(accrual, n, claimed=difference, vintage=max(raised, default=None))
    lowered = {year for year, change in changes.items() if change < 0}
    blocks = withdrawable_blocks(view, issuance, lowered, -whole_below(after.carry))
    if blocks:
        count = sum(block.count for block in blocks)
        # What is left is a part of the last unit that was taken back.
        after = adjusted(after, n, counted=-count, vintage=int(blocks[-1].batch_id.split("/")[1]))
    return _changed(issuance, result, tuple(blocks), n), after


def _granular_effect(view: View, corrected: View, issuance: Issuance, n: int) -> Effect:
    """The new amounts of an issuance of granular certificates, and the units of lowered hours that it gives back."""
    result = requantify(corrected, issuance)
    found = recount(view, corrected, issuance, result)
    return _changed(evolve(issuance, toward_debit=found.toward_debit), result, found.withdrawn, n)


def _changed(issuance: Issuance, result: Quantification, withdrawn: tuple[Block, ...], n: int) -> Effect:
    counted = issuance.counted - sum(block.count for block in withdrawn)
    after = evolve(issuance, from_n=n, amounts=result.amounts, counted=counted)
    return Effect(after, result, withdrawn)


def results_record(effects: Effects, documents: Sequence[str]) -> dict[str, Any]:
    """What a correction's event pins of its effects, with the documents of their quantifications."""
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
        "carries": [{"project": item.project, "carry": carry_record(item)} for item in effects.accruals],
    }


def corrected(view: View, entry: Entry) -> list[Row]:
    """Correct readings: the old ones are superseded and stay visible, and issuances of their steps change.

    Raises:
        UnknownDeviceError: No such device.
        OverlapError: The interval is not exactly covered by live readings.
        StraddlingStepError: A new step crosses the edge of a claim.
        RefusedError: A claim is of granular certificates, and the new steps are not those they were issued for.
        BrokenLogError: A figure of the event is not what the rules give.

    Source:
        ledger-model section 7; domain invariant 15.
    """
    effects = decide(view, effects_of, request_of(entry.event)).of_entry(entry.n)
    documents = [item["quantification"] for item in entry.event["issuances"]]
    if len(documents) != len(effects.effects):
        raise BrokenLogError(
            f"entry {entry.n}, correction: it names {len(documents)} issuances, the rules give {len(effects.effects)}"
        )
    require_quantifications(view, entry.n, documents, [effect.result for effect in effects.effects])
    for key, value in results_record(effects, documents).items():
        if entry.event[key] != value:
            raise BrokenLogError(
                f"entry {entry.n}, correction: {key} is {quote(entry.event[key], 200)}, the rules give "
                f"{quote(value, 200)}"
            )
    rows: list[Row] = [*effects.readings, *effects.accruals]
    for effect, name in zip(effects.effects, documents, strict=True):
        rows.append(evolve(effect.issuance, quantification=name))
    blocks = [block for effect in effects.effects for block in effect.withdrawn]
    return rows + move(view, entry.n, blocks, WITHDRAWN)
