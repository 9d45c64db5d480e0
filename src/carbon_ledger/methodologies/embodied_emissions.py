"""Embodied emissions: what building, maintaining and removing a plant emits, counted as leakage for each MWh."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from attrs import frozen

from carbon_ledger.devices import Device
from carbon_ledger.methodologies.activity import Activity
from carbon_ledger.methodologies.lines import Line
from carbon_ledger.methodologies.net_energy import summed

_UNIT: Final = "tCO2e/MWh"


@frozen
class EmbodiedDefaults:
    """A document's default factors of embodied emissions.

    Args:
        t_per_mwh: The factor of each technology, or of a group of them such as ``hydro``. [tCO2e/MWh]
        source: Document, version and place.
        confidence: P (published page), S (secondary), C (computed here) or M (memory).
    """

    t_per_mwh: Mapping[str, Decimal]
    source: str
    confidence: str

    def group_of(self, device: Device) -> str:
        """The technology, or the group of technologies, whose factor holds for a device."""
        return device.technology if device.technology in self.t_per_mwh else device.technology.partition("/")[0]

    def lines(self, activity: Activity) -> list[Line]:
        """A line for the factor of each technology of the project."""
        return [
            Line(
                symbol=f"EF_embodied[{group}]",
                name=f"default factor of embodied emissions of {group}",
                value=self.t_per_mwh[group],
                unit=_UNIT,
                source=self.source,
                confidence=self.confidence,
            )
            for group in sorted({self.group_of(device) for device in activity.devices})
        ]

    def leakage_lines(self, activity: Activity, vintage: int, energy: Sequence[Line]) -> tuple[Line, ...]:
        """Lines for the embodied emissions of each device in a vintage, and last for their sum.

        A device whose net generation is negative has no embodied emissions in that vintage: they never raise the
        reductions. [C]

        Args:
            activity: The activity.
            vintage: The calendar year.
            energy: The lines of the vintage's net generation, with a line ``EG[vintage,device]`` for each device.
        """
        net = {line.symbol: line for line in energy}
        devices = {device.id: device for device in activity.devices}
        parts = []
        for item in activity.generation:
            if item.vintage != vintage:
                continue
            group, generated = self.group_of(devices[item.device]), net[f"EG[{vintage},{item.device}]"]
            negative = generated.value < 0
            parts.append(
                Line(
                    symbol=f"LE[{vintage},{item.device}]",
                    name=f"embodied emissions of {item.device} in {vintage}"
                    + (": zero, its net generation is negative" if negative else ""),
                    value=max(Decimal(0), generated.value) * self.t_per_mwh[group],
                    unit="tCO2e",
                    formula=f"max(0, {generated.symbol}) x EF_embodied[{group}]",
                    inputs=(generated.symbol, f"EF_embodied[{group}]"),
                    source=self.source,
                    confidence=self.confidence,
                )
            )
        return (*parts, summed(f"LE[{vintage}]", f"leakage in {vintage}", parts, self.source, self.confidence))
