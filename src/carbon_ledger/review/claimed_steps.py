"""The claimed steps of a device or of a shared meter's devices, in time order, and the time in which there are any."""

from collections.abc import Collection, Iterator
from typing import Final

from attrs import define, field, frozen

from carbon_ledger.core.entries.events import ISSUANCE_RECORDED, UNITS_CONVERTED
from carbon_ledger.core.issuance.run_parts import RunPart, step_values
from carbon_ledger.core.state.rows import Reading
from carbon_ledger.review.questions import DAY_S, Questions

WINDOW_S: Final = 24 * DAY_S  # a whole number of blocks of six hours, and of six days


@frozen
class Step:
    """A step of which some energy is claimed.

    Attributes:
        start_utc: The start.
        end_utc: The end, exclusive.
        metered_wh: The energy of all devices that are meant, claimed or not. [Wh]
        claimed: The claims, ascending: the entry of the issuance or conversion, and the claimed energy. [Wh]
        source_n: The entry that has the values.
    """

    start_utc: int
    end_utc: int
    metered_wh: int
    claimed: tuple[tuple[int, int], ...]
    source_n: int


@define
class Claims:
    """The claims of one ledger, walked window by window of `WINDOW_S`.

    Attributes:
        questions: The questions.
        windows: The windows in which the ledger has live claims.
        spans: For each device with live claims, the first and the last of its windows.
    """

    questions: Questions
    windows: set[int] = field(factory=set)
    spans: dict[str, tuple[int, int]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """Find the time in which there are claims: one walk over the issuances and conversions."""
        view = self.questions.view
        for entry in self.questions.entries(ISSUANCE_RECORDED, UNITS_CONVERTED):
            for claim in view.claims_of(entry.n):
                first, last = claim.start_utc // WINDOW_S, (claim.end_utc - 1) // WINDOW_S
                self.windows.update(range(first, last + 1))
                low, high = self.spans.get(claim.device, (first, last))
                self.spans[claim.device] = min(low, first), max(high, last)

    def windows_of(self, devices: Collection[str]) -> list[int]:
        """The windows in which devices may have claims, in time order."""
        spans = [self.spans[name] for name in devices if name in self.spans]
        if not spans:
            return []
        first, last = min(low for low, _ in spans), max(high for _, high in spans)
        return sorted(item for item in self.windows if first <= item <= last)

    def device_steps(self, device: str) -> Iterator[Step]:
        """The claimed steps of a device, in time order."""
        for window in self.windows_of((device,)):
            for start, step_s, wh, claim, source in self._steps(device, window):
                if claim is not None:
                    yield Step(start, start + step_s, wh, ((claim, wh),), source)

    def meter_steps(self, subject: str, devices: Collection[str]) -> Iterator[Step]:
        """The steps of a shared meter of which some energy is claimed, in time order.

        Args:
            subject: The meter's own column.
            devices: The devices that are meant; energy of others is left out.
        """
        for window in self.windows_of(devices):
            found: dict[tuple[int, int], tuple[int, int, dict[int, int]]] = {}
            for device in devices:
                for start, step_s, wh, claim, source in self._steps(device, window, subject):
                    metered, _, claimed = found.get((start, step_s), (0, source, {}))
                    if claim is not None:
                        claimed[claim] = claimed.get(claim, 0) + wh
                    found[start, step_s] = metered + wh, source, claimed
            for (start, step_s), (metered, source, claimed) in sorted(found.items()):
                if claimed:
                    yield Step(start, start + step_s, metered, tuple(sorted(claimed.items())), source)

    def _steps(
        self, device: str, window: int, subject: str | None = None
    ) -> Iterator[tuple[int, int, int, int | None, int]]:
        """The live steps that start in a window: start, length, energy, claim and entry."""
        low, high = window * WINDOW_S, (window + 1) * WINDOW_S
        claims = list(self.questions.view.claims(device, low, high))
        for run, start, values in self.own_steps(device, window, subject):
            for k, wh in enumerate(values):
                at = start + k * run.step_s
                while claims and claims[0].end_utc <= at:
                    claims.pop(0)
                claim = claims[0].issuance_n if claims and claims[0].start_utc <= at else None
                yield at, run.step_s, wh, claim, run.source_n

    def own_steps(
        self, device: str, window: int, subject: str | None = None
    ) -> Iterator[tuple[Reading, int, list[int]]]:
        """The live steps that start in a window: for each run, the start of the first of them and their values.

        Args:
            device: The device, or a shared meter's own column.
            window: The window.
            subject: Only readings that were recorded for this device or meter, if it is given.
        """
        view, low, high = self.questions.view, window * WINDOW_S, (window + 1) * WINDOW_S
        for run in view.readings(device, low, high):
            if subject is not None and self.questions.source(run.source_n).subject != subject:
                continue
            start = run.start_utc + max(0, -(-(low - run.start_utc) // run.step_s)) * run.step_s
            end = min(run.end_utc, run.start_utc + -(-(high - run.start_utc) // run.step_s) * run.step_s)
            if start < end:
                yield run, start, step_values(view, RunPart(run, start, end))[0]
