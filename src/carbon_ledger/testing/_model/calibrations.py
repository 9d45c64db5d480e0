"""Calibrations in the naive model: which steps were metered while one was late, and what is deducted for them."""

from calendar import timegm
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from carbon_ledger.testing._model.arithmetic import Years
from carbon_ledger.testing._model.rows import Project, RefusalError, Step

EVER: Final = 1 << 62


class Calibrated(NamedTuple):
    """A calibration of a meter: its days, as text, and its errors, as shares."""

    meter: str
    due: str
    done: str
    maximum: Fraction
    export: Fraction
    import_: Fraction
    next_due: str | None


class Late(NamedTuple):
    """A time in which the calibration of a meter was late, and the errors that apply. [s]"""

    meter: str
    start: int
    end: int
    export: Fraction
    import_: Fraction
    outstanding: bool


class Calibrations:
    """The meters and their calibrations. All devices are in one zone.

    Args:
        meters: Weights of the devices of each meter, by id.
        classes: The maximum permissible error of each meter that has a class, as a share.
        days: The zone of all devices.
    """

    def __init__(self, meters: Mapping[str, Mapping[str, int]], classes: Mapping[str, Fraction], days: Years) -> None:
        self.meters = dict(meters)
        self.classes = classes
        self.days = days
        self.calibrations: list[Calibrated] = []

    def add_calibration(
        self,
        meter: str,
        done: str,
        due: str | None = None,
        maximum_error: str | None = None,
        export_error: str | None = None,
        import_error: str | None = None,
        next_due: str | None = None,
    ) -> Calibrated:
        """Record a calibration.

        Raises:
            RefusalError: It contradicts the schedule, an earlier calibration or the class of the meter.
        """
        if meter not in self.meters:
            raise RefusalError("UnknownMeterError")
        before = [item for item in self.calibrations if item.meter == meter]
        scheduled = before[-1].next_due if before else None
        maximum = self.classes.get(meter) if maximum_error is None else _share(maximum_error)
        if (due or scheduled) is None or maximum is None:
            raise RefusalError("MissingDataError")
        new = Calibrated(
            meter,
            due or scheduled or "",
            done,
            maximum,
            _share(export_error or "0 %"),
            _share(import_error or "0 %"),
            next_due,
        )
        if (
            (before and done <= before[-1].done)
            or scheduled not in (None, new.due)
            or maximum < self.classes.get(meter, 0)
        ):
            raise RefusalError("RefusedError")
        self.calibrations = [*self.calibrations, new]
        return new

    def late(self, device: str, step: Step, known: int) -> list[Late]:
        """The times that a step overlaps in which the calibration of its meter was late, after *known* calibrations."""
        mine = [name for name, weights in self.meters.items() if device in weights]
        if step.meter is not None:
            mine = [step.meter]
        elif any(len(self.meters[name]) == 1 for name in mine):
            mine = [name for name in mine if len(self.meters[name]) == 1]
        return [
            item
            for name in mine
            for item in self._late_times(name, known)
            if item.start < step.end and step.start < item.end
        ]

    def _late_times(self, meter: str, known: int) -> list[Late]:
        found = []
        mine = [item for item in self.calibrations[:known] if item.meter == meter]
        for item in mine:
            if item.done > item.due:
                errors = max(item.maximum, item.export), max(item.maximum, item.import_)
                found.append(Late(meter, self._start(item.due), self._start(item.done) + 86_400, *errors, False))
        for item in mine[-1:]:
            if item.next_due is not None:
                found.append(Late(meter, self._start(item.next_due), EVER, item.maximum, item.maximum, True))
        return found

    def _start(self, day: str) -> int:
        return timegm(date.fromisoformat(day).timetuple()) - self.days.offset_s

    def deducted_wh(self, row: Project, steps: Iterable[tuple[str, Step]], known: int) -> dict[tuple[str, int], int]:
        """The energy that credits lose by device and vintage: each side and each deduction is rounded up. [Wh]"""
        sums: dict[tuple[str, int, Fraction, Fraction], list[Fraction]] = {}
        for device, step in steps if row.factor is not None else ():
            late = self.late(device, step, known)
            if not late:
                continue
            errors = max(item.export for item in late), max(item.import_ for item in late)
            sides = step.sides or (Fraction(max(0, step.wh)), Fraction(max(0, -step.wh)))
            for year, start, end in row.years.spans(step.start, step.end):
                of_year = sums.setdefault((device, year, *errors), [Fraction(0), Fraction(0)])
                of_year[0] += sides[0] * (end - start) / (step.end - step.start)
                of_year[1] += sides[1] * (end - start) / (step.end - step.start)
        found: dict[tuple[str, int], int] = {}
        for (device, year, export, import_), of_year in sums.items():
            less = _up(export * _up(of_year[0]) + import_ * _up(of_year[1]))
            found[device, year] = found.get((device, year), 0) + less
        return found


def _up(amount: Fraction) -> int:
    return -(-amount.numerator // amount.denominator)


def _share(percent: str) -> Fraction:
    return Fraction(percent.removesuffix(" %")) / 100
