"""Rules for corrections: readings are superseded, claims stay, and issuances are computed again."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from attrs import evolve, frozen

from carbon_ledger.errors import BrokenLogError, OverlapError, RefusedError, StraddlingStepError
from carbon_ledger.exact import arithmetic, whole_below
from carbon_ledger.generation import Readings
from carbon_ledger.ledger import registry
from carbon_ledger.ledger.accrual import adjusted
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.monitoring import Slice, totals
from carbon_ledger.ledger.overlay import Overlay
from carbon_ledger.ledger.quantifying import requantify
from carbon_ledger.ledger.rules.documents import require_quantifications
from carbon_ledger.ledger.rules.issuing import accrual_of, amounts_record, carry_record, shares_a_year
from carbon_ledger.ledger.rules.movements import move
from carbon_ledger.ledger.rules.readings import check_run, row_of, run_of
from carbon_ledger.ledger.state import ACTIVE, WITHDRAWN, Accrual, Claim, Issuance, Reading, Row, View
from carbon_ledger.methodologies import Quantification
from carbon_ledger.periods import Period
from carbon_ledger.serials import Block


@frozen
class Effect:
    """What a correction does to one issuance."""

    issuance: Issuance
    result: Quantification
    withdrawn: tuple[Block, ...]


@frozen
class Effects:
    """What a correction does: to readings, to issuances, and to their projects' carry."""

    readings: tuple[Reading, ...]
    effects: tuple[Effect, ...]
    accruals: tuple[Accrual, ...]


def effects_of(view: View, entry: Entry) -> Effects:
    """Compute what a correction does, from its readings alone.

    Args:
        view: The state before.
        entry: The correction; of its event only device, start, step and columns are read.

    Raises:
        OverlapError: The interval is not exactly covered by live readings.
        StraddlingStepError: A new step crosses the edge of a claim.
        RefusedError: A claim is of granular certificates.

    Source:
        ledger-model sections 2, 3 and 7.
    """
    device = registry.device(view, entry.event["device"])
    run = run_of(entry)
    check_run(device, run)
    rows = _replaced(view, device.id, run, entry.n)
    claims = view.claims(device.id, run.start_utc, run.end_utc)
    _require_aligned(run, claims, device.id)
    corrected = Overlay(view, entry, rows)
    accruals: dict[str, Accrual] = {}
    effects = []
    for issuance in _affected(view, claims):
        project = registry.project(view, issuance.project)
        if project.instrument.granular:
            raise RefusedError(
                f"device {device.id}, {Period(run.start_utc, run.end_utc)}",
                f"granular certificates were issued on it by entry {issuance.n}: void that issuance first, "
                "each of their units maps to the step it came from",
                rule="granular-claimed",
            )
        before = accruals.get(project.id) or accrual_of(view, project.id)
        result = requantify(corrected, issuance)
        effect, after = _effect(view, issuance, result, before, entry.n)
        effects.append(effect)
        accruals[project.id] = after
    return Effects(tuple(rows), tuple(effects), tuple(accruals[key] for key in sorted(accruals)))


def _affected(view: View, claims: Sequence[Claim]) -> list[Issuance]:
    """The issuances to compute again, newest first: the claims', and those of their years that rest on them."""
    found = {n: registry.issuance(view, n) for n in {claim.issuance_n for claim in claims}}
    for issuance in list(found.values()):
        if registry.project(view, issuance.project).history_wh:
            others = view.issuances(issuance.project)
            found |= {item.n: item for item in others if shares_a_year(issuance, item)}
    return [found[n] for n in sorted(found, reverse=True)]


def _replaced(view: View, device: str, run: Readings, n: int) -> list[Reading]:
    """Close the runs under a correction, keep what lies beside it, and add the new run."""
    rows: list[Reading] = []
    at = run.start_utc
    for old in view.readings(device, run.start_utc, run.end_utc):
        start, end = max(old.start_utc, run.start_utc), min(old.end_utc, run.end_utc)
        if start != at or (start - old.start_utc) % old.step_s or (end - old.start_utc) % old.step_s:
            break
        rows.append(evolve(old, to_n=n))
        for left, right in ((old.start_utc, start), (end, old.end_utc)):
            if left < right:
                net, gross = totals(view, Slice(old, left, right))
                known = None if old.gross_wh is None else gross
                rows.append(evolve(old, start_utc=left, end_utc=right, net_wh=net, gross_wh=known, from_n=n))
        at = end
    if at != run.end_utc:
        raise OverlapError(
            f"device {device}: a correction replaces readings over exactly the same interval, and "
            f"{Period(run.start_utc, run.end_utc)} is not made of whole live steps; see readings({device!r})"
        )
    return [*rows, row_of(device, run, n, n)]


