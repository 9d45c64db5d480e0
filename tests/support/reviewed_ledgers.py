"""Ledgers for tests of reviews: a sound one, and one for each thing that no rule of the ledger forbids.

The recipes r01 to r18 are those of a verifier; all of these ledgers pass their audit. Numbers are integers from a
generator with a fixed seed.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from attrs import define
from tests.support.plants import Numbers

import carbon_ledger as cl
from carbon_ledger.testing import Clock

BAKU = "Asia/Baku"
HOUR_WH = 4_000_000  # of the plant at full load
NOW = "2025-01-02T08:00Z"
NOTE = "compared with the settlement statements of the month"


def digest_of(number: int) -> str:
    return f"sha256:{number:064x}"


def month(number: int, year: int = 2025) -> cl.Period:
    return cl.Period.month(year, number, zone=BAKU)


@define
class Story:
    """A ledger that is written step by step, with a clock that the story moves."""

    ledger: cl.Ledger
    clock: Clock
    numbers: Numbers

    def goto(self, period: cl.Period, days: int) -> None:
        """Move the clock to some days after the end of a period."""
        self.clock.now = period.end + timedelta(days=days)

    def later(self, **time: int) -> None:
        self.clock.move(**time)

    def daily(self, period: cl.Period, most_percent: int = 60) -> list[int]:
        """Daily energies of the plant, to the kWh: half as much again from day to day, never at full load."""
        days = period.seconds // 86_400
        top = HOUR_WH * 24 * most_percent // 100_000
        return [1000 * (top // 2 + self.numbers.below(top // 2)) for _ in range(days)]

    def record(self, period: cl.Period, values: Sequence[int] = (), device: str = "plant", **more: object) -> None:
        """Record daily values of a period, by the meter operator, with a document of its own."""
        given = {"evidence": digest_of(1_000 + self.ledger.size), "by": "meter-operator"} | more
        self.ledger.record_readings(
            device, start=period.start, step="24 hours", net_wh=list(values) or self.daily(period), **given
        )
        self.later(minutes=3)

    def approve_and_issue(
        self, period: cl.Period, project: str = "hydro", to: str = "op", note: str | None = NOTE, **more: object
    ) -> tuple[cl.Batch, ...]:
        """Approve two days before the issuance, each by a name of its own."""
        self.later(days=2)
        given = {name: value for name, value in more.items() if name in ("factor", "waivers")}
        self.ledger.approve(self.ledger.quantify(project, period, **given), by="verifier", note=note)
        self.later(days=2)
        return self.issue(period, project, to, **more)

    def issue(self, period: cl.Period, project: str = "hydro", to: str = "op", **more: object) -> tuple[cl.Batch, ...]:
        batches = self.ledger.issue(project, period, to=to, **({"by": "issuer"} | more))
        self.later(hours=1)
        return batches


def plant(device: str = "plant", **fields: object) -> cl.Device:
    """A run-of-river plant of 4 MW."""
    given: dict[str, object] = {
        "id": device,
        "name": "River plant",
        "technology": "hydro/run-of-river",
        "capacity": "4 MW",
        "country": "AZ",
        "grid": "AZ",
        "zone": BAKU,
        "commissioned": "2023-01-01",
    }
    return cl.Device(**(given | fields))


def begun(
    policy: str = "open",
    *devices: cl.Device,
    projects: bool = True,
    seed: int = 1,
    now: str = NOW,
    ledger_id: str = "reviewed",
) -> Story:
    """A ledger with accounts, plants and a project of each: `hydro`, and that of another plant by its id."""
    clock = Clock(now)
    ledger = cl.open_ledger(":memory:", ledger_id=ledger_id, clock=clock, by="registrar", policy=policy)
    story = Story(ledger, clock, Numbers(seed))
    story.later(minutes=1)
    names = (("op", "Operator"), ("buyer", "Buyer"), ("trader", "Trader"))
    for account, name in names:
        ledger.open_account(account, name=name)
        story.later(minutes=1)
    for item in devices or (plant(),):
        ledger.register_device(item)
        story.later(minutes=1)
        project = "hydro" if item.id == "plant" else item.id
        if projects:
            ledger.register_project(cl.Project(id=project, instrument="I-REC-E", zone=BAKU, devices=(item.id,)))
            story.later(minutes=1)
    return story


def months_of(story: Story, months: Sequence[int] = (3, 4, 5)) -> Iterator[cl.Period]:
    """Months, each when its readings have been there for three days."""
    for number in months:
        story.goto(month(number), 3)
        yield month(number)


def r00() -> Story:
    """The control: daily readings, monthly documents, three names, an approval two days before each issuance."""
    story = begun()
    for period in months_of(story, (3, 4, 5, 6)):
        story.record(period)
        batches = story.approve_and_issue(period)
    sold = story.ledger.transfer(batches[0].take(200), to="buyer", by="issuer")
    story.later(days=1)
    story.ledger.retire(
        sold.take(50),
        beneficiary="Cement works of Ganja",
        purpose="electricity use of the year 2025",
        period=cl.Period.year(2025, zone=BAKU),
        by="buyer",
    )
    return story


def tiny_estimate() -> Story:
    """A month, and a day of 1 kWh that was estimated: less than a hundredth of a per cent of what is claimed."""
    story = begun()
    for period in months_of(story, (3,)):
        last = cl.Period(period.end_utc - 86_400, period.end_utc, BAKU)
        rest = cl.Period(period.start_utc, last.start_utc, BAKU)
        story.record(rest)
        story.record(last, [1_000], quality="estimated")
        story.approve_and_issue(period, waivers=[cl.Waiver("estimated-readings", "the meter had no power on one day")])
    return story


def r01() -> Story:
    """Run-of-river, August, with a capacity factor of 99.5 percent."""
    story = begun()
    for period in months_of(story, (8,)):
        full = HOUR_WH * 24 * 995 // 1000 // 1000
        story.record(period, [1000 * (full - 100 + story.numbers.below(200)) for _ in range(31)])
        story.approve_and_issue(period)
    return story


def r02() -> Story:
    """A random week, four times over, as February."""
    story = begun()
    for period in months_of(story, (2,)):
        week = [1000 * (1_000 + story.numbers.below(2_500)) for _ in range(168)]
        hours(story, period, week * 4)
        story.approve_and_issue(period)
    return story


def hours(story: Story, period: cl.Period, values: Sequence[int], device: str = "plant", **more: object) -> None:
    """Record hourly values of a period."""
    given = {"evidence": digest_of(1_000 + story.ledger.size), "by": "meter-operator"} | more
    story.ledger.record_readings(device, start=period.start, step="1 hour", net_wh=list(values), **given)
    story.later(minutes=3)


def r03() -> Story:
    """Six months of round totals."""
    story = begun()
    for period, mwh in zip(months_of(story, (1, 2, 3, 4, 5, 6)), (1200, 1100, 1500, 1700, 1800, 1600), strict=True):
        total(story, period, mwh * 1_000_000)
        story.approve_and_issue(period)
    return story


def total(story: Story, period: cl.Period, net_wh: int, device: str = "plant", **more: object) -> None:
    """Record the total of a period."""
    given = {"evidence": digest_of(1_000 + story.ledger.size), "by": "meter-operator"} | more
    story.ledger.record_generation(device, period, net=f"{net_wh} Wh", **given)
    story.later(minutes=3)


def r04() -> Story:
    """April is recorded on 20 December and issued four minutes later; other months after three days."""
    story = begun()
    for period in months_of(story, (1, 2, 3, 5, 6, 7)):
        story.record(period)
        story.approve_and_issue(period)
    story.clock.now = "2025-12-20T09:00Z"
    story.record(month(4))
    story.later(minutes=1)
    story.issue(month(4))
    return story


def r05() -> Story:
    """Six months, corrected before issuance, all upwards."""
    story = begun()
    for period in months_of(story, (1, 2, 3, 4, 5, 6)):
        values = story.daily(period)
        story.record(period, values)
        story.ledger.correct_readings(
            "plant",
            start=period.start,
            step="24 hours",
            net_wh=[wh * 1038 // 1000 for wh in values],
            reason=f"the reading of month {period.start.month} was misread",
            evidence=digest_of(2_000 + story.ledger.size),
            by="meter-operator",
        )
        story.later(days=1)
        story.approve_and_issue(period)
    return story


def r06() -> Story:
    """One digest for eight months, then four months with none."""
    story = begun()
    for period in months_of(story, range(1, 13)):
        story.record(period, evidence=digest_of(7) if period.start < month(9).start else None)
        story.approve_and_issue(period)
    return story


def r07() -> Story:
    """One digest for two plants."""
    story = begun("open", plant(), plant("second", name="Other plant"))
    for period in months_of(story, (3,)):
        for device, project in (("plant", "hydro"), ("second", "second")):
            story.record(period, device=device, evidence=digest_of(7))
            story.approve_and_issue(period, project)
    return story


def r08() -> Story:
    """Solar, with energy in 124 hours of the night."""
    sun = plant(technology="solar/photovoltaic", latitude="40.1", longitude="46.0")
    story = begun("open", sun)
    for period in months_of(story, (7,)):
        day = [
            0,
            0,
            0,
            0,
            0,
            0,
            100,
            500,
            1100,
            1700,
            2300,
            2800,
            3000,
            2900,
            2500,
            2000,
            1400,
            800,
            200,
            0,
            0,
            0,
            0,
            0,
        ]
        values = [
            120_000
            if k % 24 in (23, 0, 1, 2)
            else kwh * (800 + story.numbers.below(200)) + (story.numbers.below(1000) if kwh else 0)
            for k, kwh in enumerate(day * 31)
        ]
        hours(story, period, values)
        story.approve_and_issue(period)
    return story


def r09() -> Story:
    """Two plants with 744 equal hours."""
    story = begun("open", plant(), plant("second", name="Other plant"))
    for period in months_of(story, (3,)):
        values = [1000 * (1_000 + story.numbers.below(2_500)) for _ in range(744)]
        for device, project in (("plant", "hydro"), ("second", "second")):
            hours(story, period, values, device)
            story.approve_and_issue(period, project)
    return story


def r10() -> Story:
    """Twelve of 31 days are missing, waived with one word; the clock is set back eighteen times."""
    story = begun()
    whole = month(3)
    story.goto(whole, 3)
    for k in range(19):
        day = cl.Period.day(f"2025-03-{k + 1:02d}", zone=BAKU)
        if k:
            story.clock.move(hours=-1)
        story.ledger.record_generation(
            "plant", day, net=f"{40_000_321 + 1_017_003 * k} Wh", evidence=digest_of(50 + k), by="meter-operator"
        )
    story.later(days=2)
    story.approve_and_issue(whole, waivers=[cl.Waiver("gap", "logger")])
    return story


def r11() -> Story:
    """Recorded and issued within milliseconds, without evidence, by one name."""
    story = begun()
    for period in months_of(story, (3,)):
        story.ledger.record_readings("plant", start=period.start, step="24 hours", net_wh=story.daily(period), by="ops")
        story.clock.now = story.clock.now + timedelta(milliseconds=5)
        story.issue(period, by="ops")
    return story


def r12() -> Story:
    """Retired for the plant's owner itself, for 2019, with hardly a purpose."""
    story = begun()
    for period in months_of(story, (3,)):
        story.record(period)
        (batch,) = story.approve_and_issue(period)
    story.ledger.retire(
        batch.take(100),
        beneficiary="OPERATOR",
        purpose="x",
        period=cl.Period.year(2019, zone=BAKU),
        by="op",
        waivers=[cl.Waiver("claim-period", "the buyer asked for this year")],
    )
    return story


