"""Reconciliation of generated energy with issued units, in which every Wh and every unit is accounted for."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from attrs import frozen

from carbon_ledger.core.entries.events import CORRECTIONS
from carbon_ledger.core.issuance.monitoring import devices_of, gaps_of
from carbon_ledger.core.issuance.reserved import claims_against
from carbon_ledger.core.issuance.run_parts import RunPart, energy_of, step_values, whole_steps_in
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.rows import STATES, WITHDRAWN, Issuance, Reading
from carbon_ledger.core.state.view import View
from carbon_ledger.estimates import Comparison, compare
from carbon_ledger.exact import arithmetic, plain, text_of
from carbon_ledger.metering.readings import MEASURED
from carbon_ledger.periods import Period
from carbon_ledger.printing import lines
from carbon_ledger.projects import Project
from carbon_ledger.queries.carry import CarryChange, VintageCarry, debit_changes, debit_in_words, project_carry
from carbon_ledger.records import Record
from carbon_ledger.tables import DECIMAL, TEXT, TIME, Cells, Column, Table, Tabular, Value, html_table, shown, table_of


@frozen(kw_only=True, repr=False)
class Reconciliation(Record, Tabular):
    """A project's generation in a period, the units issued for it, and the project's carry: a table of figures.

    ``generated = claimed + claimed elsewhere + excluded + unclaimed`` in Wh; of the units issued for the period
    ``issued = active + locked + buffered + pending + retired + cancelled + withdrawn + exported``; and for the
    whole project and for each of its vintages ``carry = claimed amount + adjustments - counted`` in units. `holds` is
    whether all of these are true.

    Attributes:
        project: The project's id.
        period: The period.
        unit: The instrument's unit.
        generated_wh: Live net energy of the steps entirely inside the period. [Wh]
        claimed_wh: Part of it that this project's issuances claim. [Wh]
        claimed_elsewhere_wh: Part of it that other projects claim, or that is reserved for another instrument. [Wh]
        excluded_wh: Part of it in steps not above zero, for which no granular certificates are issued. [Wh]
        unclaimed_wh: The rest, including energy that a conversion reserves for this instrument. [Wh]
        estimated_wh: Part of the generated energy that was estimated, or `None` if no reading was. [Wh]
        substituted_wh: Part of the generated energy that was substituted, or `None` if no reading was. [Wh]
        gaps: Time without a reading. [(device, Period), ...]
        claimed_amount: Exact amount of the issuances whose monitoring period is inside the period. [unit]
        counted: Units of those issuances, except units that were voided or withdrawn.
        issued: All units of those issuances.
        active: Issued units that are active.
        locked: Issued units that are locked.
        buffered: Issued units that are held back.
        pending: Issued units that are offered to somebody.
        retired: Issued units that are retired.
        cancelled: Issued units that are cancelled.
        withdrawn: Issued units that are withdrawn.
        withdrawn_by_correction: Withdrawn units that a correction of readings withdrew.
        exported: Issued units that were exported to another registry.
        carry: The project's carry, exact. [unit]
        vintages: The carry of each vintage of the project, and that of it and all older vintages; oldest first.
        adjustments: The project's adjustments (units forfeited, below zero). [unit]
        debit: Amount that the project must make good before it issues again. [unit]
        debit_since: The entry since which the project has had a debit, or None if it has none.
        debits: Every change of the debit, entry by entry, inside the period and outside it.
        project_claimed_amount: Exact amount of all the project's live claims. [unit]
        project_counted: All units that count against that amount.
        comparisons: Generated energy and claimed amount, each beside what the project's estimate expected of the same
            days; empty without an estimate.
    """

    _in_repr = ("project", "holds", "period")
    _derived = ("holds",)

    project: str
    period: Period
    unit: str
    generated_wh: int
    claimed_wh: int
    claimed_elsewhere_wh: int
    excluded_wh: int
    unclaimed_wh: int
    estimated_wh: int | None
    substituted_wh: int | None
    gaps: tuple[tuple[str, Period], ...]
    claimed_amount: Decimal
    counted: int
    issued: int
    active: int
    locked: int
    buffered: int
    pending: int
    retired: int
    cancelled: int
    withdrawn: int
    withdrawn_by_correction: int
    exported: int
    carry: Decimal
    vintages: tuple[VintageCarry, ...]
    adjustments: int
    debit: Decimal
    debit_since: int | None
    debits: tuple[CarryChange, ...]
    project_claimed_amount: Decimal
    project_counted: int
    comparisons: tuple[Comparison, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all identities are true."""
        parts = self.claimed_wh + self.claimed_elsewhere_wh + self.excluded_wh + self.unclaimed_wh
        units = sum(getattr(self, state) for state in STATES)
        with arithmetic():
            carry = self.project_claimed_amount + self.adjustments - self.project_counted
            of_vintages = [item.claimed + item.adjustments - item.counted == item.carry for item in self.vintages]
            carry_holds = all(of_vintages) and self.carry == carry == sum(item.carry for item in self.vintages)
        return self.generated_wh == parts and self.issued == units and carry_holds

    def _table(self) -> Table:
        columns = (
            Column("project", TEXT, lambda _: self.project),
            Column("period_start", TIME, lambda _: self.period.start_utc),
            Column("period_end", TIME, lambda _: self.period.end_utc),
            Column("what", TEXT, lambda row: str(row["what"]).strip()),
            Column("amount", DECIMAL, lambda row: Decimal(row["amount"])),
            Column("unit", TEXT, lambda row: row["unit"] or None),
        )
        return table_of("Reconciliation", columns, [row for row in self.rows() if row["what"] and _is_figure(row)])

    def rows(self) -> list[Cells]:
        """The figures as rows of plain values: name, amount and unit, with decimals as text."""
        rows: list[tuple[str, Value, str]] = [
            ("generated", self.generated_wh, "Wh"),
            ("  claimed", self.claimed_wh, "Wh"),
            ("  claimed by other projects", self.claimed_elsewhere_wh, "Wh"),
            ("  excluded (not above zero)", self.excluded_wh, "Wh"),
            ("  unclaimed", self.unclaimed_wh, "Wh"),
            *((f"  of generated: {name}", wh, "Wh") for name, wh in self._unmeasured() if wh is not None),
            ("gaps", len(self.gaps), ""),
            ("claimed amount", text_of(self.claimed_amount), self.unit),
            ("issued", self.issued, "units"),
            *((f"  {state}", getattr(self, state), "units") for state in STATES),
            ("  of withdrawn: by correction", self.withdrawn_by_correction, "units"),
            ("counted", self.counted, "units"),
            ("project: claimed amount", text_of(self.project_claimed_amount), self.unit),
            ("  + adjustments", self.adjustments, "units"),
            ("  - counted", self.project_counted, "units"),
            ("  = carry", text_of(self.carry), self.unit),
            *(self._vintage_row(item) for item in self.vintages if item.vintage is not None),
            ("debit", text_of(self.debit), self.unit),
            *((("  " + debit_in_words(self.debit, self.debit_since), "", ""),) if self.debit else ()),
            *(self._debit_row(change) for change in self.debits),
            *(row for item in self.comparisons for row in _comparison_rows(item)),
            ("identities hold", "yes" if self.holds else "NO", ""),
        ]
        return [{"what": what, "amount": amount, "unit": unit} for what, amount, unit in rows]

    def _vintage_row(self, item: VintageCarry) -> tuple[str, Value, str]:
        name = f"  carry of {item.vintage} (with older: {text_of(item.cumulative)})"
        return name, text_of(item.carry), self.unit

    def _unmeasured(self) -> tuple[tuple[str, int | None], ...]:
        return ("estimated", self.estimated_wh), ("substituted", self.substituted_wh)

    def _debit_row(self, change: CarryChange) -> tuple[str, Value, str]:
        amount = change.incurred or -change.made_good
        return f"  entry {change.n}, {change.type}", f"{'+' if change.incurred else ''}{text_of(amount)}", self.unit

    def __str__(self) -> str:
        """The reconciliation as text."""
        rows = [(str(row["what"]), f"{shown('amount', row['amount'])} {row['unit']}".rstrip()) for row in self.rows()]
        head = f"{self.project}, {self.period}"
        return lines(head, *(f"  {name:<36}{value:>28}".rstrip() for name, value in rows))

    def _repr_html_(self) -> str:
        """The reconciliation as HTML, with every text escaped."""
        return html_table(f"{self.project}, {self.period}", self.rows())


