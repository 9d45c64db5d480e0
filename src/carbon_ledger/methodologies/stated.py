"""The factor and the declared emissions of a quantification, read back from its lines.

A quantification states what it was computed from. Inputs that are not in the log, or not yet, are read back from the
lines of input, so that every other line can be computed again. The names of lines are explanations and are not read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from carbon_ledger.errors import MissingDataError
from carbon_ledger.exact import arithmetic, text_of
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.methodologies.factor_flags import stated_flags
from carbon_ledger.methodologies.fuel_flags import flagged_fuel
from carbon_ledger.methodologies.project_emissions import FuelUse, ImportedElectricity, Leakage
from carbon_ledger.methodologies.quantification import Line, Quantification
from carbon_ledger.waivers import waived

_DECLARED: Final = re.compile(r"(?P<what>FC|EC|LE)\[(?P<vintage>[0-9]{4}),(?P<k>[1-9][0-9]*)\]")
_EVIDENCE: Final = re.compile(r"(?P<source>.+); (?P<evidence>sha256:[0-9a-f]{64})", re.DOTALL)
_NOT_READ: Final = "as the quantification states it"

Emission = FuelUse | ImportedElectricity | Leakage


def stated_factor(result: Quantification, factor_id: str, region: str) -> EmissionFactor:
    """The factor that the lines of a quantification state: value, source, tool, confidence and flags.

    The lines do not state the factor's kind, region, validity or technologies. The result has a kind and a region that
    suit the quantification, and is valid at any time and for any technology.

    Args:
        result: The quantification.
        factor_id: The id of the quantification's factor.
        region: The electricity system of the devices.

    Raises:
        MethodologyError: The quantification has no line ``EF``.
        QuantityError: The value of the line is not valid for a factor.
    """
    line = result.line("EF")
    source, _, tool = line.source.rpartition("; ")
    return EmissionFactor(
        factor_id=factor_id,
        value=text_of(line.value),
        unit=line.unit,
        kind="lifecycle" if waived("factor-kind", result.waivers) else "combined_margin",
        region=region,
        source=source,
        tool=tool.removeprefix("made by ") if tool.startswith("made by ") else None,
        confidence=line.confidence or None,
        flags=stated_flags(result),
    )


def stated_emissions(result: Quantification) -> tuple[Emission, ...]:
    """The declared emissions that the lines of input of a quantification state, in the order of the lines.

    Raises:
        MissingDataError: A line of input is missing.
        QuantityError: A line of input does not describe a declared emission.
        UnknownUnitError: The unit of a line of input is not one that declared emissions have.

    Example:
        >>> from decimal import Decimal
        >>> from carbon_ledger.periods import Period
        >>> leaked = Line(symbol="LE[2024,1]", name="leakage", value=Decimal("1.5"), unit="tCO2e", source="section B.6")
        >>> result = Quantification(project="p", period=Period.year(2024, zone="UTC"), unit="tCO2e", lines=(leaked,))
        >>> [item.amount_t for item in stated_emissions(result)]
        [Decimal('1.5')]
    """
    return tuple(_emissions({line.symbol: line for line in result.lines}))


def _emissions(lines: Mapping[str, Line]) -> Iterator[Emission]:
    for symbol, line in lines.items():
        match = _DECLARED.fullmatch(symbol)
        if match is None:
            continue
        vintage, mark = int(match["vintage"]), f"[{match['vintage']},{match['k']}]"
        if match["what"] == "FC":
            yield _fuel_use(line, vintage, mark, lines)
        elif match["what"] == "EC":
            yield _imported(line, vintage, *_inputs(lines, mark, ("EF_EC", "TDL")))
        else:
            yield Leakage(amount=_stated(line), vintage=vintage, reason=_NOT_READ, source=line.source)


def _inputs(lines: Mapping[str, Line], mark: str, names: Iterable[str]) -> list[Line]:
    missing = [f"{name}{mark}" for name in names if f"{name}{mark}" not in lines]
    if missing:
        raise MissingDataError(f"the quantification has no line {missing[0]}, which a declared emission needs")
    return [lines[f"{name}{mark}"] for name in names]


def _stated(line: Line) -> str:
    return f"{text_of(line.value)} {line.unit}"


def _source(line: Line) -> tuple[str, str | None]:
    match = _EVIDENCE.fullmatch(line.source)
    return (match["source"], match["evidence"]) if match else (line.source, None)


def _fuel_use(burned: Line, vintage: int, mark: str, lines: Mapping[str, Line]) -> FuelUse:
    source, evidence = _source(burned)
    values: dict[str, str] = {}
    if f"w_C{mark}" in lines:
        values["carbon_content"] = _stated(lines[f"w_C{mark}"])
        if f"rho{mark}" in lines:
            values["density"] = _stated(lines[f"rho{mark}"])
    else:
        heat, content = _inputs(lines, mark, ("NCV", "EF_CO2"))
        values = {"ncv": _stated(heat), "emission_factor": _stated(content)}
    return FuelUse(
        fuel=flagged_fuel(mark, lines.values()) or _NOT_READ,
        amount=_stated(burned),
        vintage=vintage,
        basis="measured",
        source=source,
        evidence=evidence,
        **values,
    )


def _imported(taken: Line, vintage: int, factor: Line, losses: Line) -> ImportedElectricity:
    source, evidence = _source(taken)
    with arithmetic():
        percent = text_of(losses.value.scaleb(2))
    return ImportedElectricity(
        amount=_stated(taken),
        emission_factor=_stated(factor),
        losses=f"{percent} %",
        vintage=vintage,
        meter=_NOT_READ,
        source=source,
        evidence=evidence,
    )