def factor(name: str, value: str, **more: object) -> cl.EmissionFactor:
    given: dict[str, object] = {"kind": "combined_margin", "region": "AZ", "source": "a test", "place": "table 1"}
    return cl.EmissionFactor(factor_id=name, value=value, unit="tCO2e/MWh", **(given | more))


def register_credits(story: Story, *devices: str, project: str = "credits") -> None:
    """Register a project for credits."""
    story.later(minutes=1)
    story.ledger.register_project(
        cl.Project(
            id=project,
            instrument="GCC-ACC",
            zone=BAKU,
            devices=devices,
            methodology="GCCM001@4.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2024-01-01", 10, zone=BAKU),
        )
    )
    story.later(minutes=1)


def r13() -> Story:
    """Seven waivers of a letter each, two of them not needed; a factor that is superseded four months later."""
    story = begun("open", plant(), projects=False)
    register_credits(story, "plant")
    names = ("methodology-text", "factor-method", "gap", "straddling-step", "expired-factor", "factor-region")
    waivers = [cl.Waiver(name, "x") for name in (*names, "assumption/x")]
    for period in months_of(story, (3,)):
        story.record(period)
        used = factor("old", "0.62", series="az", revision=1)
        story.approve_and_issue(period, "credits", factor=used, waivers=waivers)
    story.later(days=120)
    day = story.clock.now.date()
    story.ledger.adopt_factor(
        factor("new", "0.41", series="az", revision=2, supersedes="old", published_at=day), by="x"
    )
    return story


