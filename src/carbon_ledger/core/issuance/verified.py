"""The rule that an issuance is supported by a verifier's statement, if its project requires one."""

from collections.abc import Sequence
from decimal import Decimal

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.issuance.carry import amounts_record, carry_of, units_of_carry
from carbon_ledger.core.issuance.verifications import (
    SUPPORTING,
    Stated,
    decimals_of,
    is_overtaken,
    overtaken_by,
    standing_of,
)
from carbon_ledger.core.state.rows import Issuance
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import RefusedError
from carbon_ledger.exact import Rounding, arithmetic, plain, text_of
from carbon_ledger.methodologies import Quantification
from carbon_ledger.periods import Period
from carbon_ledger.projects import Project


def issued_in(view: View, statement: Stated, issuances: Sequence[Issuance]) -> list[Issuance]:
    """The issuances of the project that claim steps of the verified time and are not voided, in order.

    Args:
        view: The state.
        statement: The statement.
        issuances: All issuances of its project.
    """
    start, end = statement.period.start_utc, statement.period.end_utc
    devices = lookup.project(view, statement.project).devices
    numbers = {claim.issuance_n for name in devices for claim in view.claims(name, start, end)}
    return [item for item in issuances if item.n in numbers and not item.voided]


def claimed_in(view: View, statement: Stated, issuances: Sequence[Issuance]) -> list[tuple[int, Decimal]]:
    """The amounts that the project has claimed of the verified time, by vintage, in any order.

    An issuance that was converted counts as it was recorded. Its units are retired, but its steps are reserved for the
    other instrument: what was verified is used, and supports no further unit.

    Args:
        view: The state.
        statement: The statement.
        issuances: All issuances of its project.
    """
    found = [pair for item in issued_in(view, statement, issuances) for pair in item.amounts]
    for item in issuances:
        if item.converted and statement.meets(Period(item.start_utc, item.end_utc)):
            found += ((part["vintage"], Decimal(part["amount"])) for part in view.entry(item.n).event["amounts"])
    return found


def beyond(statement: Stated, amounts: Sequence[tuple[int, Decimal]]) -> tuple[int, Decimal, Decimal] | None:
    """The first vintage of which more is claimed than was verified, with the amount and the quantity; or None.

    A quantity is stated in whole units or with decimals. The amount is rounded down to as many decimals, because a
    verifier who states whole units rounds down too.

    Args:
        statement: The statement.
        amounts: The amounts of the vintages, in any order; several amounts of one vintage are added.
    """
    verified, claimed = dict(statement.quantities), dict[int, Decimal]()
    with arithmetic():
        for vintage, amount in amounts:
            claimed[vintage] = plain(claimed.get(vintage, Decimal(0)) + amount)
    for vintage, amount in sorted(claimed.items()):
        quantity = verified.get(vintage)
        if quantity is None:
            if amount > 0:
                return vintage, amount, Decimal(0)
        elif Rounding("floor", places=decimals_of(quantity)).apply(amount) > quantity:
            return vintage, amount, quantity
    return None


def require_verified(view: View, entry: Entry, project: Project, result: Quantification) -> None:
    """Refuse an issuance that no statement supports, if the project requires one.

    Args:
        view: The state before the issuance.
        entry: The issuance.
        project: Its project.
        result: Its quantification. Without steps, it is of carry.

    Raises:
        RefusedError: No statement is about the whole period, its opinion supports nothing, the issuer recorded it,
            later entries overtook it, or more is claimed than was verified. Where whole units of carry are issued,
            because a correction raised claimed energy, this holds for every issuance of the project. Otherwise, no
            statement is about an issuance whose amounts a correction changed, or verifies as much as it claims.
    """
    if not project.requires_verification:
        return
    where = f"project {project.id}, {result.period}"
    standing, issuances = standing_of(view, project.id), view.issuances(project.id)
    if result.steps:
        period = result.period
        statement = _covering(where, standing, period.start_utc, period.end_utc)
        _require_support(view, where, entry, statement, issuances, result.amounts)
    if not result.steps or (not project.instrument.granular and units_of_carry(carry_of(view, project.id))):
        _require_all(view, where, entry, standing, issuances)
    elif not project.instrument.granular:
        _require_corrected(view, where, standing, issuances)