def _is_figure(row: Cells) -> bool:
    """Whether a row has a number, and not words alone."""
    amount = row["amount"]
    return type(amount) is int or str(amount).lstrip("+-").replace(".", "", 1).isdecimal()


def _comparison_rows(item: Comparison) -> tuple[tuple[str, Value, str], ...]:
    actual = "generated" if item.what == "generation" else "claimed amount"
    return (
        (f"expected {item.what} ({item.days_text})", text_of(item.expected), item.unit),
        (f"  {actual} - expected", text_of(item.difference), item.unit),
    )


def reconcile(view: View, project: Project, period: Period) -> Reconciliation:
    """Reconcile a project's period from the readings, claims and units, not from the figures in issuance entries.

    Args:
        view: The state.
        project: The project.
        period: The period.
    """
    energies, unmeasured, gaps = _energies(view, project, period)
    carried = project_carry(view, project.id)
    inside = [item for item in view.issuances(project.id) if not item.voided and _is_inside(item, period)]
    amount = _claimed_amount(inside)
    return Reconciliation(
        project=project.id,
        period=period,
        unit=project.instrument.unit,
        generated_wh=sum(energies),
        claimed_wh=energies[0],
        claimed_elsewhere_wh=energies[1],
        excluded_wh=energies[2],
        unclaimed_wh=energies[3],
        estimated_wh=unmeasured.get("estimated"),
        substituted_wh=unmeasured.get("substituted"),
        gaps=tuple(gaps),
        claimed_amount=amount,
        counted=sum(item.counted for item in inside),
        **_units(view, inside),
        carry=carried.carry,
        vintages=carried.vintages,
        adjustments=carried.adjustments,
        debit=carried.debit,
        debit_since=carried.debit_since,
        debits=debit_changes(view, project.id),
        project_claimed_amount=carried.claimed,
        project_counted=carried.counted,
        comparisons=compare(
            project.estimate,
            period,
            zone_of(view, project.zone),
            project.crediting_period,
            net_wh=sum(energies),
            amount=amount,
            unit=project.instrument.unit,
        ),
    )


