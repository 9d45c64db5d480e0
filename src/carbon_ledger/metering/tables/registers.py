"""Standings of registers: the energy of a step is the difference of the standings at its ends."""

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from math import lcm

from attrs import define, field, frozen

from carbon_ledger.errors import CarbonLedgerError, MissingDataError, OverlapError, PeriodError, QuantityError
from carbon_ledger.exact import checked_decimal, decimal_text
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.layouts import MeterExchange, MeterLayout
from carbon_ledger.metering.readings import QUALITIES
from carbon_ledger.metering.steps import MeteredSteps
from carbon_ledger.metering.tables.raw import RawColumn, scaled
from carbon_ledger.metering.tables.stamps import day_steps
from carbon_ledger.periods import day_start_utc, instant_text, instant_utc
from carbon_ledger.periods.zones import local_time
from carbon_ledger.printing import quote


@frozen
class _Standing:
    """A standing: when it was read, its value, and the row that it is printed in."""

    at_utc: int
    value: Fraction
    row: int


def differences(column: RawColumn, layout: MeterLayout, report: FileReport, channel: str) -> MeteredSteps:
    """The energies between the standings of a register.

    Args:
        column: The standings, in time order.
        layout: Its modulus, its reset and the exchanges of the meter are used.
        report: Takes what is refused.
        channel: What the channel is called.

    Returns:
        A step for each two standings that follow each other.

    Raises:
        MissingDataError: There is one standing alone; or rows are further apart than a step, and the layout does not
            read a missing value as a gap.
        QuantityError: A standing is less than the one before it, and neither a modulus, nor an exchange, nor a reset
            explains that.
        OverlapError: Two standings are at the same time.
        PeriodError: The step is a local day or month, and a standing is not at the start of one.
    """
    value = column.value
    if len(column.numerators) - column.numerators.count(None) < 2:
        raise MissingDataError(f"{report.path}: one standing of a register alone; a step takes two of them")
    steps = [*_Register(column, layout, report).steps()]
    denominator = lcm(*(energy.denominator for _, _, energy, _ in steps)) if steps else 1
    numerators = [int(energy * denominator) for _, _, energy, _ in steps]
    whole, denominator = scaled(numerators, denominator, value.factor_wh)
    words = column.quality
    quality: str | list[str] = words if isinstance(words, str) else []
    if not isinstance(words, str):
        quality = [max(words[before], words[after], key=QUALITIES.index) for before, after, _, _ in steps]
    return MeteredSteps(
        meter=column.meter,
        role=value.role,
        channel=channel,
        start_utc=[start_utc for _, _, _, (start_utc, _) in steps],
        step_s=[end_utc - start_utc for _, _, _, (start_utc, end_utc) in steps],
        numerators=whole,
        denominator=denominator,
        lines=[column.lines[after] for _, after, _, _ in steps],
        quality=quality,
        place=column.place,
    )


