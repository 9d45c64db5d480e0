"""Many runs of readings in one go: which of them the rule of readings allows, by facts that are asked once a device.

The rule in `core/readings.py` remains the judge. `PlainRuns.allows` says yes only where the rule must allow a run, and
refuses nothing: a run to which it does not say yes is recorded, or refused, by the rule. Audits know the rule alone.
"""

from typing import Final

from carbon_ledger.column import Column
from carbon_ledger.core.authority import Permission, require_authorised
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import DOCUMENT_RECORDED, GENERATION_RECORDED
from carbon_ledger.core.entries.splitting import STEPS_PER_ENTRY
from carbon_ledger.core.in_force import Terms, is_amended, kind_of
from carbon_ledger.core.lookup import registered_device
from carbon_ledger.core.pinned_zones import UTC, zone_of
from carbon_ledger.core.plausibility import Bounds, bounds_over
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device
from carbon_ledger.errors import NotAuthorisedError
from carbon_ledger.metering.readings import Readings
from carbon_ledger.periods.zones import Zone

_MOST_DEVICES: Final = 4_096  # devices whose facts are cached
_MOST_STEPS: Final = 16  # lengths of steps whose bounds are cached for a device


class Facts:
    """What the rule asks of a device without amendments, computed once for its registration."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._bounds: dict[int, Bounds] = {}
        self._first: tuple[Zone, int | None] | None = None

    def bounds(self, step_s: int) -> Bounds:
        """The energies that a step of this length can have."""
        found = self._bounds.get(step_s)
        if found is None:
            if len(self._bounds) >= _MOST_STEPS:
                self._bounds.clear()
            found = self._bounds[step_s] = bounds_over([Terms(self.device, {}, UTC)], 0, step_s)
        return found

    def first_utc(self, zone: Zone) -> int | None:
        """The first second in which the device can be metered by some rules of its zone; None before commissioning."""
        known = self._first
        if known is None or known[0] is not zone:
            known = self._first = (zone, self.device.first_utc_in(zone))
        return known[1]


def _facts(entry: Entry) -> Facts:
    return Facts(registered_device(entry))


def facts_of(view: View, device: str) -> Facts | None:
    """The facts of a device; None if there is no such device, or if it was amended or decommissioned."""
    n = view.registration("device", device)
    if n is None or is_amended(view, kind_of("device", device)):
        return None
    found = view.parsed(n, _facts)
    return found if found.device.decommissioned is None else None


class PlainRuns:
    """The runs of a stretch that the rule of readings allows, one command each, before any of them is recorded.

    The next stretch can use what is known of the devices, if nothing was recorded in between: see `begin_next`.

    Args:
        view: The state before the first run of the stretch.
        by: The actor of all commands.
        permission: Who may record the readings of a device.
    """

    def __init__(self, view: View, by: str, permission: Permission) -> None:
        self._view, self._by = view, by
        self._ends: dict[str, int] = {}
        self._known: dict[str, Facts | None] = {}
        self._zones: dict[str, Zone] = {}
        self._may = _may_follow(view, by, permission)
        self._newest: Entry | None = None  # the entry of the last run of the stretch, once it is recorded

    def recorded(self, newest: Entry) -> None:
        """Take note that the runs that were allowed are recorded, so that the next stretch can begin after them.

        Args:
            newest: The entry of the last of them, which the store has cached.
        """
        self._newest = newest

    def begin_next(self, view: View, by: str) -> bool:
        """Begin the next stretch with what is known of the devices, if nothing was recorded since the last stretch.

        That is so if the entry of the last run is still the newest. When a transaction is undone, or the rows are
        derived again, the store drops the entries that it cached; the entry with that number is then another object.

        Args:
            view: The state before the first run of the next stretch.
            by: The actor of its commands.

        Returns:
            Whether the next stretch began; if it did not, it needs a `PlainRuns` of its own.
        """
        newest = self._newest
        if newest is None or by != self._by or view.size != newest.n + 1 or view.entry(newest.n) is not newest:
            return False
        self._view = view
        self._ends.clear()
        return True

    def allows(self, device: object, run: object) -> bool:
        """Whether the rule allows a run after those that were allowed before it, if the run is past when recorded.

        Args:
            device: The id of a device, as a caller gave it.
            run: The run, as a caller gave it.
        """
        if not self._may or type(device) is not str or type(run) is not Readings or not is_plain(run):
            return False
        facts = self._known[device] if device in self._known else self._ask(device)
        if facts is None:
            return False
        start_utc, end_utc = run.start_utc, run.end_utc
        first_utc, bounds = facts.first_utc(self._zone(facts.device.zone)), facts.bounds(run.step_s)
        if first_utc is None or start_utc < first_utc or not run.net_wh.is_at_most(bounds.most_wh):
            return False
        if run.net_wh.has_negative and run.net_wh.least < bounds.least_wh:
            return False
        if start_utc < self._ends.get(device, 0) or self._view.readings(device, start_utc, end_utc):
            return False
        self._ends[device] = end_utc
        return True

    def _ask(self, device: str) -> Facts | None:
        if len(self._known) >= _MOST_DEVICES:
            self._known.clear()
        facts = self._known[device] = facts_of(self._view, device)
        return facts

    def _zone(self, name: str) -> Zone:
        found = self._zones.get(name)
        if found is None:
            found = self._zones[name] = zone_of(self._view, name)
        return found


def is_plain(run: Readings) -> bool:
    """Whether a run has net energy and a quality alone, and is one entry."""
    return (
        type(run.net_wh) is Column
        and len(run.net_wh) <= STEPS_PER_ENTRY
        and type(run.quality) is str
        and run.gross_wh is None
        and run.export_wh is None
        and run.import_wh is None
        and run.invoiced_export_wh is None
        and run.invoiced_import_wh is None
    )


def _may_follow(view: View, by: str, permission: Permission) -> bool:
    """Whether the actor may record readings, and the newest entry ends its command."""
    newest = view.entry(view.size - 1)
    if newest.part != newest.parts or newest.type == DOCUMENT_RECORDED:
        return False
    try:
        require_authorised(view, Entry(n=view.size, at="", by=by, type=GENERATION_RECORDED, event={}), permission)
    except NotAuthorisedError:
        return False
    return True
