"""A fixed list of commands that a ledger runs while something fails. Every run writes the same bytes.

The clock stands still, so an entry's time follows from its number; every command has a key, so that the list can
be run again from the start after any failure. A log that failed and was resumed must equal, byte by byte, one that
never failed.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import carbon_ledger as cl

LEDGER_ID: Final = "faults"
HOURS: Final = 3_000  # a column of so many hours is cut into three entries
HOUR_S: Final = 3_600
EVIDENCE: Final = "sha256:" + "e" * 64
START_UTC: Final = 1_704_067_200  # 2024-01-01T00:00Z
FACTOR: Final = cl.EmissionFactor(
    factor_id="faults-cm",
    value="0.384",
    unit="tCO2e/MWh",
    kind="combined_margin",
    region="AZ",
    source="made up for the fault suite",
)
_UNREAD: Final = cl.Waiver("methodology-text", "a fault suite asks for no particular rules")


def clock() -> datetime:
    """A time that never moves."""
    return datetime(2026, 1, 1, tzinfo=UTC)


def open_here(path: Path, *, timeout_s: int = 60) -> cl.Ledger:
    """Open a ledger of the suite, by the suite's clock; one with roles, so that it has something in every table."""
    return cl.open_ledger(path, ledger_id=LEDGER_ID, clock=clock, by="suite", timeout_s=timeout_s, policy="roles")


class Command(NamedTuple):
    """A command, or a batch of them: what is written whole or not at all."""

    name: str
    run: Callable[[cl.Ledger], object]


def _grant(ledger: cl.Ledger) -> None:
    for role in ("meter-operator", "issuer"):
        ledger.grant("suite", role, key=f"grant-{role}")
    for account in ("op", "buyer"):
        ledger.grant("suite", "account-holder", account=account, key=f"grant-{account}")
    ledger.grant("verifier", "verifier", key="grant-verifier")


def _approve(ledger: cl.Ledger) -> None:
    """Approve a quantification that nobody issues, so that it stays what it is."""
    with ledger.batch():
        period = cl.Period.month(2023, 1, zone="UTC")
        ledger.record_generation("apart", period, net="1 GWh", key="record-apart")
        result = ledger.quantify("apart", period)
        ledger.approve(result, key="approve", by="verifier")


def _device(name: str) -> cl.Device:
    return cl.Device(
        id=name,
        name=name,
        technology="hydro/run-of-river",
        capacity="4 MW",
        country="AZ",
        grid="AZ",
        zone="UTC",
        commissioned="2020-01-01",
    )


def _set_up(ledger: cl.Ledger) -> None:
    with ledger.batch():
        for name in ("op", "buyer"):
            ledger.open_account(name, name=name, key=f"open-{name}")
        _grant(ledger)
        for name in ("plant", "other", "apart", "east", "west"):
            ledger.register_device(_device(name), key=f"device-{name}")
        ledger.register_meter(cl.Meter(id="feeder", shares={"east": 1, "west": 2}), key="meter-feeder")
        ledger.record_meter("feeder", cl.Period.month(2024, 1, zone="UTC"), net="100 Wh", key="record-feeder")
        ledger.import_block(  # units that expire
            "MIRECS-123-MI-01-2025-1-1 to 9",
            registry="m-rets",
            instrument="EECS-GO",
            to="buyer",
            production=cl.Period.month(2025, 6, zone="UTC"),
            project="123",
            evidence=EVIDENCE,
            key="import-expiring",
        )
        ledger.register_project(
            cl.Project(id="irec", instrument="I-REC-E", zone="UTC", devices=("plant",)), key="project-irec"
        )
        ledger.register_project(
            cl.Project(id="apart", instrument="I-REC-E", zone="UTC", devices=("apart",), requires_approval=True),
            key="project-apart",
        )
        ledger.register_project(
            cl.Project(
                id="acc",
                instrument="GCC-ACC",
                zone="UTC",
                devices=("other",),
                methodology="GCCM001@4.0",
                baseline="greenfield",
                crediting_period=cl.Period.years("2021-01-01", 10, zone="UTC"),
            ),
            key="project-acc",
        )


def record_readings(ledger: cl.Ledger, *, turn: int, device: str, more_wh: Mapping[int, int] | None = None) -> object:
    """Record a turn's readings of a device.

    Args:
        ledger: The ledger.
        turn: Which 3,000 hours.
        device: The device.
        more_wh: What some hours have more, by hour; for a forger. [Wh]
    """
    wh = [1_000_000 + (turn * 7_919 + hour * 104_729) % 2_000_000 for hour in range(HOURS)]
    for hour, more in (more_wh or {}).items():
        wh[hour] += more
    start = cl.Period(_start(turn), _start(turn + 1)).start
    return ledger.record_readings(device, start=start, step="1 hour", net_wh=wh, key=f"record-{device}-{turn}")


