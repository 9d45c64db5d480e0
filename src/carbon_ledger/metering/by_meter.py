"""The readings of a file or of a frame, by meter."""

from carbon_ledger.errors import MissingDataError, QuantityError
from carbon_ledger.metering.readings import Readings
from carbon_ledger.metering.runs import MeterSeries
from carbon_ledger.periods import Period
from carbon_ledger.printing import near, quote
from carbon_ledger.records import Record


class ByMeter(Record):
    """What has the readings of meters: of several, by their ids; of one, by itself."""

    __slots__ = ()
    path: str
    series: tuple[MeterSeries, ...]

    @property
    def meters(self) -> tuple[str, ...]:
        """The ids of the meters that have readings; one empty text where the source does not name its meter."""
        return tuple(item.meter for item in self.series)

    def meter(self, meter: str) -> MeterSeries:
        """The readings of one meter.

        Raises:
            MissingDataError: There is no such meter.
        """
        for item in self.series:
            if item.meter == meter:
                return item
        close = near(meter, self.meters) if isinstance(meter, str) else []
        hint = f"did you mean {quote(close[0])}?" if close else f"it has {quote([*self.meters], 300)}"
        raise MissingDataError(f"{self.path}: no meter {quote(meter)}; {hint}")

    @property
    def only(self) -> MeterSeries:
        """The readings of the only meter.

        Raises:
            QuantityError: There are several meters.
        """
        if len(self.series) != 1:
            raise QuantityError(
                f"{self.path}: it has {len(self.series)} meters, {quote([*self.meters], 300)}; take the readings "
                "of one of them with meter(id)"
            )
        return self.series[0]

    @property
    def runs(self) -> tuple[Readings, ...]:
        """The readings of the only meter, in time order."""
        return self.only.runs

    @property
    def gaps(self) -> tuple[Period, ...]:
        """The parts of the period of the only meter without a reading, in time order."""
        return self.only.gaps

    @property
    def period(self) -> Period:
        """From the first step of the only meter to the end of its last one."""
        return self.only.period

    @property
    def total_wh(self) -> int:
        """Energy of all runs of the only meter. [Wh]"""
        return self.only.total_wh
