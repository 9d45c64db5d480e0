"""Methodologies: how emission reductions follow from generation and an emission factor, line by line.

Each methodology is a module that defines `METHODOLOGY` and whose name is in the list below.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final

from carbon_ledger.errors import MethodologyError
from carbon_ledger.methodologies import base
from carbon_ledger.methodologies.activity import YearCap
from carbon_ledger.methodologies.base import (
    Activity,
    Condition,
    LateEnergy,
    Methodology,
    RoundingPoint,
    VintageGeneration,
    quantify_lines,
    require_text,
)
from carbon_ledger.methodologies.certificates import certificate_lines
from carbon_ledger.methodologies.embodied_emissions import EmbodiedDefaults
from carbon_ledger.methodologies.life import LIVES, Life, life_of
from carbon_ledger.methodologies.programmes import PROGRAMMES, CreditingRule, Programme
from carbon_ledger.methodologies.project_emissions import FuelUse, ImportedElectricity, Leakage
from carbon_ledger.methodologies.quantification import DeviceSteps, Line, Quantification, Split
from carbon_ledger.printing import one_of, quote

_MODULES: Final = (
    "acm0002",
    "ams_i_d",
    "gccm001",
    "vmr0017",
)


def _described(module: str) -> Methodology:
    found: Methodology = import_module(f"{__name__}.{module}").METHODOLOGY
    return found


METHODOLOGIES: Final[Mapping[str, Methodology]] = MappingProxyType(
    {item.key: item for item in map(_described, _MODULES)}
)


def methodology_of(text: object) -> Methodology:
    """The methodology with this name and version.

    Args:
        text: Name and version, e.g. ``ACM0002@22.0``.

    Raises:
        MethodologyError: No methodology has this name and version.

    Example:
        >>> methodology_of("ACM0002@22.0").title
        'Grid-connected electricity generation from renewable sources'
    """
    if isinstance(text, str) and text in METHODOLOGIES:
        return METHODOLOGIES[text]
    raise MethodologyError(
        f"methodology {quote(text)}: expected a name and a version, {one_of(text, METHODOLOGIES)}; "
        "the version is needed, because different versions give different tonnes"
    )


__all__ = [
    "LIVES",
    "METHODOLOGIES",
    "PROGRAMMES",
    "Activity",
    "Condition",
    "CreditingRule",
    "DeviceSteps",
    "EmbodiedDefaults",
    "FuelUse",
    "ImportedElectricity",
    "LateEnergy",
    "Leakage",
    "Life",
    "Line",
    "Methodology",
    "Programme",
    "Quantification",
    "RoundingPoint",
    "Split",
    "VintageGeneration",
    "YearCap",
    "base",
    "certificate_lines",
    "life_of",
    "methodology_of",
    "quantify_lines",
    "require_text",
]