def _claimed_amount(issuances: Sequence[Issuance]) -> Decimal:
    with arithmetic():
        return plain(sum((amount for item in issuances for _, amount in item.amounts), Decimal(0)))


def _is_inside(item: Issuance, period: Period) -> bool:
    return period.start_utc <= item.start_utc and item.end_utc <= period.end_utc


def _energies(
    view: View, project: Project, period: Period
) -> tuple[list[int], dict[str, int], list[tuple[str, Period]]]:
    """Energy of a project's steps inside a period: as `run_energies` divides it, what was not measured, gaps. [Wh]"""
    energies = [0, 0, 0, 0]
    unmeasured: dict[str, int] = {}
    gaps: list[tuple[str, Period]] = []
    for device in devices_of(view, project):
        runs = view.readings(device.id, period.start_utc, period.end_utc)
        gaps += [(device.id, Period(*gap)) for gap in gaps_of(view, device, period, runs)]
        for run in runs:
            parts = run_energies(view, project, run, period, view.issuance)
            energies = [total + part for total, part in zip(energies, parts, strict=True)]
            if run.quality != MEASURED and whole_steps_in(run, period) is not None:
                unmeasured[run.quality] = unmeasured.get(run.quality, 0) + sum(parts)
    return energies, unmeasured, gaps


def run_energies(
    view: View, project: Project, run: Reading, period: Period, issuance_of: Callable[[int], Issuance | None]
) -> tuple[int, int, int, int]:
    """Energy of a run's steps inside a period: claimed by the project, claimed elsewhere, excluded, unclaimed. [Wh]

    Args:
        view: The state.
        project: The project.
        run: The run.
        period: The period.
        issuance_of: Gives an issuance of the state by its number, as ``view.issuance`` does.
    """
    whole = whole_steps_in(run, period)
    if whole is None:
        return 0, 0, 0, 0
    start, end = whole.start_utc, whole.end_utc
    here = elsewhere = excluded = unclaimed = 0
    at = start
    for claim in claims_against(view, view.claims(run.device, start, end), project.instrument.id):
        low, high = max(claim.start_utc, start), min(claim.end_utc, end)
        free = _free(view, project, run, at, low)
        excluded, unclaimed = excluded + free[0], unclaimed + free[1]
        issuance = issuance_of(claim.issuance_n)
        energy = energy_of(view, RunPart(run, low, high))[0]
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
    part = RunPart(run, start, end)
    if not project.instrument.granular:
        return 0, energy_of(view, part)[0]
    net = step_values(view, part)[0]
    return sum(wh for wh in net if wh <= 0), sum(wh for wh in net if wh > 0)


def _units(view: View, issuances: Sequence[Issuance]) -> dict[str, int]:
    """How many units the issuances made, how many are in each state, and how many a correction withdrew."""
    units = dict.fromkeys(("issued", *STATES, "withdrawn_by_correction"), 0)
    for batch in (found.batch for item in issuances for found in view.batches(item.n)):
        units["issued"] += batch.count
        for piece in view.pieces(batch.batch_id, 1, batch.count):
            units[piece.state] += piece.count
            # A withdrawn piece is never split again, so the entry that made it is the entry that withdrew it.
            if piece.state == WITHDRAWN and view.entry(piece.from_n).type in CORRECTIONS:
                units["withdrawn_by_correction"] += piece.count
    return units
