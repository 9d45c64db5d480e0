"""A methodology of the operator's own that the second golden ledger adopts.

That ledger pins the digest of this file. After the golden ledgers are frozen, this file is never changed.
"""

from carbon_ledger.factors import EmissionFactor
from carbon_ledger.methodologies import base

SOURCE = "made up for the golden ledger [C]"


def calculate(_: base.Methodology, activity: base.Activity, factor: EmissionFactor) -> base.Outcome:
    """Net energy times the factor, less what the project declares."""
    lines: list[base.Line] = []
    amounts = []
    for year in activity.vintages:
        energy = base.net_energy_lines(activity, year, "MWh", source=SOURCE, confidence="C")
        baseline = base.Line(
            symbol=f"BE[{year}]",
            name="baseline emissions",
            value=energy[-1].value * factor.t_per_mwh,
            unit="tCO2e",
            formula=f"EG[{year}] x EF",
            inputs=(f"EG[{year}]",),
            source=SOURCE,
            confidence="C",
        )
        project = base.project_lines(activity, year, factor, "OWN-GOLDEN")
        leakage = base.leakage_lines(activity, year, "OWN-GOLDEN")
        less = [project[-1], leakage[-1]]
        reduced = base.summed(f"ER[{year}]", "emission reductions", [baseline], SOURCE, "C", less=less)
        lines += [*energy, baseline, *project, *leakage, reduced]
        amounts.append((year, reduced.value))
    return tuple(lines), tuple(amounts)


METHODOLOGY = base.Methodology(
    name="OWN-GOLDEN",
    version="1.0",
    title="Öz metodika",
    source=SOURCE,
    confidence="C",
    factor_kinds=("fuel",),
    checks=(),
    calculation=calculate,
    text_seen=True,
)
