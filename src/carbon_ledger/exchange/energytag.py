"""EnergyTag granular certificate bundles: the certificates of one metered step, in one account and in one status."""

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen

from carbon_ledger.core.state.rows import (
    ACTIVE,
    BUFFERED,
    CANCELLED,
    EXPIRED,
    EXPORTED,
    LOCKED,
    PENDING,
    RETIRED,
    WITHDRAWN,
)
from carbon_ledger.devices import Device
from carbon_ledger.exact import text_of
from carbon_ledger.exchange.documents import LedgerState, UnitRecord, Unsaid, csv_text, json_text, plain, save
from carbon_ledger.mappings import FrozenMapping
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.printing import lines
from carbon_ledger.records import Record
from carbon_ledger.serials import Block
from carbon_ledger.tables import text_table

FORMAT: Final = "EnergyTag API specification, Standard v2: granular certificate bundles"

# A retirement has a beneficiary and a purpose: it is a claim. A cancellation removes units without a claim.
STATUSES: Final = MappingProxyType(
    {
        ACTIVE: "Active",
        LOCKED: "Locked",
        RETIRED: "Claimed",
        CANCELLED: "Cancelled",
        WITHDRAWN: "Withdrawn",
        EXPIRED: "Expired",
    }
)
NO_STATUSES: Final = MappingProxyType(
    {
        PENDING: "offered to another account, which has not accepted; Reserved means something else",
        BUFFERED: "held back at issuance; the format has no buffer",
        EXPORTED: "handed over to another registry, which has the certificates now",
    }
)
_SOURCES: Final = MappingProxyType(
    {
        "hydro": "Hydro", "wind": "Wind", "solar": "Solar", "geothermal": "Geothermal", "biomass": "Biomass",
        "tidal": "Tidal", "wave": "Wave",
    }
)  # fmt: skip
COLUMNS: Final = (
    "issuance_id", "certificate_status", "account_id", "bundle_id_range_start", "bundle_id_range_end",
    "bundle_quantity", "energy_carrier", "energy_source", "face_value", "issuance_post_energy_carrier_conversion",
    "registry_configuration", "device_id", "device_name", "device_technology_type", "device_production_start_date",
    "device_capacity", "device_location", "device_type", "production_starting_interval", "production_ending_interval",
    "issuance_datestamp", "expiry_datestamp", "is_storage", "storage_device_id", "sdr_allocation_id",
    "discharging_start_datetime", "discharging_end_datetime", "storage_device_location", "storage_efficiency_factor",
    "country_of_issuance", "connected_grid_identification", "issuing_body", "legal_status", "issuance_purpose",
    "support_received", "quality_scheme_reference", "dissemination_level", "issue_market_zone",
    "emissions_factor_production_device", "emissions_factor_source",
)  # fmt: skip
# The fields that no ledger fills, each with the reason. Those of storage are empty because no unit comes from storage.
EMPTY: Final = MappingProxyType(
    {
        "registry_configuration": "a ledger does not record how its registry is set up beside others",
        "legal_status": "a ledger does not record the legal status of certificates",
        "issuance_purpose": "a ledger does not record what certificates are issued for",
        "support_received": "a ledger does not record the support that a device has received",
        "quality_scheme_reference": "labels of units are not quality schemes of a bundle",
        "dissemination_level": "a ledger does not record whether the energy was consumed on site",
        "issue_market_zone": "a ledger has the electricity system, and not the bidding zone",
        "emissions_factor_production_device": "a ledger has no emission factor of a device",
        "emissions_factor_source": "a ledger has no emission factor of a device",
    }
)


@frozen(kw_only=True)
class StepUnits:
    """Units of one metered step, in one account and in one state.

    Attributes:
        block: The units.
        whole: All units of the step, as they were issued.
        period: The step.
        state: The state; ``expired`` if they can no longer be used.
        account: The account.
        device: The device, as it was in force in the step.
        issued_at: When they were issued, UTC.
        expires_utc: The first second in which they can no longer be used, or None. [s since 1970-01-01 UTC]
    """

    block: Block
    whole: Block
    period: Period
    state: str
    account: str
    device: Device
    issued_at: str
    expires_utc: int | None


