"""Totals that were divided: of a shared meter among its devices, and of a step among the vintages that it touches."""

from collections.abc import Iterator
from math import gcd
from typing import Any

from attrs import frozen

from carbon_ledger.periods.instants import instant_text
from carbon_ledger.periods.spans import FromStart


@frozen(repr=False)
class DividedStep(FromStart):
    """One step of a run that was divided.

    Attributes:
        start_utc: Start of the step. [s since 1970-01-01 UTC]
        net_wh: Net energy of the whole step. [Wh]
        export_wh: Metered export of the whole step, or ``None`` if it was not recorded. [Wh]
        import_wh: Metered import of the whole step, or ``None`` if it was not recorded. [Wh]
        before: What each part was owed before the step. [1/W Wh, W is the sum of the weights]
        parts: The energy of each part. [Wh]
    """

    start_utc: int
    net_wh: int
    export_wh: int | None
    import_wh: int | None
    before: tuple[int, ...]
    parts: tuple[int, ...]


@frozen(kw_only=True, repr=False)
class DividedRun(FromStart):
    """Consecutive steps of one entry whose totals were divided, and the parts.

    Attributes:
        meter: The shared meter whose totals were divided among its devices, or ``None``.
        device: The device whose step was divided among vintages, or ``None``.
        entry: The entry that recorded the steps.
        start_utc: Start of the first step. [s since 1970-01-01 UTC]
        step_s: Length of a step. [s]
        quality: ``measured``, ``estimated`` or ``substituted``.
        net_wh: Net energy of each step, export minus import. [Wh]
        export_wh: Metered export of each step, or ``None`` if it was not recorded. [Wh]
        import_wh: Metered import of each step, or ``None`` if it was not recorded. [Wh]
        shares: The weight of each part: of each device of the meter, in the order of their ids; or of each vintage, its
            seconds. [(name, weight), ...]
        parts_wh: The column of each part, in the same order. [Wh, shape (parts, steps)]
        owed: What each part was owed before the first step. [1/W Wh, W is the sum of the weights]
        follows: Whether that is what the run before this one in the report left; otherwise it comes from readings that
            are not in the report.
    """

    meter: str | None = None
    device: str | None = None
    entry: int
    start_utc: int
    step_s: int
    quality: str
    net_wh: tuple[int, ...]
    export_wh: tuple[int, ...] | None = None
    import_wh: tuple[int, ...] | None = None
    shares: tuple[tuple[str, int], ...]
    parts_wh: tuple[tuple[int, ...], ...]
    owed: tuple[int, ...]
    follows: bool = False

    @property
    def weights(self) -> tuple[int, ...]:
        """The weights without their common divisor, which changes no part."""
        divisor = self._divisor
        return tuple(weight // divisor for _, weight in self.shares)

    @property
    def _divisor(self) -> int:
        return gcd(*(weight for _, weight in self.shares))

    def steps(self) -> Iterator[DividedStep]:
        """The steps in order. What parts are owed is counted with `weights`."""
        weights, divisor = self.weights, self._divisor
        whole, before = sum(weights), tuple(owed // divisor for owed in self.owed)
        for at, net in enumerate(self.net_wh):
            parts = tuple(column[at] for column in self.parts_wh)
            yield DividedStep(
                self.start_utc + at * self.step_s,
                net,
                None if self.export_wh is None else self.export_wh[at],
                None if self.import_wh is None else self.import_wh[at],
                before,
                parts,
            )
            if self.meter is not None:
                before = tuple(
                    owed + net * weight - part * whole
                    for owed, weight, part in zip(before, weights, parts, strict=True)
                )

    def to_record(self) -> dict[str, Any]:
        """The steps and their parts as plain data."""
        record: dict[str, Any] = {
            "entry": self.entry,
            "start": instant_text(self.start_utc),
            "step_s": self.step_s,
            "quality": self.quality,
            "net_wh": list(self.net_wh),
            "shares": dict(self.shares),
            "parts_wh": {name: list(column) for (name, _), column in zip(self.shares, self.parts_wh, strict=True)},
            "owed": list(self.owed),
            "follows": self.follows,
        }
        for name in ("export_wh", "import_wh"):
            if (column := getattr(self, name)) is not None:
                record[name] = list(column)
        for name in ("meter", "device"):
            if (text := getattr(self, name)) is not None:
                record[name] = text
        return record
