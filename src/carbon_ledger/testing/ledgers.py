"""A small ledger with a history, for the tests of applications."""

import os
from typing import Final

from carbon_ledger.devices import Device
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.ledger.recorder import Clock as AnyClock
from carbon_ledger.opening.ledgers import open_ledger
from carbon_ledger.periods import Period
from carbon_ledger.projects import Project
from carbon_ledger.testing.clock import Clock

_ZONE: Final = "Europe/Berlin"
_EVIDENCE: Final = "sha256:" + "5a" * 32


def sample_ledger(path: str | os.PathLike[str] = ":memory:", *, clock: AnyClock | None = None) -> Ledger:
    """A small ledger of a wind farm in Germany: readings, an issuance, a transfer and a retirement.

    Every call makes the same entries, as long as the clock and the versions of this library and of tzdata are the same.

    - The accounts are ``owner`` (the wind farm's owner) and ``buyer`` (a bakery).
    - The device ``windfarm`` has 4.2 MW. The project ``wind`` has guarantees of origin (``EECS-GO``).
    - November 2025 was metered hour by hour: 1,421.942 MWh, for which 1,421 guarantees were issued to ``owner``.
    - ``owner`` transferred 300 to ``buyer``, and ``buyer`` retired 120 of them.
    - December 2025 has readings (735.594 MWh) that no units were issued for.

    Args:
        path: A file that does not exist yet, or ``":memory:"``.
        clock: The ledger's clock; by default, ``Clock()``, which shows 2026-01-01 00:00 UTC. A clock of your own shows
            that time or a later one.

    Returns:
        The open ledger; its actor is ``tester``.

    Raises:
        AlreadyRegisteredError: *path* is a ledger already.
        StoreError: The file cannot be created.

    Example:
        >>> with sample_ledger() as ledger:
        ...     ledger.balance("owner").active, ledger.balance("buyer").active, ledger.balance("buyer").retired
        (1121, 180, 120)
    """
    ledger = open_ledger(path, ledger_id="sample", by="tester", clock=Clock() if clock is None else clock)
    try:
        with ledger.batch():
            _record(ledger)
    except BaseException:
        ledger.close()
        raise
    return ledger


def _record(ledger: Ledger) -> None:
    """Record the history of the ledger."""
    ledger.open_account("owner", name="Windpark Nordheide GmbH")
    ledger.open_account("buyer", name="Backhaus Elbe AG")
    ledger.register_device(
        Device(
            id="windfarm",
            name="Windpark Nordheide",
            technology="wind/onshore",
            capacity="4.2 MW",
            country="DE",
            grid="DE",
            zone=_ZONE,
            commissioned="2019-05-01",
        )
    )
    ledger.register_project(Project(id="wind", instrument="EECS-GO", zone=_ZONE, devices=("windfarm",)))
    november, december = Period.month(2025, 11, zone=_ZONE), Period.month(2025, 12, zone=_ZONE)
    for month, most_wh in ((november, 4_000_000), (december, 2_000_000)):
        ledger.record_readings(
            "windfarm", start=month.start, step="1 hour", net_wh=_hours(month, most_wh), evidence=_EVIDENCE
        )
    (batch,) = ledger.issue("wind", november, to="owner")
    sold = ledger.transfer(batch.take(300), to="buyer", reference="contract 7")
    ledger.retire(
        sold.take(120),
        beneficiary="Backhaus Elbe AG",
        purpose="electricity used in November 2025",
        period=november,
    )


def _hours(month: Period, most_wh: int) -> list[int]:
    """A value for each hour of a month, between nothing and *most_wh*. [Wh]"""
    return [(37 * hour % 101) * most_wh // 101 // 1000 * 1000 for hour in range(month.seconds // 3600)]