@frozen(kw_only=True, repr=False)
class EnergyTagBundles(Record):
    """Granular certificates as EnergyTag bundles, and what the bundles cannot say; `Ledger.energytag_bundles` makes it.

    Attributes:
        state: The state of the ledger that the bundles were written from.
        records: The bundles, in the order of issuance and of serials: the fields of the specification by name. Whole
            numbers are integers, coordinates are decimal texts, and a field without a value is None.
        unsaid: What the bundles cannot say, and the units without a bundle.
    """

    _derived = ("quantity",)

    state: LedgerState
    records: tuple[UnitRecord, ...]
    unsaid: tuple[Unsaid, ...]

    @property
    def quantity(self) -> int:
        """The certificates of all bundles. [Wh]"""
        return sum(int(str(record["bundle_quantity"])) for record in self.records)

    @property
    def left_out(self) -> int:
        """The certificates that have no bundle, because the format has no status for their state. [Wh]"""
        return sum(item.units for item in self.unsaid if item.blocks)

    def to_json(self) -> str:
        """The bundles as JSON, with the state of the ledger and with what they cannot say."""
        document: dict[str, Any] = {"format": FORMAT, "state": self.state.to_record()}
        document["bundles"] = [plain(record) for record in self.records]
        document["unsaid"] = [item.to_record() for item in self.unsaid]
        return json_text(document)

    def to_csv(self) -> str:
        """The bundles alone as CSV, a column a field; texts that would be formulas begin with an apostrophe."""
        return csv_text(COLUMNS, self.records)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the bundles to a new file: as JSON if its name ends with ``.json``, as CSV if with ``.csv``.

        Raises:
            StoreError: The name ends with neither; or the file exists, or cannot be written.
        """
        save(path, self.to_json(), self.to_csv())

    def __str__(self) -> str:
        """The number of bundles and certificates, and what the bundles cannot say."""
        head = f"EnergyTag bundles: {len(self.records):,} of {self.quantity:,} Wh, {self.left_out:,} Wh left out"
        return lines(head, *text_table([item.row() for item in self.unsaid]))


def bundle(units: StepUnits, issuing_body: str | None) -> UnitRecord:
    """The bundle of units whose state has a status.

    Args:
        units: The units.
        issuing_body: Who issued them.
    """
    device, block = units.device, units.block
    filled: Mapping[str, Any] = {
        "issuance_id": str(units.whole),
        "certificate_status": STATUSES[units.state],
        "account_id": units.account,
        "bundle_id_range_start": block.first,
        "bundle_id_range_end": block.last,
        "bundle_quantity": block.count,
        "energy_carrier": "Electricity",
        "energy_source": _SOURCES[device.technology.partition("/")[0]],
        "face_value": 1,
        "issuance_post_energy_carrier_conversion": False,
        "device_id": device.id,
        "device_name": device.name,
        "device_technology_type": device.technology,
        "device_production_start_date": None if device.commissioned is None else device.commissioned.isoformat(),
        "device_capacity": device.capacity_w,
        "device_location": _location(device),
        "device_type": "production",
        "production_starting_interval": instant_text(units.period.start_utc),
        "production_ending_interval": instant_text(units.period.end_utc),
        "issuance_datestamp": units.issued_at[:10],
        "expiry_datestamp": None if units.expires_utc is None else instant_text(units.expires_utc)[:10],
        "is_storage": False,
        "country_of_issuance": device.country,
        "connected_grid_identification": device.grid,
        "issuing_body": issuing_body,
    }
    return FrozenMapping({name: filled.get(name) for name in COLUMNS})


def _location(device: Device) -> tuple[str, str] | None:
    """The coordinates as decimal texts, or None."""
    if device.latitude is None or device.longitude is None:
        return None
    return text_of(device.latitude), text_of(device.longitude)
