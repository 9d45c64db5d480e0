"""The stage of the ledger machine: who is there before anything happens, for the ledger and for the model.

Readings lie on a grid of half-hours around the new year of 2024, which comes at three different times: in
Baku, in Greenwich and in St John's. Devices are shared by projects of different instruments, so that one
step is wanted by several.
"""

from fractions import Fraction
from typing import Final

from carbon_ledger.devices import Device, Meter
from carbon_ledger.factors import EmissionFactor
from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.periods import Period
from carbon_ledger.projects import Project
from carbon_ledger.testing.counting import Years
from carbon_ledger.testing.model import Model
from carbon_ledger.testing.rows import Plant, Programme

START_UTC: Final = 1_704_016_800  # 2023-12-31T10:00Z
SLOT_S: Final = 1800
SLOTS: Final = 48
END_UTC: Final = START_UTC + SLOTS * SLOT_S
COMMISSIONED_UTC: Final = 1_692_907_200  # 2023-08-25 in Baku
NEW_YEAR_BAKU_UTC: Final = 1_704_052_800  # 2023-12-31T20:00Z

ACCOUNTS: Final = ("op", "buyer", "other")
LARGE_W: Final = 4_000_000  # half an hour holds at most two certificates of a MWh
SMALL_W: Final = 12  # ... or six of a Wh
FACTOR: Final = EmissionFactor(
    factor_id="stage-cm",
    value="0.384",
    unit="tCO2e/MWh",
    kind="combined_margin",
    region="AZ",
    source="made up for tests",
)

_BAKU, _UTC, _ST_JOHNS = Years(4 * 3600), Years(0), Years(-12_600)
_MWH, _WH = Fraction(1, 10**6), Fraction(1)


def _device(name: str, capacity_w: int, commissioned: str) -> Device:
    return Device(
        id=name,
        name=name,
        technology="hydro/run-of-river",
        capacity=f"{capacity_w} W",
        country="AZ",
        grid="AZ",
        zone="Asia/Baku",
        commissioned=commissioned,
    )


DEVICES: Final = (
    _device("alpha", LARGE_W, "2023-08-25"),
    _device("beta", LARGE_W, "2024-01-01"),  # commissioned in the middle of the grid
    _device("gamma", SMALL_W, "2023-08-25"),
    _device("delta", SMALL_W, "2023-08-25"),
)
METERS: Final = (
    Meter(id="feeder", shares={"alpha": 8330, "beta": 3600}),
    Meter(id="feeder-small", shares={"gamma": 1, "delta": 2}),
)
PROJECTS: Final = (
    Project(id="irec", instrument="I-REC-E", zone="Asia/Baku", devices=("alpha", "beta")),
    Project(id="go", instrument="EECS-GO", zone="Asia/Baku", devices=("alpha",)),
    Project(
        id="acc",
        instrument="GCC-ACC",
        zone="UTC",
        devices=("beta",),
        methodology="GCCM001@4.0",
        baseline="greenfield",
        crediting_period=Period.years("2024-01-01", 10, zone="Asia/Baku"),
    ),
    Project(id="gc", instrument="GC", zone="America/St_Johns", devices=("gamma", "delta")),
    Project(id="tiny", instrument="I-REC-E", zone="Asia/Baku", devices=("gamma",)),
)


def furnish(ledger: Ledger) -> None:
    """Open the accounts and register everything, in one transaction.

    Args:
        ledger: A ledger that was just begun.
    """
    with ledger.batch():
        for account in ACCOUNTS:
            ledger.open_account(account, name=account)
        for device in DEVICES:
            ledger.register_device(device)
        for meter in METERS:
            ledger.register_meter(meter)
        for project in PROJECTS:
            ledger.register_project(project)


def furnished_model() -> Model:
    """The same stage for the model, written down apart from it."""
    return Model(
        plants={
            "alpha": Plant(LARGE_W, COMMISSIONED_UTC),
            "beta": Plant(LARGE_W, NEW_YEAR_BAKU_UTC),
            "gamma": Plant(SMALL_W, COMMISSIONED_UTC),
            "delta": Plant(SMALL_W, COMMISSIONED_UTC),
        },
        programmes={
            "irec": Programme(("alpha", "beta"), _BAKU, _MWH),
            "go": Programme(("alpha",), _BAKU, _MWH, valid_months=12),
            "acc": Programme(("beta",), _UTC, Fraction("0.384") * _MWH, within=(NEW_YEAR_BAKU_UTC, _BAKU.start(2034))),
            "gc": Programme(("gamma", "delta"), _ST_JOHNS, _WH, granular=True),
            "tiny": Programme(("gamma",), _BAKU, _MWH),
        },
        meters={"feeder": {"alpha": 8330, "beta": 3600}, "feeder-small": {"gamma": 1, "delta": 2}},
        accounts=ACCOUNTS,
    )
