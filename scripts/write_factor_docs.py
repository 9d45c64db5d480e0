"""Write `docs/reference/factors.md`: every factor and every global warming potential that is bundled, with its source.

A test compares the page with the data. Run this script after a change of the data::

    python scripts/write_factor_docs.py
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from carbon_ledger.factors import EmissionFactor, Gwp, builtin
from carbon_ledger.factors.gwp import GWP_SETS, gwp_sets

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "factors.md"

INTRODUCTION = """\
# Bundled factors

You need an emission factor or a global warming potential, and want to know which of them come with the library and
where each is from. `cl.factors.builtin()` returns all bundled factors, and `cl.factors.GwpSet.named("AR5")` returns
a set of global warming potentials.

Every number is as published, in the unit beside it. An empty cell means that the value is not known. The column
*sure* shows where a figure comes from: P is the published page; S is a secondary source; C was calculated from
figures of S; M was written from memory and not checked. Read the flags before you use a figure. They are warnings:
a suspicious figure is flagged and not left out.

This page is generated from the bundled data by `scripts/write_factor_docs.py`, and a test compares the two.
"""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def valid(factor: EmissionFactor) -> str:
    """The days on which a factor is valid, and the years of its data."""
    years = f"data of {', '.join(map(str, factor.data_years))}" if factor.data_years else ""
    if factor.valid_from is None and factor.valid_to is None:
        return years
    days = f"{factor.valid_from or 'any day'} to {factor.valid_to or 'any day'}"
    return f"{days}; {years}" if years else days


def number(factor: EmissionFactor) -> str:
    """The value, its unit and its bounds."""
    bounds = f" ({factor.lower} to {factor.upper})" if factor.lower and factor.upper else ""
    return f"{factor.value}{bounds} {factor.unit}"


def whom(factor: EmissionFactor) -> str:
    """The gas and the technologies of a factor, its crediting period and its weights."""
    period = f"crediting period {factor.crediting_period_ordinal}" if factor.crediting_period_ordinal else ""
    margins = f"weights {' and '.join(factor.weights)}" if factor.weights else ""
    return "; ".join(part for part in (factor.gas, ", ".join(factor.technologies), period, margins) if part)


def common(factors: Sequence[EmissionFactor], name: str) -> Any:
    """The value of a field if all factors have the same, else None."""
    values = {getattr(factor, name) for factor in factors}
    return values.pop() if len(values) == 1 else None


def section(factors: Sequence[EmissionFactor]) -> Iterator[str]:
    """The section of a dataset: what its factors have in common, and a row for each factor."""
    first = factors[0]
    source = common(factors, "source")
    shared = [flag for flag in first.flags if all(flag in factor.flags for factor in factors)]
    yield f"## {first.dataset}, {first.version}"
    yield ""
    yield f"{len(factors)} factors. Publisher: {first.publisher}. Licence: {first.licence}."
    for label, name in (("Source", "source"), ("Read from a file with", "digest"), ("Known since", "known_since")):
        if (value := common(factors, name)) is not None:
            yield f"{label}: {value}."
    if shared:
        yield ""
        yield "Flags of all of them:"
        yield ""
        yield from (f"- {flag}" for flag in shared)
    yield ""
    rows = (
        (
            f"`{factor.factor_id}`",
            factor.region,
            factor.kind,
            number(factor),
            whom(factor),
            valid(factor),
            factor.place or "" if source else f"{factor.source}; {factor.place}",
            factor.confidence or "",
            "; ".join(flag for flag in factor.flags if flag not in shared),
        )
        for factor in factors
    )
    yield from table(("factor", "region", "kind", "value", "of, for", "valid", "place", "sure", "flags"), rows)
    yield ""


def potentials() -> Iterator[str]:
    """The global warming potentials: a row for each gas, a column for each set, and the sources of the numbers."""
    sets = {item.name: item.gwps for item in gwp_sets()}
    gases = list(dict.fromkeys(gas for gwps in sets.values() for gas in gwps))
    yield "## Global warming potentials over 100 years"
    yield ""
    years = ", ".join(f"{item.name} {next(iter(item.gwps.values())).year}" for item in gwp_sets())
    yield f"In tCO2e/t. Reports: {years}. A gas with an empty cell is not in that set, and no other set replaces it."
    yield ""
    rows = [[gas, *(sets[name][gas].value if gas in sets[name] else "" for name in GWP_SETS)] for gas in gases]
    yield from table(("gas", *GWP_SETS), rows)
    yield ""
    groups: dict[tuple[str, ...], list[Gwp]] = {}
    for gwps in sets.values():
        for gwp in gwps.values():
            key = (gwp.source, gwp.publisher, gwp.dataset, gwp.version, gwp.licence, gwp.confidence, *gwp.flags)
            groups.setdefault(key, []).append(gwp)
    for (source, publisher, dataset, version, licence, sure, *flags), found in groups.items():
        named = "All others" if len(found) > 20 else ", ".join(f"{gwp.gas} of {gwp.gwp_set}" for gwp in found)
        place = found[0].place if len(found) == 1 else "the row of the gas, the column of the set"
        noted = f" Flags: {'; '.join(flags)}." if flags else ""
        yield (
            f"- {named}: {source}. Publisher: {publisher}. Dataset: {dataset}, {version}; {place}. "
            f"Licence: {licence}. Sure: {sure}.{noted}"
        )


def text() -> str:
    """The whole page."""
    groups: dict[tuple[str | None, ...], list[EmissionFactor]] = {}
    for factor in builtin():
        groups.setdefault((factor.publisher, factor.dataset, factor.version), []).append(factor)
    lines = [INTRODUCTION]
    for factors in groups.values():
        lines += section(factors)
    lines += potentials()
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(text(), encoding="utf-8")
    print(f"{PAGE.name}: {len(builtin())} factors")


if __name__ == "__main__":
    main()
