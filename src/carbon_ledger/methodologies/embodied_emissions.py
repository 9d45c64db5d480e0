"""Embodied emissions: what building, maintaining and removing a plant emits, counted as leakage for each MWh."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from attrs import frozen

from carbon_ledger.devices import Device
from carbon_ledger.exact import Rounding
from carbon_ledger.methodologies.activity import Activity
from carbon_ledger.methodologies.capacity_additions import ADDITION, is_added, is_metered_addition
from carbon_ledger.methodologies.historic_baseline import annual_baseline, is_replaced
from carbon_ledger.methodologies.lines import Line
from carbon_ledger.methodologies.net_energy import millionths, summed
from carbon_ledger.methodologies.reservoirs import added_capacity_w
from carbon_ledger.methodologies.rounding import RoundingPoint
from carbon_ledger.records import Record

_UNIT: Final = "tCO2e/MWh"

SHARE_CEILING: Final = RoundingPoint(
    "EG_share: the share of the added capacity in the net generation of a year, rounded up once to the Wh [MWh]",
    Rounding("ceiling", places=6),
)


def share_wh(year_wh: int, added_w: int, capacity_w: int) -> int:
    """The share of the added capacity in the net generation of a year, rounded up; 0 if that is negative. [Wh]

    Args:
        year_wh: Net generation of the plant in the year up to some time. [Wh]
        added_w: The capacity that the project added. [W]
        capacity_w: The capacity of the plant with the project. [W]

    Example:
        >>> share_wh(100, 1, 3), share_wh(-100, 1, 3)
        (34, 0)
    """
    return max(0, -(-year_wh * added_w // capacity_w))


def added_wh(year_wh: int, baseline_wh: int, added_w: int, capacity_w: int) -> int:
    """The net generation of a year so far that counts as that of the added capacity. [Wh]

    It is what is above the baseline of the year, or the share of the added capacity, whichever is larger.

    Args:
        year_wh: Net generation of the plant in the year up to some time. [Wh]
        baseline_wh: The baseline of a whole year. [Wh]
        added_w: The capacity that the project added. [W]
        capacity_w: The capacity of the plant with the project. [W]

    Source:
        VMR0017 v1.0, equation (20): EG_PJ_Add. [S] Where the added capacity has no meter, one implementation takes
        max(EG_PJ, EG_facility x Cap_add / Cap_PJ). [S] Within a year that is cumulative, as the baseline is. [C]

    Example:
        >>> added_wh(45_000, 40_961, 4, 10), added_wh(45_000, 10_000, 4, 10)
        (18000, 35000)
    """
    return max(year_wh - baseline_wh, share_wh(year_wh, added_w, capacity_w))


@frozen(repr=False)
class EmbodiedDefaults(Record):
    """A document's default factors of embodied emissions.

    Args:
        t_per_mwh: The factor of each technology, or of a group of them such as ``hydro``. [tCO2e/MWh]
        document: Document and version.
        new_place: Where the document states the emissions of new plants.
        added_place: Where the document states the emissions of added capacity.
        confidence: P (published page), S (secondary), C (computed here) or M (memory).
    """

    t_per_mwh: Mapping[str, Decimal]
    document: str
    new_place: str
    added_place: str
    confidence: str

    def group_of(self, device: Device) -> str:
        """The technology, or the group of technologies, whose factor holds for a device."""
        return device.technology if device.technology in self.t_per_mwh else device.technology.partition("/")[0]

    def lines(self, activity: Activity) -> list[Line]:
        """A line for the factor of each technology that the project adds; for an addition, its capacities as well."""
        if not activity.history:
            metered = is_metered_addition(activity.baseline, activity.history)
            built = [device for device in activity.devices if is_added(device) or not metered]
            return self._factor_lines(self._source(activity), map(self.group_of, built))
        if activity.baseline != ADDITION:
            return []
        added = Line(
            symbol="Cap_add",
            name="capacity that the project added",
            value=millionths(_added_w(activity)),
            unit="MW",
            source="the capacities of the devices, as they were recorded",
            confidence="C",
        )
        total = Line(
            symbol="Cap_PJ",
            name="capacity of the plant with the project",
            value=millionths(_capacity_w(activity)),
            unit="MW",
            source=added.source,
            confidence="C",
        )
        return [*self._factor_lines(self._source(activity), [self._added_group(activity)]), added, total]

    def _factor_lines(self, source: str, groups: Iterable[str]) -> list[Line]:
        return [
            Line(
                symbol=_factor_symbol(group),
                name=f"default factor of embodied emissions of {group}",
                value=self.t_per_mwh[group],
                unit=_UNIT,
                source=source,
                confidence=self.confidence,
            )
            for group in sorted(set(groups))
        ]

    def _source(self, activity: Activity) -> str:
        return f"{self.document}, {self.added_place if activity.baseline == ADDITION else self.new_place}"

    def _added_group(self, activity: Activity) -> str:
        """The group of the enlarged units; of several groups, that of the largest factor."""
        groups = {self.group_of(device) for device in activity.devices if added_capacity_w(device) > 0}
        return max(sorted(groups), key=self.t_per_mwh.__getitem__)

    def leakage_lines(self, activity: Activity, vintage: int, energy: Sequence[Line]) -> tuple[Line, ...]:
        """Lines for the embodied emissions in a vintage, and last for their sum.

        New plants, and added units that are metered by themselves, have them for what each device generates; capacity
        that was added to a plant with a history, for its part of the plant's generation (see `added_wh`); a retrofit
        has none. What is negative in a period counts as zero: embodied emissions never raise the reductions. [C]

        Args:
            activity: The activity.
            vintage: The calendar year.
            energy: The lines of the vintage's net generation, with a line ``EG[vintage,device]`` for each device, or
                with the lines of a historic baseline.
        """
        if not activity.history:
            return self._of_devices(activity, vintage, energy)
        if activity.baseline == ADDITION:
            return self._of_addition(activity, vintage)
        zero = Line(
            symbol=f"LE[{vintage}]",
            name=f"leakage in {vintage}: zero, the document has no equation for retrofits",
            value=Decimal(0),
            unit="tCO2e",
            source=self._source(activity),
            confidence=self.confidence,
        )
        return (zero,)

    def _of_devices(self, activity: Activity, vintage: int, energy: Sequence[Line]) -> tuple[Line, ...]:
        net, source = {line.symbol: line for line in energy}, self._source(activity)
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
                    formula=f"max(0, {generated.symbol}) x {_factor_symbol(group)}",
                    inputs=(generated.symbol, _factor_symbol(group)),
                    source=source,
                    confidence=self.confidence,
                )
            )
        return (*parts, summed(f"LE[{vintage}]", f"leakage in {vintage}", parts, source, self.confidence))

    def _of_addition(self, activity: Activity, vintage: int) -> tuple[Line, ...]:
        group, source = self._added_group(activity), self._source(activity)
        energy = _AddedEnergy(activity, vintage, source, self.confidence).lines()
        leakage = Line(
            symbol=f"LE[{vintage}]",
            name=f"leakage in {vintage}: embodied emissions of the added capacity",
            value=energy[-1].value * self.t_per_mwh[group],
            unit="tCO2e",
            formula=f"{energy[-1].symbol} x {_factor_symbol(group)}",
            inputs=(energy[-1].symbol, _factor_symbol(group)),
            source=source,
            confidence=self.confidence,
        )
        return (*energy, leakage)


def _factor_symbol(group: str) -> str:
    """The symbol of a factor; a document of a quantification admits only years in brackets."""
    return f"EF_embodied_{group.replace('/', '_')}"


def _added_w(activity: Activity) -> int:
    return sum(max(0, added_capacity_w(device)) for device in activity.devices)


def _capacity_w(activity: Activity) -> int:
    return sum(device.capacity_w for device in activity.devices)


@frozen
class _AddedEnergy:
    """The energy of a vintage that counts as that of the added capacity, as lines."""

    activity: Activity
    vintage: int
    source: str
    confidence: str

    def lines(self) -> tuple[Line, ...]:
        """Lines for the shares of the added capacity, and last for the energy of this period."""
        vintage = self.vintage
        period_wh = sum(item.counted_wh for item in self.activity.generation if item.vintage == vintage)
        facility, before = f"EG_facility[{vintage}]", f"EG_before[{vintage}]"
        if is_replaced(self.activity):
            share = self._share("EG_share", f"in {vintage}", period_wh, facility)
            name = f"net generation of the added capacity in {vintage}: the share, because nothing is credited"
            return share, self._line("EG_PJ_Add", name, self._share_wh(period_wh), share.symbol, share.symbol)
        before_wh = self.activity.claimed_before_wh(vintage)
        now_wh = before_wh + period_wh
        first = self._larger("_before", "of the year before this period", before_wh, before)
        last = self._larger("", "of the year until now", now_wh, before, facility)
        grown = self._line(
            "EG_PJ_Add",
            f"net generation of the added capacity in {vintage}: by how much that of the year has grown",
            max(0, self._added_wh(now_wh) - self._added_wh(before_wh)),
            f"max(0, {last[-1].symbol} - {first[-1].symbol})",
            last[-1].symbol,
            first[-1].symbol,
        )
        return (*first, *last, grown)

    def _larger(self, mark: str, when: str, wh: int, *inputs: str) -> tuple[Line, Line]:
        """The share of some energy, and the energy above the baseline if that is larger."""
        share = self._share(f"EG_share{mark}", when, wh, *inputs)
        larger = self._line(
            f"EG_added{mark}",
            f"net generation of the added capacity {when}: what is above the baseline, or the share if that is larger",
            self._added_wh(wh),
            f"{share.symbol} + max(0, {' + '.join(inputs)} - EG_base - {share.symbol})",
            share.symbol,
            *inputs,
            "EG_base",
        )
        return share, larger

    def _share(self, symbol: str, when: str, wh: int, *inputs: str) -> Line:
        name = f"share of the added capacity in the net generation {when}, rounded up to the Wh"
        formula = f"max(0, {' + '.join(inputs)}) x Cap_add / Cap_PJ"
        return self._line(symbol, name, self._share_wh(wh), formula, *inputs, "Cap_add", "Cap_PJ")

    def _share_wh(self, wh: int) -> int:
        return share_wh(wh, _added_w(self.activity), _capacity_w(self.activity))

    def _added_wh(self, wh: int) -> int:
        baseline = annual_baseline([history_wh for _, history_wh in self.activity.history])
        return added_wh(wh, baseline.total_wh, _added_w(self.activity), _capacity_w(self.activity))

    def _line(self, symbol: str, name: str, wh: int, formula: str, *inputs: str) -> Line:
        return Line(
            symbol=f"{symbol}[{self.vintage}]",
            name=name,
            value=millionths(wh),
            unit="MWh",
            formula=formula,
            inputs=inputs,
            source=self.source,
            confidence=self.confidence,
        )
