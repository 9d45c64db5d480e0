"""Synthetic years of plants, in integers alone: the same seed gives the same years on every machine."""

from collections.abc import Callable, Iterator
from typing import Final

from attrs import define

HOURS: Final = 8_760


@define
class Numbers:
    """Pseudorandom integers: the multiplicative generator of Lehmer with the modulus 2^61 - 1."""

    state: int

    def below(self, most: int) -> int:
        """A number from 0 to *most* - 1."""
        if self.state < 2**32:
            self.state = (self.state * 2_654_435_761 + 97) % (2**61 - 1) or 1
        self.state = self.state * 437_799_614_237_992_725 % (2**61 - 1)
        return (self.state >> 7) % most

    def around(self, middle: int, spread: int) -> int:
        """A number around a middle: the mean of four, so that far ones are rare."""
        return middle + sum(self.below(2 * spread + 1) - spread for _ in range(4)) // 2


def run_of_river(numbers: Numbers, capacity_w: int = 4_000_000, resolution_wh: int = 1_000) -> Iterator[int]:
    """Hours of a river plant with seasons and persistence, at rated output in spring, at minimum flow in autumn."""
    flow = 400  # thousandths of the rated output
    for hour in range(HOURS):
        day = hour // 24
        season = 250 + 750 * max(0, 120 - abs(day - 130)) // 120
        flow += (season - flow) // 40 + numbers.around(0, 12)
        flow = max(60, min(1_150, flow))
        output = 1_000 if flow >= 1_000 else 0 if flow < 80 else flow
        drift = 0 if output in (0, 1_000) else numbers.below(900)
        wh = capacity_w * output // 1_000 - (drift * capacity_w // 100_000)
        yield max(0, wh // resolution_wh * resolution_wh)


def full_load(numbers: Numbers) -> Iterator[int]:
    """The same river, at rated output for three weeks of each of four months, but for hours at the trash rack."""
    for k, wh in enumerate(run_of_river(numbers)):
        full = 60 <= k // 24 < 180 and k // 24 % 30 < 21
        yield 4_000_000 if full and k % 331 else wh


def coarse(numbers: Numbers) -> Iterator[int]:
    """The same river, with a meter that shows 100 kWh."""
    return run_of_river(numbers, resolution_wh=100_000)


def solar(numbers: Numbers, capacity_w: int = 4_000_000) -> Iterator[int]:
    """Hours of a solar plant: a parabola of the day, longer in summer, under clouds that last."""
    cloud = 700
    for hour in range(HOURS):
        day, of_day = hour // 24, hour % 24
        half = 5_000 + 2_500 * (182 - abs(day - 172)) // 182  # half the day's length, in thousandths of an hour
        away = abs(1_000 * of_day - 11_500)
        cloud = max(80, min(1_000, cloud + (700 - cloud) // 15 + numbers.around(0, 90)))
        if away >= half:
            yield 0
            continue
        shape = 1_000 - 1_000 * away * away // (half * half)
        wh = capacity_w * shape // 1_000 * cloud // 1_000 * (850 + numbers.below(120)) // 1_000
        yield wh // 1_000 * 1_000 if capacity_w > 1_000_000 else wh // 10 * 10


def small_solar(numbers: Numbers) -> Iterator[int]:
    """A roof of 40 kW with a meter that shows 10 Wh."""
    return solar(numbers, 40_000)


def wind(numbers: Numbers) -> Iterator[int]:
    """Hours of a wind turbine: a cubic curve of a speed that persists, cut at rated output."""
    speed = 6_500  # mm/s
    for _ in range(HOURS):
        speed = max(500, min(24_000, speed + (6_800 - speed) // 30 + numbers.around(0, 700)))
        if speed < 3_000:
            yield 0
            continue
        share = min(1_000, (speed - 2_000) ** 3 // (10_000**3 // 1_000))
        wh = 4_000_000 if share >= 1_000 else 4_000 * share + numbers.below(4_000)
        yield min(4_000_000, wh) // 1_000 * 1_000


KINDS: Final[dict[str, tuple[str, int, Callable[[Numbers], Iterator[int]]]]] = {
    "run-of-river": ("hydro/run-of-river", 4_000_000, run_of_river),
    "river at full load": ("hydro/run-of-river", 4_000_000, full_load),
    "river, 100 kWh meter": ("hydro/run-of-river", 4_000_000, coarse),
    "solar, 4 MW": ("solar/photovoltaic", 4_000_000, solar),
    "solar, 40 kW": ("solar/photovoltaic", 40_000, small_solar),
    "wind, 4 MW": ("wind/onshore", 4_000_000, wind),
}
