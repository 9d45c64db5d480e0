"""Meters of added units: what a capacity addition is credited for is measured apart from the old units."""

from collections.abc import Sequence

from carbon_ledger.core import lookup
from carbon_ledger.core.calibrations import in_place, meters_of
from carbon_ledger.core.intervals import Interval, subtract
from carbon_ledger.core.issuance.monitoring import Monitored
from carbon_ledger.core.issuance.run_parts import RunPart
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device
from carbon_ledger.errors import RefusedError
from carbon_ledger.meters import Meter
from carbon_ledger.methodologies.capacity_additions import is_added, is_metered_addition
from carbon_ledger.projects import Project


def require_own_meters(
    view: View, project: Project, devices: Sequence[Device], monitored: Monitored, before_n: int | None = None
) -> None:
    """Refuse steps of an added unit that were measured by a meter which an old unit feeds, too.

    A run that was recorded for a meter was measured by that meter. Any other was measured by a meter of the device
    alone; and in times in which it has none in place, by every meter that it feeds. A unit whose record does not say
    that it had no capacity before the project counts as an old unit.

    Args:
        view: The state.
        project: The project.
        devices: Its added units.
        monitored: Their steps.
        before_n: Only meters that were registered before this entry: an issuance keeps what was known when it was made.
            By default, all.

    Raises:
        RefusedError: A meter measures an added unit together with an old one.

    Source:
        ACM0002 v22, equation (13): the net generation of the added units is metered by itself. [S]
    """
    if not is_metered_addition(project.baseline, project.history_wh):
        return
    for device in devices:
        for part in monitored.parts[device.id]:
            for meter in _meters_of(view, device, part, before_n):
                old = [name for name in meter.shares if not is_added(lookup.device(view, name))]
                if old:
                    raise RefusedError(
                        f"device {device.id}",
                        f"meter {meter.id} measures it together with {', '.join(old)}, which the project did not add, "
                        "but the added units of a capacity addition are credited for what is measured apart; register "
                        "a meter of the added units, and record their generation with it",
                        rule="addition-meter",
                    )


def _meters_of(view: View, device: Device, part: RunPart, before_n: int | None) -> list[Meter]:
    """The meters that may have measured a part of a run; none if meters of the device alone did at all times."""
    recorded = view.entry(part.run.source_n).event.get("meter")
    if recorded is not None:
        return [lookup.meter(view, recorded)]
    rest: list[Interval] = [(part.start_utc, part.end_utc)]  # times without a meter of the device alone
    shared: list[tuple[Meter, Interval]] = []
    for name in view.registrations(meters_of(device.id)):
        if before_n is not None and (view.registration("meter", name) or 0) >= before_n:
            continue
        meter = lookup.meter(view, name)
        times = in_place(view, device, meter, before_n)
        if len(meter.shares) == 1:
            rest = [left for since, until in rest for left in subtract(since, until, [times])]
        else:
            shared.append((meter, times))
    return [meter for meter, (start, end) in shared if any(start < until and since < end for since, until in rest)]