def _start(turn: int) -> int:
    return START_UTC + turn * HOURS * HOUR_S


def _issue(turn: int, project: str) -> Callable[[cl.Ledger], object]:
    def run(ledger: cl.Ledger) -> object:
        period = cl.Period(_start(turn), _start(turn + 1))
        more: dict[str, Any] = {"factor": FACTOR, "waivers": [_UNREAD]} if project == "acc" else {}
        return ledger.issue(project, period, to="op", key=f"issue-{project}-{turn}", **more)

    return run


def _transfer(turn: int) -> Callable[[cl.Ledger], object]:
    return lambda ledger: ledger.transfer(ledger.batches("irec")[turn].take(100), to="buyer", key=f"transfer-{turn}")


def _offer(turn: int) -> Callable[[cl.Ledger], object]:
    def run(ledger: cl.Ledger) -> object:
        with ledger.batch():
            units = ledger.batches("irec")[turn].cut(100, 10, 5)
            ledger.label(units[2], "tag:fault", evidence=EVIDENCE, reason="seen", key=f"label-{turn}")
            return ledger.offer(units[1], to="buyer", key=f"offer-{turn}")

    return run


def _import(turn: int) -> Callable[[cl.Ledger], object]:
    first = 1 + 1_000 * turn
    return lambda ledger: ledger.import_block(
        f"GS1-1-AZ-GS1-16-2025-1-{first}-{first + 99}",
        registry="gold-standard",
        instrument="GS-VER",
        to="buyer",
        production=cl.Period.year(2025, zone="UTC"),
        project="GS1",
        evidence=EVIDENCE,
        key=f"import-{turn}",
    )


def _retire(turn: int) -> Callable[[cl.Ledger], object]:
    def run(ledger: cl.Ledger) -> object:
        period = cl.Period.year(2024, zone="UTC")
        block = ledger.batches("irec")[turn].take(40)
        return ledger.retire(block, beneficiary="B", purpose="claim", period=period, key=f"retire-{turn}")

    return run


def _accounts(turn: int, count: int) -> Callable[[cl.Ledger], object]:
    def run(ledger: cl.Ledger) -> None:
        with ledger.batch():
            for k in range(count):
                ledger.open_account(f"account-{turn}-{k}", name="A", key=f"open-{turn}-{k}")

    return run


def commands(turns: int = 3, accounts: int = 7) -> list[Command]:
    """The list of commands: registrations, then turns of metering, issuing, transferring and opening accounts.

    Args:
        turns: How many turns. [125 days of hourly readings each]
        accounts: Accounts that a turn opens in one batch.
    """
    found = [Command("set up", _set_up), Command("approve", _approve)]
    for turn in range(turns):
        found += [
            Command("record 3,000 hours", partial(record_readings, turn=turn, device="plant")),
            Command("record 3,000 hours", partial(record_readings, turn=turn, device="other")),
            Command("issue certificates", _issue(turn, "irec")),
            Command("issue credits", _issue(turn, "acc")),
            Command("transfer", _transfer(turn)),
            Command("retire", _retire(turn)),
            Command("offer and label", _offer(turn)),
            Command("import", _import(turn)),
            Command("batch of accounts", _accounts(turn, accounts)),
        ]
    return found


class Reference(NamedTuple):
    """What the whole list writes when nothing fails.

    Attributes:
        entries: The bytes of every entry.
        sizes: Size of the log after opening and after each command.
    """

    entries: list[bytes]
    sizes: list[int]


def entries_of(ledger: cl.Ledger) -> list[bytes]:
    """The bytes of every entry of a ledger."""
    store = ledger._store
    return list(store.entries(0, store.size()))


def reference(path: Path, todo: list[Command]) -> Reference:
    """Run the list once, undisturbed, into a new file."""
    with open_here(path) as ledger:
        sizes = [ledger.size]
        for _ in run(ledger, todo):
            sizes.append(ledger.size)
        entries = entries_of(ledger)
    return Reference(entries, sizes)


def run(ledger: cl.Ledger, todo: list[Command]) -> Iterator[int]:
    """Run commands, giving the number of those done after each."""
    for done, command in enumerate(todo, 1):
        command.run(ledger)
        yield done
