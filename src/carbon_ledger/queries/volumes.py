"""Volumes of recorded runs: net energy, both sides of the meter, and what was invoiced, with the difference named."""

from collections.abc import Sequence

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import CORRECTION_STAGED, CORRECTIONS
from carbon_ledger.core.entries.splitting import run_of_entries
from carbon_ledger.core.state.rows import Reading
from carbon_ledger.core.state.view import View
from carbon_ledger.metering.readings import MEASURED
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.printing import printable
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.records import Record


@frozen(kw_only=True, repr=False)
class Volumes(Record):
    """The volumes of one recorded run of readings, as its entries record them. The metered volumes count.

    Attributes:
        device: The device.
        meter: The meter whose total was recorded, or `None`. The volumes are then those of all its devices together.
        period: From the start of the run to its end.
        n: The first entry of the run.
        quality: ``measured``, ``estimated`` or ``substituted``.
        superseded: Whether a correction has replaced a part of the run.
        net_wh: Metered net energy. [Wh]
        export_wh: Metered export, or `None` if it was not recorded. [Wh]
        import_wh: Metered import, or `None` if it was not recorded. [Wh]
        invoiced_export_wh: Invoiced export, or `None` if it was not recorded. [Wh]
        invoiced_import_wh: Invoiced import, or `None` if it was not recorded. [Wh]
    """

    _in_repr = ("device", "period", "n", "difference_wh")
    _derived = ("difference_wh",)

    device: str
    meter: str | None
    period: Period
    n: int
    quality: str
    superseded: bool
    net_wh: int
    export_wh: int | None
    import_wh: int | None
    invoiced_export_wh: int | None
    invoiced_import_wh: int | None

    @property
    def invoiced_net_wh(self) -> int | None:
        """Invoiced export minus invoiced import, or `None` if they were not recorded. [Wh]"""
        if self.invoiced_export_wh is None or self.invoiced_import_wh is None:
            return None
        return self.invoiced_export_wh - self.invoiced_import_wh

    @property
    def difference_wh(self) -> int | None:
        """Metered net energy minus invoiced net energy, or `None` without an invoice. [Wh]"""
        return None if self.invoiced_net_wh is None else self.net_wh - self.invoiced_net_wh

    @property
    def export_difference_wh(self) -> int | None:
        """Metered export minus invoiced export, or `None` if one of them was not recorded. [Wh]"""
        return _difference(self.export_wh, self.invoiced_export_wh)

    @property
    def import_difference_wh(self) -> int | None:
        """Metered import minus invoiced import, or `None` if one of them was not recorded. [Wh]"""
        return _difference(self.import_wh, self.invoiced_import_wh)

    def __str__(self) -> str:
        """The volumes in one line."""
        where = self.device if self.meter is None else f"{self.device} (meter {self.meter})"
        text = f"{where}, {self.period}: net {self.net_wh:,} Wh"
        if self.export_wh is not None and self.import_wh is not None:
            text += f" (export {self.export_wh:,}, import {self.import_wh:,})"
        if self.invoiced_net_wh is not None:
            text += (
                f", invoiced {self.invoiced_net_wh:,} Wh (export {self.invoiced_export_wh:,}, "
                f"import {self.invoiced_import_wh:,}), metered minus invoiced {self.difference_wh:,} Wh"
            )
        if self.quality != MEASURED:
            text += f", {self.quality}"
        return printable(text + (", superseded in part or whole" if self.superseded else ""))


def _difference(metered: int | None, invoiced: int | None) -> int | None:
    return None if metered is None or invoiced is None else metered - invoiced


def volumes(reader: Snapshot, device: str, period: Period) -> tuple[Volumes, ...]:
    """The volumes of every recorded run that overlaps a period, with the difference between meter and invoice.

    Runs that a correction has replaced are included and marked; the entries of the correction are runs of their own.
    For a run of a shared meter these are the meter's volumes, not the device's share.

    Args:
        device: The device's id.
        period: The period.

    Returns:
        The runs, by the number of their first entry.

    Raises:
        UnknownDeviceError: There is no such device.

    Source:
        Domain section 4: metered and invoiced volumes differ; the metered ones count. [P]

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> plant = ledger.register_device(cl.Device(id="plant", name="Plant", technology="hydro/run-of-river",
        ...     capacity="32 MW", country="AZ", grid="AZ", zone="Asia/Baku", commissioned="2022-01-01"))
        >>> year = cl.Period.year(2023, zone="Asia/Baku")
        >>> recorded = ledger.record_generation("plant", year, export="48797160 kWh", import_="424320 kWh",
        ...     invoiced=("48804719 kWh", "415440 kWh"))
        >>> (found,) = ledger.volumes("plant", year)
        >>> found.net_wh, found.invoiced_net_wh, found.difference_wh
        (48372840000, 48389279000, -16439000)
    """
    view = reader._view()
    lookup.device(view, device)
    within = checked_period(period, "period")
    found: dict[int, list[Entry]] = {}
    seen: set[int] = set()
    for row in view.readings_ever(device, within.start_utc, within.end_utc):
        if row.source_n not in seen:
            entries = _entries_of(view, row)
            seen |= {entry.n for entry in entries}
            found[entries[0].n] = entries
    return tuple(_volumes(view, device, found[n]) for n in sorted(found))


def _entries_of(view: View, row: Reading) -> list[Entry]:
    """The entries of the run that a reading is a part of."""
    entry = view.entry(row.source_n)
    first = entry.n - entry.part + 1
    entries = [view.entry(n) for n in range(first, first + entry.parts)]
    kinds = (CORRECTION_STAGED, *CORRECTIONS) if entry.type in (CORRECTION_STAGED, *CORRECTIONS) else (entry.type,)
    return [item for item in entries if item.type in kinds]


def _volumes(view: View, device: str, entries: Sequence[Entry]) -> Volumes:
    run, numbers = run_of_entries(entries), {entry.n for entry in entries}
    live = [row for row in view.readings(device, run.start_utc, run.end_utc) if row.source_n in numbers]
    return Volumes(
        device=device,
        meter=entries[0].event.get("meter"),
        period=Period(run.start_utc, run.end_utc),
        n=entries[0].n,
        quality=run.quality,
        superseded=sum(row.end_utc - row.start_utc for row in live) < run.end_utc - run.start_utc,
        net_wh=run.total_wh,
        export_wh=None if run.export_wh is None else run.export_wh.total,
        import_wh=None if run.import_wh is None else run.import_wh.total,
        invoiced_export_wh=run.invoiced_export_wh,
        invoiced_import_wh=run.invoiced_import_wh,
    )