def r14() -> Story:
    """Five hundred units go back and forth ten times in ten days."""
    story = begun()
    for period in months_of(story, (3,)):
        story.record(period)
        (batch,) = story.approve_and_issue(period)
    block = batch.take(500)
    for k in range(20):
        story.ledger.transfer(block, from_="op" if k % 2 == 0 else "trader", to="trader" if k % 2 == 0 else "op")
        story.later(hours=12)
    return story


def r15() -> Story:
    """One plant twice: a certificate and a credit for each MWh."""
    story = begun("open", plant(), plant("plant2"), projects=False)
    story.ledger.register_project(cl.Project(id="hydro", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    register_credits(story, "plant2")
    for period in months_of(story, (3,)):
        wh = 1_234_567_000
        for name in ("plant", "plant2"):
            total(story, period, wh, name, evidence=digest_of(7))
        story.approve_and_issue(period)
        text = cl.Waiver("methodology-text", "compared by the verifier with version 4.0")
        story.approve_and_issue(period, "credits", factor=factor("ef", "0.41"), waivers=[text])
    return story


def r16() -> Story:
    """Issued and voided three times over, then issued to another account."""
    story = begun()
    for period in months_of(story, (3,)):
        story.record(period)
        for _ in range(3):
            (batch,) = story.approve_and_issue(period)
            story.ledger.void(batch, reason="the wrong account was named", by="issuer")
            story.later(days=1)
        story.approve_and_issue(period, to="trader")
    return story


def r17() -> Story:
    """Corrected from 1,311 to 311 MWh after the sale."""
    story = begun()
    for period in months_of(story, (3,)):
        total(story, period, 1_311_234_000)
        (batch,) = story.approve_and_issue(period)
        story.ledger.transfer(batch, to="buyer", by="issuer")
        story.later(days=5)
        story.ledger.correct_generation(
            "plant",
            period,
            net="311.234 MWh",
            reason="the transformer's ratio was wrong",
            evidence=digest_of(9),
            by="meter-operator",
        )
        story.later(days=30)
        story.ledger.open_account("late", name="Late")
    return story


def r18() -> Story:
    """The issuer names a verifier, who approves and is dismissed, all within a second."""
    story = begun("roles")
    ledger = story.ledger
    for actor, role in (("meter-operator", "meter-operator"), ("ops", "issuer"), ("ops", "registrar")):
        ledger.grant(actor, role)
        story.later(minutes=1)
    for period in months_of(story, (3,)):
        story.record(period)
        ledger.grant("friend", "verifier", by="ops")
        story.clock.now = story.clock.now + timedelta(milliseconds=200)
        ledger.approve(ledger.quantify("hydro", period), by="friend")
        story.clock.now = story.clock.now + timedelta(milliseconds=200)
        ledger.issue("hydro", period, to="op", by="ops")
        story.clock.now = story.clock.now + timedelta(milliseconds=200)
        ledger.revoke("friend", "verifier", reason="the work is done", by="ops")
    return story


RECIPES: dict[str, Callable[[], Story]] = {
    item.__name__: item
    for item in (r00, r01, r02, r03, r04, r05, r06, r07, r08, r09, r10, r11, r12, r13, r14, r15, r16, r17, r18)
}
# The rules that have to speak on each ledger.
EXPECTED: dict[str, set[str]] = {
    "r00": set(),
    "r01": {"R01a"},
    "r02": {"R02"},
    "r03": {"R04"},
    "r04": {"R07"},
    "r05": {"R15"},
    "r06": {"R16", "R17a", "R17c"},
    "r07": {"R17b"},
    "r08": {"R06"},
    "r09": {"R18a"},
    "r10": {"R12", "R14", "R26"},
    "r11": {"R09", "R10", "R16"},
    "r12": {"R20", "R21"},
    "r13": {"R14", "R22"},
    "r14": {"R23"},
    "r15": {"R17b", "R18a", "R19"},
    "r16": {"R24"},
    "r17": {"R25"},
    "r18": {"R11"},
}
