"""The setup of the ledger machine: accounts, devices, meters, projects and roles, for ledger and model.

Readings lie on a grid of half-hours around the new year of 2024, which begins at three different instants: in
Baku, in Greenwich and in St John's. Projects of different instruments share devices, so several of them can
claim the same step. In a ledger with roles, two projects need an approval by another actor before they issue, and one
needs a verifier's statement.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, cast

from attrs import evolve

from carbon_ledger.choices import Role
from carbon_ledger.devices import Device
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.instruments import Instrument, Levy
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.meters import Meter
from carbon_ledger.periods import Period
from carbon_ledger.projects import Project
from carbon_ledger.registries import SerialForm, SerialGrammar
from carbon_ledger.testing._model.arithmetic import Years
from carbon_ledger.testing._model.model import Model
from carbon_ledger.testing._model.rows import Plant
from carbon_ledger.testing._model.rows import Project as ProjectRow

START_UTC: Final = 1_704_016_800  # 2023-12-31T10:00Z
SLOT_S: Final = 1800
SLOTS: Final = 48
END_UTC: Final = START_UTC + SLOTS * SLOT_S
COMMISSIONED_UTC: Final = 1_692_907_200  # 2023-08-25 in Baku
NEW_YEAR_BAKU_UTC: Final = 1_704_052_800  # 2023-12-31T20:00Z

ACCOUNTS: Final = ("op", "buyer", "other")
LARGE_W: Final = 4_000_000  # half an hour holds at most two certificates of a MWh
LOAD_W: Final = 1_000_000  # of the large devices; the small ones have the default
SMALL_W: Final = 12  # half an hour holds at most six certificates of a Wh
FACTOR: Final = EmissionFactor(
    factor_id="stage-cm",
    value="0.384",
    unit="tCO2e/MWh",
    kind="combined_margin",
    region="AZ",
    source="made up for tests",
)
CLUB: Final = SerialGrammar(
    id="club", name="A club", forms=(SerialForm("CLUB-{project}-{first}-{last}", space="{project}"),)
)
# Grammars that can read the serials of other registries, with those registries; a built-in one is the empty text.
COPIES: Final = {
    "club": (CLUB, ("club-copy",)),
    "club-copy": (
        SerialGrammar(
            id="club-copy", name="A copy", forms=(SerialForm("club {other}/{last}/{first}", space="{other}"),)
        ),
        ("club",),
    ),
    "gold-copy": (
        SerialGrammar(
            id="gold-copy",
            name="A copy",
            forms=(
                SerialForm("MINE-{first}-{last}", space=""),
                SerialForm("GS1-1-KE-GS{n}-16-{year}-{lot}-{last}-{first}", space="{lot}/{year}"),
            ),
        ),
        ("",),
    ),
}
INSTRUMENTS: Final = ("I-REC-E", "EECS-GO", "GCC-ACC", "GC", "GS-VER", "VCS-VCU", "LEVIED")
MONTHS: Final = {"EECS-GO": (18, 12)}  # to use units, and to transfer them
LEVIED: Final = Instrument(
    id="LEVIED",
    name="Certificates with a levy",
    unit="MWh",
    claim="energy-attribute",
    valid_months=24,
    levy=Levy(share="0.15", to="other"),
)
LABELS: Final = ("CORSIA", "tag:own")

# The same identifier in two spellings, and one in normal form for the model.
IDENTIFIERS: Final = {"alpha": {"IREC": "AZ-0042"}, "twin": {"irec": "az 0042"}, "epsilon": {"irec": "AZ-43"}}
PLAIN_IDENTIFIERS: Final = {"alpha": "az0042", "twin": "az0042", "epsilon": "az43"}

OPENER: Final = "machine"
ACTORS: Final = (OPENER, "second", "somebody")
_STAFF: Final[Mapping[str, tuple[str, ...]]] = {
    OPENER: ("registrar", "meter-operator", "verifier", "issuer"),
    "second": ("verifier", "issuer"),
}
GRANTS: Final = (
    *((actor, role, "") for actor, roles in _STAFF.items() for role in roles),
    *((OPENER, "account-holder", account) for account in ACCOUNTS),
    ("second", "account-holder", "buyer"),
)
REQUIRING_APPROVAL: Final = ("irec", "gc")  # in a ledger with roles

_BAKU, _UTC, _ST_JOHNS = Years(4 * 3600), Years(0), Years(-12_600)
_MWH, _WH = Fraction(1, 10**6), Fraction(1)


def device(name: str, capacity_w: int, commissioned: str, load_w: int | None = None) -> Device:
    """A device in Azerbaijan."""
    return Device(
        id=name,
        name=name,
        technology="hydro/run-of-river",
        capacity=f"{capacity_w} W",
        country="AZ",
        grid="AZ",
        zone="Asia/Baku",
        commissioned=commissioned,
        station_load=None if load_w is None else f"{load_w} W",
        identifiers=IDENTIFIERS.get(name, {}),
    )


DEVICES: Final = (
    device("alpha", LARGE_W, "2023-08-25", LOAD_W),
    device("beta", LARGE_W, "2024-01-01", LOAD_W),  # commissioned in the middle of the grid
    device("gamma", SMALL_W, "2023-08-25"),
    device("delta", SMALL_W, "2023-08-25"),
)
METERS: Final = (
    Meter(id="feeder", shares={"alpha": 8330, "beta": 3600}, accuracy_class="0.5", serial_number="1", manufacturer="A"),
    Meter(id="feeder-small", shares={"gamma": 1, "delta": 2}),
    Meter(id="own", shares={"beta": 1}, accuracy_class="0.2S"),
)


def project(name: str, instrument: str, devices: tuple[str, ...], *, requires_approval: bool = False) -> Project:
    """A project of certificates in Baku; a project of granular certificates is in St John's."""
    zone = "America/St_Johns" if instrument == "GC" else "Asia/Baku"
    return Project(id=name, instrument=instrument, zone=zone, devices=devices, requires_approval=requires_approval)


