"""Project emissions and leakage of a vintage, line by line: reservoirs, fuel, imported electricity, leakage."""

from decimal import Decimal

from carbon_ledger.errors import FactorNotApplicableError, MissingDataError
from carbon_ledger.exact import text_of
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.methodologies import reservoirs
from carbon_ledger.methodologies.activity import Activity, VintageGeneration
from carbon_ledger.methodologies.fuel_flags import fuel_flags
from carbon_ledger.methodologies.net_energy import millionths, summed
from carbon_ledger.methodologies.project_emissions import BASES, FuelUse, ImportedElectricity, Leakage
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.methodologies.tool05 import SCENARIOS


def project_lines(
    activity: Activity,
    vintage: int,
    factor: EmissionFactor,
    document: str,
    *,
    reservoir_t_per_mwh: Decimal = reservoirs.RESERVOIR_T_PER_MWH,
) -> tuple[Line, ...]:
    """Lines for every project emission of a vintage with its inputs, and last for their sum.

    Args:
        activity: The activity, whose applicability has been checked.
        vintage: The calendar year.
        factor: The baseline emission factor.
        document: The methodology's name and version, for the sources.
        reservoir_t_per_mwh: The document's default emission factor of reservoirs. [tCO2e/MWh]

    Raises:
        MissingDataError: Gross generation is needed for the emissions of a reservoir, but was not recorded.
        FactorNotApplicableError: Imported electricity is declared with a factor below the baseline factor.
    """
    source = f"{document}, project emissions"
    groups = [*_reservoir_groups(activity, vintage, source, reservoir_t_per_mwh)]
    fuels = [item for item in activity.fuel_uses if item.vintage == vintage]
    groups += [_fuel_group(item, k, source) for k, item in enumerate(fuels, 1)]
    imports = [item for item in activity.imports if item.vintage == vintage]
    groups += [_import_group(item, k, factor, source) for k, item in enumerate(imports, 1)]
    if groups:
        parts = [group[-1] for group in groups]
        total = summed(f"PE[{vintage}]", f"project emissions in {vintage}", parts, source, "S")
        return (*(line for group in groups for line in group), total)
    name = f"project emissions in {vintage}: zero, no added reservoir of at most 10 W/m2 generated"
    return (_zero_line(f"PE[{vintage}]", name, source),)


def leakage_lines(activity: Activity, vintage: int, document: str) -> tuple[Line, ...]:
    """Lines for the leakage that is declared for a vintage, and last for its sum."""
    source = f"{document}, leakage"
    declared = [item for item in activity.leakages if item.vintage == vintage]
    if declared:
        parts = [_leakage_line(item, k) for k, item in enumerate(declared, 1)]
        return (*parts, summed(f"LE[{vintage}]", f"leakage in {vintage}", parts, source, "S"))
    name = f"leakage in {vintage}: zero, it counts for transferred equipment alone and none is recorded"
    return (_zero_line(f"LE[{vintage}]", name, source),)


def _zero_line(symbol: str, name: str, source: str) -> Line:
    return Line(symbol=symbol, name=name, value=Decimal(0), unit="tCO2e", source=source, confidence="S")


def _leakage_line(item: Leakage, k: int) -> Line:
    return Line(
        symbol=f"LE[{item.vintage},{k}]",
        name=f"leakage: {item.reason}",
        value=item.amount_t,
        unit="tCO2e",
        source=item.source,
    )


def _reservoir_groups(activity: Activity, vintage: int, source: str, t_per_mwh: Decimal) -> list[tuple[Line, ...]]:
    emitting = {device.id: device for device in activity.devices if reservoirs.emits(device)}
    groups: list[tuple[Line, ...]] = []
    for item in activity.generation:
        if item.vintage != vintage or item.device not in emitting:
            continue
        gross = _gross_line(item, activity.project, source, t_per_mwh)
        emitted = Line(
            symbol=f"PE[{vintage},{item.device}]",
            name=f"reservoir emissions: {reservoirs.density_text(emitting[item.device])}, not above 10",
            value=t_per_mwh * gross.value,
            unit="tCO2e",
            formula=f"EF_Res x {gross.symbol}",
            inputs=("EF_Res", gross.symbol),
            source=source,
            confidence="S",
        )
        groups.append((gross, emitted))
    return groups


def _gross_line(item: VintageGeneration, project: str, source: str, t_per_mwh: Decimal) -> Line:
    if item.gross_wh is None:
        raise MissingDataError(
            f"project {project}: gross generation of {item.device} in {item.vintage} was not recorded, but "
            f"reservoir emissions are {text_of(1000 * t_per_mwh)} kgCO2e per MWh of it; record the "
            "readings of the device with gross_wh"
        )
    return Line(
        symbol=f"TEG[{item.vintage},{item.device}]",
        name=f"gross generation of {item.device} in {item.vintage}",
        value=millionths(item.gross_wh),
        unit="MWh",
        source=source,
        confidence="S",
    )