@define
class _Register:
    """The standings of one register, and what a layout says of it."""

    column: RawColumn
    layout: MeterLayout
    report: FileReport
    _exchanges: list[tuple[int, MeterExchange]] = field(init=False)

    @_exchanges.default
    def _of_meter(self) -> list[tuple[int, MeterExchange]]:
        names = ("", self.column.value.column or self.column.value.channel, self.column.value.channel)
        some = (item for item in self.layout.exchanges if item.meter == self.column.meter and item.register in names)
        return [(instant_utc(item.at, "exchange"), item) for item in some]

    def steps(self) -> Iterator[tuple[int, int, Fraction, tuple[int, int]]]:
        """Each step: its first and its last row, its energy in the unit of the column, and its start and end."""
        column = self.column
        before: _Standing | None = None
        doubted: _Standing | None = None  # a refused standing, less than the one before it
        for after in self._standings():
            if before is None:
                before = after
                continue
            if doubted is not None and doubted.value <= after.value < before.value:
                before = doubted  # two standings agree that the register fell
            doubted = None
            try:
                if after.at_utc == before.at_utc:
                    raise OverlapError(self._place(after), f"a standing is also in line {column.lines[before.row]}")
                start, energy, following = self._step(before, after)
                if energy is not None:
                    yield start.row, after.row, energy, (start.at_utc, after.at_utc)
                before = following
            except CarbonLedgerError as error:
                self.report.refuse(column.lines[after.row], column.value.column, error)
                if isinstance(error, QuantityError) and after.value < before.value:
                    doubted = after
                elif not isinstance(error, OverlapError):
                    before = after

    def _standings(self) -> Iterator[_Standing]:
        """The standings that can be ones of the register: they are below its modulus."""
        column, modulus = self.column, self.column.value.modulus
        most = Fraction(checked_decimal(modulus, "modulus")) if modulus else None
        for row, (at, number) in enumerate(zip(column.at_utc, column.numerators, strict=True)):
            if number is None:
                continue
            standing = _Standing(at, Fraction(number, column.denominator), row)
            if most is None or standing.value < most:
                yield standing
                continue
            shown = decimal_text(standing.value)
            reason = f"the standing {shown} is not below the modulus, {modulus}; correct one of the two"
            error = QuantityError(f"{self._place(standing)}: {reason}")
            self.report.refuse(column.lines[row], column.value.column, error)

    def _step(self, before: _Standing, after: _Standing) -> tuple[_Standing, Fraction | None, _Standing]:
        """The standing at the start of the step, the energy, and the standing that the next step starts from."""
        following = after
        if self.column.value.reset == "day":
            midnight_utc = self._next_midnight(before.at_utc)
            if after.at_utc >= midnight_utc:
                last_utc = self._next_midnight(after.at_utc - 1)  # the midnight at or after this standing
                is_midnight = after.at_utc == last_utc
                if after.at_utc > midnight_utc or after.value < before.value:
                    self._require_gap(before, after, "the register was set to 0 at midnight")
                    if is_midnight and (not after.value or after.at_utc == midnight_utc):
                        return before, None, after  # it was read after the register was set to 0
                    before = _Standing(self._midnight_before(after.at_utc), Fraction(0), before.row)
                if is_midnight:
                    following = _Standing(after.at_utc, Fraction(0), after.row)
        if not self._is_step(before, after):
            self._require_gap(before, after, f"the step is {quote([*self.layout.time.step])}")
        exchange = self._exchange(before, after)
        if exchange is None:
            return before, self._energy(before, after), following
        removed = Fraction(checked_decimal(exchange.last_standing, "last_standing"))
        new = Fraction(checked_decimal(exchange.first_standing, "first_standing"))
        if self._is_of_removed(before, after, exchange, removed, new):
            return before, removed - before.value, _Standing(after.at_utc, new, after.row)
        parts = (removed - before.value, after.value - new)
        if min(parts) < 0:
            raise QuantityError(
                f"{self._place(after)}: the meter was exchanged in this step, and a standing is less than the one "
                "before it; correct the standings of the exchange"
            )
        return before, sum(parts, Fraction(0)), following

    def _exchange(self, before: _Standing, after: _Standing) -> MeterExchange | None:
        exchanged = [item for at, item in self._exchanges if before.at_utc < at <= after.at_utc]
        if len(exchanged) > 1:
            raise QuantityError(f"{self._place(after)}: two exchanges of the meter in one step")
        return exchanged[0] if exchanged else None

    def _is_of_removed(
        self, before: _Standing, after: _Standing, exchange: MeterExchange, removed: Fraction, new: Fraction
    ) -> bool:
        """Whether a standing that was read at the instant of an exchange is that of the removed meter."""
        if instant_utc(exchange.at, "exchange") != after.at_utc:
            return False
        if after.value in (new, removed):
            return after.value != new
        if after.value < max(before.value, new):
            return False  # the removed meter had more, or the new meter would have less than at its beginning
        raise QuantityError(
            f"{self._place(after)}: the meter was exchanged at this instant, and the standing may be that of either "
            "meter; correct the time of the exchange, or leave out the row"
        )

    def _is_step(self, before: _Standing, after: _Standing) -> bool:
        """Whether two standings are as far apart as the layout says.

        Raises:
            PeriodError: The layout has standings of local days or months, and one is not at the start of one.
        """
        time, zone = self.layout.time, self.layout.zone
        apart_s = after.at_utc - before.at_utc
        if not time.is_calendar:
            return apart_s in time.steps_s
        word = time.step[0]
        try:
            day_steps(after.at_utc, zone, word)
            return apart_s == day_steps(before.at_utc, zone, word)
        except CarbonLedgerError as error:
            raise PeriodError(
                f"{self._place(after)}: {error}; with a step of {quote(word)}, standings are those at the start of a "
                f"local {word}"
            ) from None

    def _require_gap(self, before: _Standing, after: _Standing, why: str) -> None:
        if self.layout.numbers.missing_is == "refuse":
            raise MissingDataError(
                f"{self._place(after)}: the standing before it is of {instant_text(before.at_utc)}, "
                f"{after.at_utc - before.at_utc} s earlier, and {why}; add the standings that are missing, or read "
                'them as gaps with numbers.missing_is = "gap"'
            )

    def _energy(self, before: _Standing, after: _Standing) -> Fraction:
        energy = after.value - before.value
        if energy >= 0:
            return energy
        modulus = self.column.value.modulus
        rolled = energy + Fraction(checked_decimal(modulus, "modulus")) if modulus else None
        if rolled is not None and 0 <= rolled <= Fraction(checked_decimal(modulus, "modulus")) / 2:
            return rolled
        raise QuantityError(
            f"{self._place(after)}: the standing is {self._shown(-energy)} less than the one before it, in line "
            f"{self.column.lines[before.row]}; " + (
                "as a return to 0 that would be more than half of the modulus; correct the standing"
                if modulus
                else "if the register returned to 0, name its modulus; if the meter was exchanged, name the exchange"
            )
        )  # fmt: skip

    def _next_midnight(self, at_utc: int) -> int:
        day = local_time(at_utc, self.layout.zone).date()
        return day_start_utc(day + timedelta(days=1), self.layout.zone)

    def _midnight_before(self, at_utc: int) -> int:
        return day_start_utc(local_time(at_utc - 1, self.layout.zone).date(), self.layout.zone)

    def _shown(self, amount: Fraction) -> str:
        return f"{decimal_text(amount) or amount} {self.column.value.unit}"

    def _place(self, standing: _Standing) -> str:
        column = self.column
        return f"{self.report.path}, line {column.lines[standing.row]}, column {quote(column.value.column)}"