def credits_project(name: str, years: int) -> Project:
    """A project of credits of the Global Carbon Council, which is credited for some years."""
    return Project(
        id=name,
        instrument="GCC-ACC",
        zone="UTC",
        devices=("beta",),
        methodology="GCCM001@4.0",
        baseline="greenfield",
        crediting_period=Period.years("2024-01-01", years, zone="Asia/Baku"),
    )


def projects(requires_approval: tuple[str, ...] = (), *, requires_verification: bool = False) -> tuple[Project, ...]:
    """All projects; the named ones require an approval for each issuance, and perhaps one a verifier's statement."""
    of_both = ("alpha", "beta")
    return (
        project("irec", "I-REC-E", ("alpha", "beta"), requires_approval="irec" in requires_approval),
        project("go", "EECS-GO", ("alpha",)),
        credits_project("acc", 10),
        project("gc", "GC", ("gamma", "delta"), requires_approval="gc" in requires_approval),
        project("tiny", "I-REC-E", ("gamma",)),
        evolve(project("levied", "I-REC-E", of_both), instrument=LEVIED, requires_verification=requires_verification),
    )


PROJECTS: Final = projects()
CREDITED_YEARS: Final = {"ten-years": 10, "eleven-years": 11}  # further projects of credits
# Crediting periods of the Gold Standard, each a project: number, first year, years. Those that are longer are waived.
RENEWED: Final = {
    "first": (1, 2014, 5),
    "first-again": (1, 2019, 5),
    "second": (2, 2019, 5),
    "second-early": (2, 2018, 5),
    "second-longer": (2, 2019, 7),
    "third": (3, 2026, 5),
    "third-early": (3, 2023, 3),
}
RENEWABLE_YEARS: Final = 5


def renewed_project(name: str, devices: tuple[str, ...]) -> Project:
    """A project of credits of the Gold Standard that is one of several crediting periods of its devices."""
    number, year, years = RENEWED[name]
    return evolve(
        credits_project(name, years),
        instrument="GS-VER",
        devices=devices,
        crediting_period=Period.years(f"{year}-01-01", years, zone="UTC"),
        crediting_period_ordinal=number,
    )


def set_up(ledger: Ledger) -> None:
    """Open the accounts, register everything and grant the roles, if the ledger has roles, in one transaction.

    Args:
        ledger: A new ledger, opened by `OPENER`.
    """
    roles = ledger.policy == "roles"
    with ledger.batch():
        for account in ACCOUNTS:
            ledger.open_account(account, name=account)
        for item in DEVICES:
            ledger.register_device(item)
        for meter in METERS:
            ledger.register_meter(meter)
        for found in projects(REQUIRING_APPROVAL if roles else (), requires_verification=roles):
            ledger.register_project(found)
        for actor, role, account in GRANTS[1:] if roles else ():
            ledger.grant(actor, cast("Role", role), account=account or None)


def set_up_model(policy: str = "open") -> Model:
    """The model with the same setup, which is written out independently.

    Args:
        policy: The ledger's policy.
    """
    roles = policy == "roles"
    model = Model(
        plants={
            "alpha": Plant(LARGE_W, COMMISSIONED_UTC, LOAD_W),
            "beta": Plant(LARGE_W, NEW_YEAR_BAKU_UTC, LOAD_W),
            "gamma": Plant(SMALL_W, COMMISSIONED_UTC),
            "delta": Plant(SMALL_W, COMMISSIONED_UTC),
        },
        projects={
            "irec": ProjectRow(("alpha", "beta"), _BAKU, _MWH, requires_approval=roles),
            "go": ProjectRow(("alpha",), _BAKU, _MWH, "EECS-GO", valid_months=18, transferable_months=12),
            "acc": ProjectRow(
                ("beta",),
                _UTC,
                Fraction("0.384") * _MWH,
                "GCC-ACC",
                within=(NEW_YEAR_BAKU_UTC, _BAKU.start(2034)),
                factor="stage-cm",
            ),
            "gc": ProjectRow(("gamma", "delta"), _ST_JOHNS, _WH, "GC", granular=True, requires_approval=roles),
            "tiny": ProjectRow(("gamma",), _BAKU, _MWH),
            "levied": ProjectRow(
                ("alpha", "beta"),
                _BAKU,
                _MWH,
                "LEVIED",
                valid_months=24,
                levy=(Fraction(15, 100), "other"),
                requires_verification=roles,
            ),
        },
        meters={"feeder": {"alpha": 8330, "beta": 3600}, "feeder-small": {"gamma": 1, "delta": 2}, "own": {"beta": 1}},
        classes={"feeder": Fraction("0.005"), "own": Fraction("0.002")},
        days=_BAKU,
        accounts=ACCOUNTS,
        grants=GRANTS if roles else None,
    )
    model.registered |= {("identifier", PLAIN_IDENTIFIERS["alpha"])}
    return model