def _fuel_group(item: FuelUse, k: int, source: str) -> tuple[Line, ...]:
    mark = f"[{item.vintage},{k}]"
    evidence = f"; {item.evidence}" if item.evidence else ""
    lines = [
        Line(
            symbol=f"{symbol}{mark}",
            name=name if symbol == "FC" else f"{name}: {BASES[item.basis]}",
            value=value,
            unit=unit,
            source=f"{item.source}{evidence}",
        )
        for symbol, name, value, unit in (_carbon_inputs(item) if item.by_carbon else _heat_inputs(item))
    ]
    symbols = tuple(line.symbol for line in lines)
    emitted = Line(
        symbol=f"PE_FC{mark}",
        name=f"emissions of {item.fuel} burned on site in {item.vintage}"
        + (", rounded up to the gram" if item.by_carbon else ""),
        value=item.emissions_t,
        unit="tCO2e",
        formula=" x ".join([*symbols, "44/12"] if item.by_carbon else symbols),
        inputs=symbols,
        source=f"{source}; TOOL03 v3.0, equations (1) to (4)",
        confidence="P",
    )
    return (*lines, *fuel_flags(item, mark), emitted)


_Inputs = list[tuple[str, str, Decimal, str]]


def _heat_inputs(item: FuelUse) -> _Inputs:
    return [
        ("FC", f"{item.fuel} burned, stated as {item.amount}", item.amount_burned, item.unit),
        ("NCV", f"net calorific value of {item.fuel}, stated as {item.ncv}", item.ncv_gj, f"GJ/{item.unit}"),
        ("EF_CO2", f"{item.fuel}, stated as {item.emission_factor}", item.ef_t_per_gj, "tCO2/GJ"),
    ]


def _carbon_inputs(item: FuelUse) -> _Inputs:
    inputs = [
        ("FC", f"{item.fuel} burned, stated as {item.amount}", item.amount_burned, item.unit),
        ("w_C", f"carbon content of {item.fuel}, stated as {item.carbon_content}", item.carbon_share, "tC/t"),
    ]
    if item.density is not None:
        inputs.append(("rho", f"density of {item.fuel}, stated as {item.density}", item.density_t_per_m3, "t/m3"))
    return inputs


def _import_group(item: ImportedElectricity, k: int, factor: EmissionFactor, source: str) -> tuple[Line, ...]:
    if item.ef_t_per_mwh < factor.t_per_mwh:
        # Otherwise the same MWh would have lower emissions if taken through this meter than through the grid meter.
        raise FactorNotApplicableError(
            f"electricity of {item.meter} in {item.vintage}",
            f"{item.emission_factor} is less than the baseline factor, {text_of(factor.t_per_mwh)} tCO2e/MWh; declare "
            "at least the baseline factor, so that imported energy counts no less than exported energy",
        )
    mark = f"[{item.vintage},{k}]"
    factor_text, losses_text = _stated_as(item, "emission_factor"), _stated_as(item, "losses")
    inputs = (
        ("EC", f"electricity taken through {item.meter}, no part of net generation", millionths(item.amount_wh), "MWh"),
        ("EF_EC", f"emission factor of {item.meter}, {factor_text}", item.ef_t_per_mwh, "tCO2e/MWh"),
        ("TDL", f"losses up to {item.meter}, {losses_text}", item.losses_share, "1"),
    )
    evidence = f"; {item.evidence}" if item.evidence else ""
    lines = [
        Line(symbol=f"{symbol}{mark}", name=name, value=value, unit=unit, source=f"{item.source}{evidence}")
        for symbol, name, value, unit in inputs
    ]
    emitted = Line(
        symbol=f"PE_EC{mark}",
        name=f"emissions of electricity taken through {item.meter} in {item.vintage}",
        value=item.emissions_t,
        unit="tCO2e",
        formula=f"EC{mark} x EF_EC{mark} x (1 + TDL{mark})",
        inputs=tuple(line.symbol for line in lines),
        source=f"{source}; TOOL05 v3.0, section 6.2.1, equation (1)",
        confidence="P",
    )
    return (*lines, emitted)


def _stated_as(item: ImportedElectricity, name: str) -> str:
    """How a value of imported electricity was stated, with what it depends on."""
    found = f"stated as {getattr(item, name)}"
    if name == "losses" and item.losses_year is not None:
        found += f", data of {item.losses_year}"
    return found if item.scenario is None else f"{found}, scenario {item.scenario}: {SCENARIOS[item.scenario]}"