def _require_all(
    view: View, where: str, entry: Entry, standing: Sequence[Stated], issuances: Sequence[Issuance]
) -> None:
    """Refuse to make units of carry as long as a statement does not support all that the project has claimed."""
    where, known = f"{where}, units of carry", dict[int, Stated]()
    for item in issuances:
        if item.amounts and not item.voided:
            statement = _covering(f"{where}, issuance {item.n}", standing, item.start_utc, item.end_utc)
            known[statement.n] = statement
    for statement in known.values():
        _require_support(view, where, entry, statement, issuances)


def _require_corrected(view: View, where: str, standing: Sequence[Stated], issuances: Sequence[Issuance]) -> None:
    """Refuse to issue as long as a correction has left more claimed than a verifier's statement about it verifies.

    A correction upward need not leave a whole unit. Its energy can complete a unit with the fraction of this issuance,
    or make a debit good; if it were repeated, any number of units would rest on energy that nobody verified.
    """
    known = dict[int, Stated]()
    for item in issuances:
        if item.from_n == item.n or not item.amounts or item.voided:
            continue
        if amounts_record(item.amounts) != view.entry(item.n).event["amounts"]:
            statement = _covering(f"{where}, corrected issuance {item.n}", standing, item.start_utc, item.end_utc)
            known[statement.n] = statement
    for statement in known.values():
        _require_enough(view, where, statement, issuances)


def _covering(where: str, standing: Sequence[Stated], start_utc: int, end_utc: int) -> Stated:
    """The statement about a whole interval."""
    for item in standing:
        if item.covers(start_utc, end_utc):
            return item
    period = Period(start_utc, end_utc)
    parts = ", ".join(f"verification {item.n}" for item in standing if item.meets(period))
    raise RefusedError(
        where,
        "no verifier's statement is about this whole time"
        + (f" (about a part of it: {parts})" if parts else "")
        + "; issue a period that one statement is about, or have a verifier record one with state_verification()",
        rule="verification-missing",
    )


def _require_support(
    view: View,
    where: str,
    entry: Entry,
    statement: Stated,
    issuances: Sequence[Issuance],
    amounts: Sequence[tuple[int, Decimal]] = (),
) -> None:
    """Refuse to rely on a statement that does not support what is claimed of its time, with further amounts."""
    name = f"verification {statement.n}"
    if statement.opinion not in SUPPORTING:
        raise RefusedError(
            where, f"the opinion of {name} is {statement.opinion}, which supports nothing", rule="verification-opinion"
        )
    if statement.by == entry.by:
        raise RefusedError(
            where,
            f"{entry.by} recorded {name}, and cannot issue on it; have another actor issue, or have a verifier record "
            "the statement",
            rule="verification-own",
        )
    if is_overtaken(view, statement):
        changed = overtaken_by(view, statement)
        shown = ", ".join(map(str, changed[:3])) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
        raise RefusedError(
            where,
            f"{name} is overtaken by entry {shown}, which the verifier did not see; have the verifier state the "
            f"verification again, with replaces={statement.n}",
            rule="verification-overtaken",
        )
    _require_enough(view, where, statement, issuances, amounts)


def _require_enough(
    view: View,
    where: str,
    statement: Stated,
    issuances: Sequence[Issuance],
    amounts: Sequence[tuple[int, Decimal]] = (),
) -> None:
    """Refuse to claim more of the time of a statement than it verifies, with further amounts."""
    if found := beyond(statement, [*claimed_in(view, statement, issuances), *amounts]):
        vintage, amount, quantity = found
        raise RefusedError(
            where,
            f"{text_of(amount)} of vintage {vintage} would be claimed of the time of verification {statement.n}, which "
            f"verifies {text_of(quantity)}; check the waivers and the factor, or have the verifier state it again",
            rule="verification-exceeded",
        )
