"""A methodology of one's own: geothermal heat for a district replaces boilers that burned natural gas.

Run it: ``python examples/district_heating.py [FILE]``. It leaves a ledger in FILE (district_heating.db by default). An
auditor reads this module, compares its SHA-256 with the one that the ledger pins, and passes METHODOLOGY to the audit.
"""

import signal
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import carbon_ledger as cl
from carbon_ledger.exact import Rounding
from carbon_ledger.methodologies import base

DOCUMENT = "OWN-HEAT v1.0"
EFFICIENCY = Decimal("0.92")  # of the gas boilers
FACTOR_FLOOR = base.RoundingPoint("baseline factor of heat, rounded down", Rounding("floor", places=6))


def replaces_gas(activity: base.Activity) -> base.Condition:
    """The heat comes from new geothermal plants alone."""
    others = [device.id for device in activity.devices if device.technology != "geothermal"]
    return base.Condition(
        name="technology",
        met=not others and activity.baseline == "greenfield",
        detail=f"{', '.join(others) or activity.baseline}, expected new geothermal plants; use another project",
        source=f"{DOCUMENT}, section 1",
        confidence="P",
    )


def calculate(_: base.Methodology, activity: base.Activity, factor: cl.EmissionFactor) -> base.Outcome:
    """ER = Q x EF / efficiency - PE - LE for each vintage; Q is the heat that the district took."""

    def line(symbol: str, name: str, value: Decimal, unit: str, source: str, *inputs: str, how: str = "") -> base.Line:
        return base.Line(
            symbol=symbol, name=name, value=value, unit=unit, source=source, inputs=inputs, formula=how, confidence="P"
        )

    heat_factor = FACTOR_FLOOR.rounding.apply(Fraction(factor.t_per_mwh) / Fraction(EFFICIENCY))
    lines = [
        line("EF", f"natural gas: {factor.factor_id}", factor.t_per_mwh, "tCO2e/MWh", factor.source),
        line("eta", "efficiency of the gas boilers", EFFICIENCY, "1", f"{DOCUMENT}, section 2"),
        line("EF_heat", FACTOR_FLOOR.name, heat_factor, "tCO2e/MWh", DOCUMENT, "EF", "eta", how="floor(EF / eta, 6)"),
    ]
    amounts = []
    for year in activity.vintages:
        heat = base.net_energy_lines(activity, year, "MWh", source=f"{DOCUMENT}, section 3", confidence="P", symbol="Q")
        burned = heat[-1].value * heat_factor
        baseline = line(
            f"BE[{year}]", "gas emissions", burned, "tCO2e", DOCUMENT, f"Q[{year}]", how=f"Q[{year}] x EF_heat"
        )
        project = base.project_lines(activity, year, factor, DOCUMENT)
        leakage = base.leakage_lines(activity, year, DOCUMENT)
        less = [project[-1], leakage[-1]]
        reduced = base.summed(f"ER[{year}]", f"emission reductions in {year}", [baseline], DOCUMENT, "P", less=less)
        lines += [*heat, baseline, *project, *leakage, reduced]
        amounts.append((year, reduced.value))
    return tuple(lines), tuple(amounts)


METHODOLOGY = base.Methodology(
    name="OWN-HEAT",
    version="1.0",
    title="Geothermal district heating instead of gas boilers",
    source="the district's crediting rules, a document of this example",
    confidence="P",
    factor_kinds=("fuel",),
    checks=(replaces_gas,),
    calculation=calculate,
    roundings=(base.ISSUANCE_FLOOR, FACTOR_FLOOR),
    text_seen=True,
)


def record(ledger: cl.Ledger) -> cl.Batch:
    """Register a heating plant, record a year of heat, and issue its credits."""
    zone = "Europe/Budapest"
    year = cl.Period.year(2024, zone=zone)
    ledger.open_account("district", name="District heating company")
    plant = cl.Device(
        id="well-1",
        name="Well 1",
        technology="geothermal",
        capacity="6 MW",
        country="HU",
        grid="HU",
        zone=zone,
        commissioned="2023-11-01",
    )
    ledger.register_device(plant)
    project = cl.Project(
        id="heat",
        instrument="VCS-VCU",
        zone=zone,
        devices=("well-1",),
        methodology=METHODOLOGY.key,
        baseline="greenfield",
        registered="2024-03-05",
        crediting_period=cl.Period.years("2024-01-01", 7, zone=zone),
    )
    ledger.register_project(project)
    ledger.record_generation("well-1", year, net="21840 MWh")
    gas = cl.EmissionFactor(
        factor_id="natural-gas",
        value="56.1",
        unit="tCO2/TJ",
        kind="fuel",
        region="HU",
        source="2006 IPCC Guidelines, volume 2, table 1.4",
    )
    return ledger.issue("heat", year, factor=gas, to="district")[0]


def main(path: str = "district_heating.db") -> int:
    """Record the example, and audit it with and without the methodology."""
    Path(path).unlink(missing_ok=True)
    with cl.open_ledger(path, ledger_id="heat-example", methodologies=[METHODOLOGY]) as ledger:
        batch = record(ledger)
        for line in ledger.trace(f"{batch.batch_id}/1").quantification.lines:
            print(line)
        print(ledger.audit())
    with cl.open_ledger(path, read_only=True) as ledger:
        print(ledger.audit())
    return 0


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly when a reader such as `head` has enough
    sys.exit(main(*sys.argv[1:]))
