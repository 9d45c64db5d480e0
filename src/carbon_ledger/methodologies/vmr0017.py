"""VMR0017: renewable generation fed to a grid (Verra), which replaces ACM0002 and AMS-I.D from 2027 on.

The document itself was not read. Two independent implementations agree on what is calculated here [S]. Not calculated:
plants that existed before the project, batteries and their fire suppression, and case 2 of VT0011. Imported electricity
is calculated by TOOL05, because the text of VT0010, which takes its place, was not found. Not checked: that a plant for
wind or solar energy is not in a high-income country, which the library does not know.
"""

from decimal import Decimal
from types import MappingProxyType
from typing import Final

from attrs import evolve

from carbon_ledger.exact import text_of
from carbon_ledger.methodologies.base import Activity, Condition
from carbon_ledger.methodologies.embodied_emissions import EmbodiedDefaults
from carbon_ledger.methodologies.grid_renewable import grid_renewable
from carbon_ledger.methodologies.net_energy import millionths

DOCUMENT: Final = "VMR0017 v1.0"
RESERVOIR_T_PER_MWH: Final = Decimal("0.100")
LARGEST_HYDRO_W: Final = 15_000_000

# The 44 countries that the United Nations listed in April 2026, when VMR0017 v1.0 became active. [M]
LEAST_DEVELOPED: Final = frozenset(
    (
        *("AO", "BJ", "BF", "BI", "CF", "TD", "KM", "CD", "DJ", "ER", "ET", "GM", "GN", "GW", "LS", "LR", "MG", "MW"),
        *("ML", "MR", "MZ", "NE", "RW", "SN", "SL", "SO", "SS", "SD", "TG", "UG", "TZ", "ZM"),
        *("AF", "BD", "KH", "LA", "MM", "NP", "TL", "YE"),
        *("HT", "KI", "SB", "TV"),
    )
)

# Grams per kWh, which are kilograms per MWh.
_EMBODIED_G_PER_KWH: Final = {
    "solar/photovoltaic": 43,
    "solar/thermal": 28,
    "wind": 13,
    "hydro": 21,
    "tidal": 8,
    "wave": 8,
}
EMBODIED: Final = EmbodiedDefaults(
    MappingProxyType({name: Decimal(grams) / 1000 for name, grams in _EMBODIED_G_PER_KWH.items()}),
    f"{DOCUMENT}, leakage, equation (19)",
    "S",
)


def _hydropower(activity: Activity) -> Condition:
    """Check that hydropower is small enough, and in a least developed country."""
    place = f"{DOCUMENT}, table 1"
    plants = [device for device in activity.devices if device.technology.partition("/")[0] == "hydro"]
    total_w = sum(device.capacity_w for device in plants)
    faults = [
        f"{device.id} is hydropower in {device.country}, but the document admits it in least developed countries only"
        for device in plants
        if device.country not in LEAST_DEVELOPED
    ]
    if total_w > LARGEST_HYDRO_W:
        faults.append(f"{_mw(total_w)} of hydropower, and the document admits at most {_mw(LARGEST_HYDRO_W)}")
    detail = "; ".join(faults) or f"{_mw(total_w)} of hydropower"
    return Condition(name="hydropower", met=not faults, detail=detail, source=place, confidence="S")


def _mw(watts: int) -> str:
    return f"{text_of(millionths(watts))} MW"


_SHARED: Final = grid_renewable(
    name="VMR0017",
    version="1.0",
    title="Grid-connected Electricity Generation from Renewable Sources (ACM0002 Revision)",
    source="Verra VMR0017 v1.0, read in two implementations that agree",
    technologies=("hydro", "wind", "solar", "geothermal", "tidal", "wave"),
)
METHODOLOGY: Final = evolve(
    _SHARED,
    tool="VT0011",
    checks=(*_SHARED.checks, _hydropower),
    reservoir_t_per_mwh=RESERVOIR_T_PER_MWH,
    embodied=EMBODIED,
)
