"""Reconciling: MWh generated against units issued, each a number, nothing left over."""

from decimal import Decimal

from attrs import frozen

from carbon_ledger.exact import arithmetic, plain, text_of
from carbon_ledger.ledger.monitoring import Slice, columns, devices_of, inside, totals
from carbon_ledger.ledger.state import RETIRED, Accrual, Reading, View
from carbon_ledger.periods import Period
from carbon_ledger.projects import Project


@frozen(kw_only=True)
class Reconciliation:
    """What a project generated in a period, and what became of it.

    ``generated = claimed + claimed elsewhere + excluded + unclaimed`` in Wh, and for the whole project
    ``carry = claimed amount + adjustments - counted`` in units; `holds` says that both are true.

    Attributes:
        project: The project's id.
        period: The time asked about.
        unit: The instrument's unit.
        generated_wh: Live net energy of the steps wholly inside the period. [Wh]
        claimed_wh: Of it, claimed by this project's issuances. [Wh]
        claimed_elsewhere_wh: Of it, claimed by other projects. [Wh]
        excluded_wh: Of it, steps not above zero that no granular certificate is issued for. [Wh]
        unclaimed_wh: The rest. [Wh]
        gaps: Time without a reading. [(device, Period), ...]
        claimed_amount: Exact amounts of the issuances whose monitoring period lies inside. [unit]
        counted: Units of those issuances, less those voided or withdrawn.
        retired: Units of those issuances that are retired.
        carry: The project's carry, exact. [unit]
        adjustments: The project's adjustments (units forfeited, below zero). [unit]
        debit: What the project must make good before it issues again. [unit]
        project_claimed_amount: Exact amount of all the project's live claims. [unit]
        project_counted: All units that count against it.
    """

    project: str
    period: Period
    unit: str
    generated_wh: int
    claimed_wh: int
    claimed_elsewhere_wh: int
    excluded_wh: int
    unclaimed_wh: int
    gaps: tuple[tuple[str, Period], ...]
    claimed_amount: Decimal
    counted: int
    retired: int
    carry: Decimal
    adjustments: int
    debit: Decimal
    project_claimed_amount: Decimal
    project_counted: int

    @property
    def holds(self) -> bool:
        """Whether both identities are true."""
        parts = self.claimed_wh + self.claimed_elsewhere_wh + self.excluded_wh + self.unclaimed_wh
        with arithmetic():
            carry = self.project_claimed_amount + self.adjustments - self.project_counted
        return self.generated_wh == parts and self.carry == carry

    def __str__(self) -> str:
        """The reconciliation as a table."""
        rows = [
            ("generated", f"{self.generated_wh:,} Wh"),
            ("  claimed", f"{self.claimed_wh:,} Wh"),
            ("  claimed by other projects", f"{self.claimed_elsewhere_wh:,} Wh"),
            ("  excluded (not above zero)", f"{self.excluded_wh:,} Wh"),
            ("  unclaimed", f"{self.unclaimed_wh:,} Wh"),
            ("gaps", str(len(self.gaps))),
            ("claimed amount", f"{text_of(self.claimed_amount)} {self.unit}"),
            ("counted", f"{self.counted:,} units"),
            ("  of which retired", f"{self.retired:,} units"),
            ("project: claimed amount", f"{text_of(self.project_claimed_amount)} {self.unit}"),
            ("  + adjustments", f"{self.adjustments:,}"),
            ("  - counted", f"{self.project_counted:,}"),
            ("  = carry", f"{text_of(self.carry)} {self.unit}"),
            ("debit", f"{text_of(self.debit)} {self.unit}"),
            ("identities hold", "yes" if self.holds else "NO"),
        ]
        head = f"{self.project}, {self.period}"
        return "\n".join([head, *(f"  {name:<30}{value:>28}" for name, value in rows)])


def reconcile(view: View, project: Project, period: Period) -> Reconciliation:
    """Count a project's period from the rows, not from the issuances' own words.

    Args:
        view: The state.
        project: The project.
        period: The time asked about.
    """
    energies = [0, 0, 0, 0]
    gaps: list[tuple[str, Period]] = []
    for device in devices_of(view, project):
        at = max(period.start_utc, device.first_utc) if device.first_utc is not None else period.end_utc
        for run in view.readings(device.id, period.start_utc, period.end_utc):
            if at < run.start_utc:
                gaps.append((device.id, Period(at, run.start_utc)))
            at = max(at, run.end_utc)
            for position, energy in enumerate(_run_energies(view, project, run, period)):
                energies[position] += energy
        if at < period.end_utc:
            gaps.append((device.id, Period(at, period.end_utc)))
    inside = [
        item
        for item in view.issuances(project.id)
        if not item.voided and period.start_utc <= item.start_utc and item.end_utc <= period.end_utc
    ]
    accrual = view.accrual(project.id) or Accrual(project.id, 0)
    with arithmetic():
        claimed = sum((amount for item in inside for _, amount in item.amounts), Decimal(0))
        debit = max(Decimal(0), -accrual.carry)
    return Reconciliation(
        project=project.id,
        period=period,
        unit=project.instrument.unit,
        generated_wh=sum(energies),
        claimed_wh=energies[0],
        claimed_elsewhere_wh=energies[1],
        excluded_wh=energies[2],
        unclaimed_wh=energies[3],
        gaps=tuple(gaps),
        claimed_amount=plain(claimed),
        counted=sum(item.counted for item in inside),
        retired=sum(_retired(view, item.n) for item in inside),
        carry=accrual.carry,
        adjustments=accrual.adjustments,
        debit=plain(debit),
        project_claimed_amount=accrual.claimed,
        project_counted=accrual.counted,
    )


def _run_energies(view: View, project: Project, run: Reading, period: Period) -> tuple[int, int, int, int]:
    """Energy of a run's steps inside a period: claimed here, claimed elsewhere, excluded, unclaimed."""
    whole = inside(run, period)
    if whole is None:
        return 0, 0, 0, 0
    start, end = whole.start_utc, whole.end_utc
    here = elsewhere = excluded = unclaimed = 0
    at = start
    for claim in view.claims(run.device, start, end):
        low, high = max(claim.start_utc, start), min(claim.end_utc, end)
        free = _free(view, project, run, at, low)
        excluded, unclaimed = excluded + free[0], unclaimed + free[1]
        issuance = view.issuance(claim.issuance_n)
        energy = totals(view, Slice(run, low, high))[0]
        if issuance is not None and issuance.project == project.id:
            here += energy
        else:
            elsewhere += energy
        at = high
    free = _free(view, project, run, at, end)
    return here, elsewhere, excluded + free[0], unclaimed + free[1]


def _free(view: View, project: Project, run: Reading, start: int, end: int) -> tuple[int, int]:
    if start >= end:
        return 0, 0
    part = Slice(run, start, end)
    if not project.instrument.granular:
        return 0, totals(view, part)[0]
    net = columns(view, part)[0]
    return sum(wh for wh in net if wh <= 0), sum(wh for wh in net if wh > 0)


def _retired(view: View, issuance_n: int) -> int:
    return sum(
        piece.count
        for found in view.batches(issuance_n)
        for piece in view.pieces(found.batch.batch_id, 1, found.batch.count)
        if piece.state == RETIRED
    )
