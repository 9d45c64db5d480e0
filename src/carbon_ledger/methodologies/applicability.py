"""Applicability conditions of methodologies for renewable generation: each a check that reports itself."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from carbon_ledger.exact import text_of
from carbon_ledger.methodologies import reservoirs
from carbon_ledger.methodologies.base import Activity, Condition
from carbon_ledger.methodologies.net_energy import millionths

BASELINES: Final = ("greenfield",)

# Admitted by some documents, with emissions of their own that nothing here records yet.
UNCALCULATED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "geothermal": "its steam carries CO2 and CH4",
        "solar/thermal": "it may burn fuel on site",
        "biomass": "its supply and its on-site fuel emit",
    }
)


def baseline(activity: Activity, place: str) -> Condition:
    """Check that the baseline is one that is calculated, and that the devices do not contradict it."""
    if activity.baseline not in BASELINES:
        faults = [f"baseline {activity.baseline!r}; supported so far: {', '.join(BASELINES)}"]
    else:
        faults = [
            f"baseline greenfield, but {device.id} had {_mw(device.capacity_before_w)} before the project, "
            "which makes it a retrofit or a capacity addition"
            for device in activity.devices
            if device.capacity_before_w
        ]
    return _condition("baseline", faults, f"baseline {activity.baseline}", place)


def technology(activity: Activity, place: str, technologies: tuple[str, ...]) -> Condition:
    """Check that the document admits every device's technology, and that all its emissions are calculated."""
    faults = []
    for device in activity.devices:
        names = {device.technology, device.technology.partition("/")[0]}
        if not names & set(technologies):
            faults.append(f"{device.id} is {device.technology}, admitted are {', '.join(technologies)}")
        elif uncalculated := names & set(UNCALCULATED):
            faults.append(
                f"{device.id} is {device.technology}: {UNCALCULATED[uncalculated.pop()]}, and these project "
                "emissions are not calculated so far; leaving them out would credit too much"
            )
    found = ", ".join(sorted({device.technology for device in activity.devices}))
    return _condition("technology", faults, found, place)


def power_density(activity: Activity, place: str) -> Condition:
    """Check that every reservoir that is added has more than 4 W/m2."""
    faults = []
    for device in activity.devices:
        if reservoirs.added_area_m2(device) is None:
            faults.append(
                f"{device.id} has a reservoir whose area was not recorded, so its power density is unknown; "
                "register the device with reservoir_area"
            )
            continue
        density = reservoirs.power_density(device)
        if density is not None and density <= reservoirs.NOT_ELIGIBLE_W_PER_M2:
            faults.append(f"{reservoirs.density_text(device)}, and more than 4 W/m2 is required")
    found = "; ".join(reservoirs.density_text(device) for device in activity.devices)
    return _condition("power density", faults, found, place)


def capacity(activity: Activity, place: str, largest_w: int, instead: str) -> Condition:
    """Check that the devices together are no larger than the document admits."""
    total_w = sum(device.capacity_w for device in activity.devices)
    found = f"{_mw(total_w)} in total, and at most {_mw(largest_w)} is admitted"
    return _condition("capacity", [f"{found}: use {instead}"] if total_w > largest_w else [], found, place)


def _condition(name: str, faults: Iterable[str], found: str, place: str) -> Condition:
    text = "; ".join(faults)
    return Condition(name=name, met=not text, detail=text or found, source=place, confidence="S")


def _mw(watts: int | None) -> str:
    return f"{text_of(millionths(watts or 0))} MW"
