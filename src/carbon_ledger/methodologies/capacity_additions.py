"""Capacity additions whose added units are metered by themselves: their own net generation is credited."""

from collections.abc import Iterable
from typing import Final

from attrs import evolve

from carbon_ledger.devices import Device
from carbon_ledger.methodologies.activity import Activity
from carbon_ledger.methodologies.reservoirs import added_capacity_w

ADDITION: Final = "capacity-addition"
# Added units of these do not change what the old units generate: no history is asked.
METERED: Final = ("wind", "solar", "wave", "tidal")


def is_added(device: Device) -> bool:
    """Whether a device is an added unit: it had no capacity before the project, and the record says so."""
    return device.capacity_before_w == 0


def has_own_rule(device: Device) -> bool:
    """Whether additions of a device's technology are credited for their own metered generation."""
    return device.technology.partition("/")[0] in METERED


def addition_faults(devices: Iterable[Device], *, with_history: bool) -> list[str]:
    """What is wrong with a capacity addition, or with its history, in words; empty if nothing is.

    Args:
        devices: All devices of the project.
        with_history: Whether the project states a history and the day of a replacement.

    Source:
        ACM0002 v22, paragraph 8(b) and equation (13); AMS-I.D v18, section 5.4: the history is not asked of additions
        of wind, solar, wave and tidal power, whose added units are metered. [S]
    """
    every = tuple(devices)
    grown = [device for device in every if added_capacity_w(device) > 0]
    metered = [device for device in grown if has_own_rule(device)]
    if metered and len(metered) < len(grown):
        other = next(device for device in grown if not has_own_rule(device))
        return [
            f"{metered[0].id} is {metered[0].technology} and {other.id} is {other.technology}, whose additions follow "
            "different rules; register a project for each of the two"
        ]
    if not grown and not with_history and all(map(has_own_rule, every)):
        return ['no device is an added unit; register the added units with capacity_before "0 MW"']
    if not metered:
        return [] if with_history else [_without_history(every)]
    if with_history:
        return [
            f"the added units are {', '.join(sorted({device.technology for device in metered}))}: their own net "
            "generation is credited, and no history is subtracted; leave out history and replaced_on"
        ]
    if unknown := [device.id for device in every if device.capacity_before_w is None]:
        return [
            f"the capacity of {' and '.join(unknown)} before the project was not recorded; register the devices with "
            'capacity_before, which is "0 MW" for an added unit'
        ]
    return [
        f"{device.id} adds capacity to a unit that had some before the project, so the added part has no meter of its "
        'own; register the added units as devices of their own, with capacity_before "0 MW"'
        for device in metered
        if device.capacity_before_w
    ]


def _without_history(devices: tuple[Device, ...]) -> str:
    technologies = ", ".join(sorted({device.technology for device in devices}))
    return (
        f"an addition to {technologies} has to state history, replaced_on; only additions of {', '.join(METERED)} are "
        "credited for the metered generation of the added units alone"
    )


def is_metered_addition(baseline: str | None, history: object) -> bool:
    """Whether a project is a capacity addition whose added units are metered by themselves."""
    return baseline == ADDITION and not history


def of_added_units(activity: Activity) -> Activity:
    """The activity with the generation of the added units alone, if it is that of a metered addition.

    Args:
        activity: The activity, whose applicability has been checked.

    Raises:
        QuantityError: Emissions are declared for a vintage in which no added unit generated.
    """
    if not is_metered_addition(activity.baseline, activity.history):
        return activity
    added = {device.id for device in activity.devices if is_added(device)}
    return evolve(activity, generation=[item for item in activity.generation if item.device in added])
