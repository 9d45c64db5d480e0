"""VMR0017: renewable generation fed to a grid (Verra), which replaces ACM0002 and AMS-I.D from 2027 on.

The document itself was not read: what is built here is what two independent implementations calculate [S]. Both leave
the baseline emissions of ACM0002 v22.0 unchanged, for new and for existing plants, and have embodied emissions of new
plants (equation 19) and of capacity additions (equation 20). One of them calculates additions and retrofits of
hydropower; the other has neither, so that their details are of one implementation.

Not calculated: retrofits of other than hydropower, batteries and their fire suppression. Imported electricity is
calculated by TOOL05, because the text of VT0010, which takes its place, was not found. Not checked: that a plant for
wind or solar energy is not in a high-income country, which the library does not know; that a retrofit is no upgrade of
efficiency, and the alternatives to an addition or retrofit, which one implementation asks for.
"""

from decimal import Decimal
from types import MappingProxyType
from typing import Final

from attrs import evolve

from carbon_ledger.devices import Device
from carbon_ledger.exact import text_of
from carbon_ledger.methodologies.applicability import EXISTING
from carbon_ledger.methodologies.base import Activity, Condition
from carbon_ledger.methodologies.capacity_additions import is_metered_addition
from carbon_ledger.methodologies.embodied_emissions import SHARE_CEILING, EmbodiedDefaults
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
    document=DOCUMENT,
    new_place="leakage, equation (19)",
    added_place="leakage, equation (20)",
    confidence="S",
)


def _is_hydropower(device: Device) -> bool:
    return device.technology.partition("/")[0] == "hydro"


def _existing_plant(activity: Activity) -> Condition:
    """Check that a plant with a history is of hydropower: for no other plant is an implementation known."""
    with_history = activity.baseline in EXISTING and not is_metered_addition(activity.baseline, activity.history)
    faults = [
        f"{device.id} is {device.technology}, and the {activity.baseline} of such a plant is not built: what was read "
        f"of {DOCUMENT} calculates plants with a history for hydropower alone"
        for device in activity.devices
        if with_history and not _is_hydropower(device)
    ]
    found = "a plant of hydropower with a history" if with_history else "no plant with a history"
    return Condition(
        name="existing plant",
        met=not faults,
        detail="; ".join(faults) or found,
        source=f"{DOCUMENT}, baseline emissions",
        confidence="S",
    )


def _hydropower(activity: Activity) -> Condition:
    """Check that hydropower is small enough, and in a least developed country."""
    place = f"{DOCUMENT}, table 1"
    plants = [device for device in activity.devices if _is_hydropower(device)]
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
    existing_place="section 8.1, which leaves ACM0002 v22.0, equation (14), unchanged",
    addition_place="section 8.1, which leaves ACM0002 v22.0, equation (13), unchanged",
)
METHODOLOGY: Final = evolve(
    _SHARED,
    tool="VT0011",
    checks=(*_SHARED.checks, _hydropower, _existing_plant),
    existing_roundings=(*_SHARED.existing_roundings, SHARE_CEILING),
    reservoir_t_per_mwh=RESERVOIR_T_PER_MWH,
    embodied=EMBODIED,
)
