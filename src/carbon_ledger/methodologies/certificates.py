"""Energy attribute certificates are issued for net energy, without a methodology or a factor."""

from carbon_ledger.errors import MethodologyError
from carbon_ledger.methodologies.base import Activity, Outcome
from carbon_ledger.methodologies.net_energy import net_energy_lines, summed
from carbon_ledger.methodologies.quantification import Line
from carbon_ledger.printing import quote


def certificate_lines(unit: str, activity: Activity) -> Outcome:
    """The net energy behind certificates, line by line.

    Args:
        unit: Unit of the certificates' face value: ``MWh`` or ``Wh``.
        activity: The activity.

    Returns:
        The lines, and the exact amount of each vintage, by ascending vintage. An amount is negative if more energy
        was imported than exported. [*unit*]

    Raises:
        MethodologyError: *unit* is not ``MWh`` or ``Wh``. Credits are quantified with a methodology.

    Source:
        ledger-model section 5: net energy over the face value.

    Example:
        >>> from carbon_ledger.devices import Device
        >>> from carbon_ledger.methodologies import VintageGeneration
        >>> from carbon_ledger.periods import Period
        >>> plant = Device(id="a", name="A", technology="hydro/run-of-river", capacity="1 MW", country="AZ",
        ...                grid="AZ", zone="Asia/Baku")
        >>> activity = Activity(project="p", baseline=None, crediting_period_ordinal=1, devices=(plant,),
        ...                     period=Period.year(2024, zone="Asia/Baku"),
        ...                     generation=(VintageGeneration(2024, "a", 25_510_000),))
        >>> certificate_lines("MWh", activity)[1]
        ((2024, Decimal('25.510000')),)
    """
    if unit not in ("MWh", "Wh"):
        raise MethodologyError(
            f"project {activity.project}: certificates in {quote(unit)}, expected MWh or Wh; "
            "carbon credits are quantified with a methodology and a factor"
        )
    source = f"net energy over the face value of 1 {unit}"
    lines: list[Line] = []
    totals: list[Line] = []
    for vintage in activity.vintages:
        found = net_energy_lines(activity, vintage, unit, source=source)
        lines += found
        totals.append(found[-1])
    if totals:
        lines.append(summed("EG", "net generation", totals, source, ""))
    return tuple(lines), tuple(zip(activity.vintages, (line.value for line in totals), strict=True))