def _require_aligned(run: Readings, claims: Sequence[Claim], device: str) -> None:
    for claim in claims:
        for edge in (claim.start_utc, claim.end_utc):
            if run.start_utc < edge < run.end_utc and (edge - run.start_utc) % run.step_s:
                raise StraddlingStepError(
                    f"device {device}",
                    f"a step of {run.step_s} s crosses the edge of the claim of issuance {claim.issuance_n}; "
                    "correct with shorter steps",
                    rule="step-crosses-claim",
                )


def _effect(view: View, issuance: Issuance, result: Quantification, accrual: Accrual, n: int) -> tuple[Effect, Accrual]:
    """The new amounts of an issuance, and the units it gives back where carry is below zero."""
    old, new = dict(issuance.amounts), dict(result.amounts)
    with arithmetic():
        changes = {year: new.get(year, Decimal(0)) - old.get(year, Decimal(0)) for year in old.keys() | new.keys()}
        difference = sum(changes.values(), Decimal(0))
    raised = [year for year, change in changes.items() if change > 0]
    after = adjusted(accrual, n, claimed=difference, vintage=max(raised, default=None))
    lowered = {year for year, change in changes.items() if change < 0}
    blocks = _withdrawable(view, issuance, lowered, -whole_below(after.carry))
    if blocks:
        count = sum(block.count for block in blocks)
        # What is left is a part of the last unit that was taken back.
        after = adjusted(after, n, counted=-count, vintage=int(blocks[-1].batch_id.split("/")[1]))
    return Effect(issuance, result, tuple(blocks)), after


def _withdrawable(view: View, issuance: Issuance, lowered: set[int], needed: int) -> list[Block]:
    """Units that never left the issuing account: of lowered vintages first, highest serials first."""
    blocks: list[Block] = []
    batches = sorted(view.batches(issuance.n), key=lambda item: (item.batch.vintage in lowered, item.batch.vintage))
    for found in reversed(batches):
        batch = found.batch
        left = [piece for piece in view.pieces_ever(batch.batch_id) if piece.account != issuance.account]
        for piece in reversed(view.pieces(batch.batch_id, 1, batch.count)):
            if piece.state != ACTIVE or piece.account != issuance.account:
                continue
            for first, last in reversed(_never_left(piece.first, piece.last, [(p.first, p.last) for p in left])):
                if needed <= 0:
                    return blocks
                taken = min(needed, last - first + 1)
                blocks.append(Block(batch.batch_id, last - taken + 1, last))
                needed -= taken
    return blocks


def _never_left(first: int, last: int, left: list[tuple[int, int]]) -> list[tuple[int, int]]:
    ranges = []
    for gone_first, gone_last in sorted(left):
        if gone_last < first or gone_first > last:
            continue
        if first < gone_first:
            ranges.append((first, gone_first - 1))
        first = max(first, gone_last + 1)
    if first <= last:
        ranges.append((first, last))
    return ranges


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
    """Correct readings: the old are superseded, for ever visible; issuances on them are computed again.

    Raises:
        UnknownDeviceError: No such device.
        OverlapError: The interval is not exactly covered by live readings.
        StraddlingStepError: A new step crosses the edge of a claim.
        RefusedError: A claim is of granular certificates.
        BrokenLogError: A figure of the event is not what the rules give.

    Source:
        ledger-model section 7; domain invariant 15.
    """
    effects = effects_of(view, entry)
    documents = [item["quantification"] for item in entry.event["issuances"]]
    if len(documents) != len(effects.effects):
        raise BrokenLogError(
            f"entry {entry.n}, correction: it names {len(documents)} issuances, the rules give {len(effects.effects)}"
        )
    require_quantifications(view, entry.n, documents, [effect.result for effect in effects.effects])
    for key, value in results_record(effects, documents).items():
        if entry.event[key] != value:
            raise BrokenLogError(
                f"entry {entry.n}, correction: {key} is {entry.event[key]!r:.200}, the rules give {value!r:.200}"
            )
    rows: list[Row] = [*effects.readings, *effects.accruals]
    for effect, name in zip(effects.effects, documents, strict=True):
        rows.append(
            evolve(
                effect.issuance,
                from_n=entry.n,
                amounts=effect.result.amounts,
                quantification=name,
                counted=effect.issuance.counted - sum(block.count for block in effect.withdrawn),
            )
        )
    blocks = [block for effect in effects.effects for block in effect.withdrawn]
    return rows + move(view, entry.n, blocks, WITHDRAWN)
