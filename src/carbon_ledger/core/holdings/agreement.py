"""What an import says has to agree with what the other registry's serial says."""

from datetime import timedelta
from typing import Final

from carbon_ledger.errors import RefusedError
from carbon_ledger.instruments import EMISSION_REDUCTION, ENERGY_ATTRIBUTE, Instrument
from carbon_ledger.periods import Period
from carbon_ledger.periods.zones import Zone, local_time
from carbon_ledger.printing import quote
from carbon_ledger.registries import RegistrySerial
from carbon_ledger.registries.builtin import RELEASED_GRAMMARS, grammar_at
from carbon_ledger.registries.grammar import TONNE_KG

_LAST_YEAR: Final = 9997  # a period ends before the year 9999
# The registry of each instrument that a built-in grammar names.
_REGISTRIES: Final = {
    form.instrument: name for name in RELEASED_GRAMMARS for form in grammar_at(name, 1).forms if form.instrument
}

# What the units of each built-in registry claim. [S: the registries of carbon credits; M-RETS tracks certificates]
_CLAIMS: Final = dict.fromkeys(RELEASED_GRAMMARS, EMISSION_REDUCTION) | {"m-rets": ENERGY_ATTRIBUTE}


def require_instrument(serial: RegistrySerial, instrument: Instrument) -> None:
    """Refuse an instrument that is not the serial's.

    Args:
        serial: The serial.
        instrument: The instrument of the units, according to the import.

    Raises:
        RefusedError: The grammar names another instrument; or it names none, and the instrument is that of another
            registry's serials; or one of the two is a carbon credit, and the other an energy certificate.

    Source:
        ledger-model section 8a, domain invariant 30.
    """
    if serial.instrument == instrument.id:
        return
    if serial.instrument is not None:
        _refuse(
            serial,
            f"its units are {serial.instrument}, and the import says {instrument.id}; pass instrument="
            f"{quote(serial.instrument)}",
            rule="serial-instrument",
        )
    if instrument.id in _REGISTRIES:
        _refuse(
            serial,
            f"the import says {instrument.id}, which is the instrument of serials of {_REGISTRIES[instrument.id]}; "
            f"pass the instrument that {serial.registry} issues",
            rule="serial-instrument",
        )
    if (claim := _CLAIMS.get(serial.registry)) not in (None, instrument.claim):
        _refuse(
            serial,
            f"{serial.registry} issues units whose claim is {claim}, and {instrument.id} is {instrument.claim}; pass "
            "an instrument of that claim",
            rule="serial-instrument",
        )


def require_unit(serial: RegistrySerial, instrument: Instrument) -> None:
    """Refuse a serial whose numbers are not units of the instrument, so that no kilogram is held as a tonne.

    If the grammar states no mass, a number is one unit of the instrument, whatever that is.

    Args:
        serial: The serial.
        instrument: The instrument of the units, according to the import.

    Raises:
        RefusedError: A number of the serial is another mass than a tonne; or it is a tonne, and the instrument is no
            carbon credit.

    Source:
        ledger-model section 8a, domain invariant 30.
    """
    unit_kg = serial.grammar.unit_kg
    if unit_kg is None or (unit_kg == TONNE_KG and instrument.is_credit):
        return
    todo = "pass an instrument whose unit is 1 tCO2e"
    if unit_kg != TONNE_KG:
        todo = (
            "a ledger holds no units of another size: read such a registry's export by read_registry_csv, and keep "
            "its units there"
        )
    _refuse(
        serial,
        f"a number of its serials is {unit_kg:,} kgCO2e, and a unit of {instrument.id} is 1 {instrument.unit}; {todo}",
        rule="serial-unit",
    )


def require_project(serial: RegistrySerial, project: str) -> None:
    """Refuse a project that is not the serial's: as the registry writes it, or its number alone.

    Args:
        serial: The serial.
        project: The project in the other registry, according to the import.

    Raises:
        RefusedError: The grammar names the project's part, and it has another text.

    Source:
        ledger-model section 8a, domain invariant 30.
    """
    if serial.projects and project not in serial.projects:
        _refuse(
            serial,
            f"its units are of project {quote(serial.project)}, and the import says {quote(project)}; pass project="
            f"{quote(serial.project)}",
            rule="serial-project",
        )


def require_production(serial: RegistrySerial, production: Period, vintage: int, zone: Zone) -> None:
    """Refuse a production period or a vintage that is not the serial's.

    Args:
        serial: The serial.
        production: The period of production, according to the import.
        vintage: The vintage, according to the import.
        zone: The zone in whose calendar a day is meant.

    Raises:
        RefusedError: The serial states days, months or years of production, and production is outside them; or it
            states a vintage, which is another year.

    Source:
        ledger-model section 8a, domain invariant 30.
    """
    stated = serial.production
    first = local_time(production.start_utc, zone).date()
    last = local_time(production.end_utc - 1, zone).date()
    given = f"production is from {first} to {last}"
    if stated.start and first < stated.start:
        _refuse_vintage(serial, f"production began on {stated.start} or later", given)
    if stated.end and last > stated.end:
        _refuse_vintage(serial, f"production ended on {stated.end} or earlier", given)
    if stated.ends_from and last < stated.ends_from:
        _refuse_vintage(serial, f"production ended on {stated.ends_from} or later", given)
    if serial.vintage is not None and serial.vintage != vintage:
        _refuse_vintage(serial, f"the vintage is {serial.vintage}", f"the vintage is {vintage}")


def _refuse_vintage(serial: RegistrySerial, stated: str, given: str) -> None:
    _refuse(
        serial,
        f"it says that {stated}, and the import says that {given}; pass {_part_of(serial)}",
        rule="serial-vintage",
    )


def _part_of(serial: RegistrySerial) -> str:
    """The arguments that agree with what a serial states of its production, as they are passed."""
    start, end = serial.production.start, serial.production.end
    if start is None or end is None or end.year > _LAST_YEAR:
        return "the vintage of the serial, and the part of production that its units are of"
    after = end + timedelta(days=1)
    year = "" if serial.vintage is None else f"vintage={serial.vintage} and "
    return f'{year}a period in production=Period.of("{start}", "{after}", zone="UTC"), or of those days in the zone'


def _refuse(serial: RegistrySerial, detail: str, *, rule: str) -> None:
    raise RefusedError(f"{serial.registry} serial {serial.text}", detail, rule=rule)
