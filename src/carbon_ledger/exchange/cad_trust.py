"""Records of the Climate Action Data Trust (CAD Trust), data model 2.0: issuances of a project, and their units."""

import os
from collections import defaultdict
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
from carbon_ledger.exchange.documents import LedgerState, UnitRecord, Unsaid, csv_text, json_text, plain, save
from carbon_ledger.mappings import FrozenMapping
from carbon_ledger.printing import lines
from carbon_ledger.records import Record
from carbon_ledger.serials import Block
from carbon_ledger.tables import text_table

FORMAT: Final = "CAD Trust data model 2.0: issuance and unit"

STATUSES: Final = MappingProxyType(
    {
        ACTIVE: "Held",
        RETIRED: "Retired",
        CANCELLED: "Cancelled",
        EXPIRED: "Expired",
        BUFFERED: "Buffer",
        EXPORTED: "Exported",
    }
)
NO_STATUSES: Final = MappingProxyType(
    {
        LOCKED: "cannot be used until they are released; Held means units that can be used",
        PENDING: "offered to another account, which has not accepted; Pending Export means a move to another registry",
        WITHDRAWN: "taken back by the issuer; neither Inactive nor Rejected is defined as that",
    }
)
UNIT_TYPES: Final = (
    "Avoidance", "Reduction - nature", "Reduction - technical", "Removal - nature", "Removal - technical",
    "Not Determined",
)  # fmt: skip
COLUMNS: Final = (
    "unitSerialId", "unitStartBlock", "unitEndBlock", "unitCount", "unitType", "unitVintageYear", "unitStatus",
    "unitStatusReason", "unitStatusDate", "unitRetirementDetail", "unitRetirementBeneficiary",
    "unitRetirementBeneficiaryId", "unitLink", "unitMetric", "unitCurrentOwner", "unitItmosReferenceId", "marketplace",
    "marketplaceLink", "marketplaceIdentifier", "cadTrustIssuanceId",
)  # fmt: skip
ISSUANCE_COLUMNS: Final = (
    "issuanceId", "issuanceDate", "cadTrustVerificationId", "cadTrustMethodologyId", "cadTrustLocationId",
)  # fmt: skip
# The fields that no ledger fills, each with the reason.
EMPTY: Final = MappingProxyType(
    {
        "unitRetirementBeneficiaryId": "a retirement names its beneficiary, who needs no account and no id",
        "unitLink": "a ledger has no address on the web",
        "unitItmosReferenceId": "a ledger does not record authorisations under Article 6",
        "marketplace": "a ledger does not record where units are traded",
        "marketplaceLink": "a ledger does not record where units are traded",
        "marketplaceIdentifier": "a ledger does not record where units are traded",
        "cadTrustVerificationId": "CAD Trust assigns it to the verification, which is not written here",
        "cadTrustMethodologyId": "CAD Trust assigns it to the methodology, which is not written here",
        "cadTrustLocationId": "CAD Trust assigns it to the location, which is not written here",
    }
)


@frozen(kw_only=True)
class CreditUnits:
    """Units of one batch, in one account and in one state.

    Attributes:
        block: The units.
        vintage: The year.
        issuance: The id of their issuance.
        state: The state; ``expired`` if they can no longer be used.
        owner: The name of the account's holder.
        status_date: The UTC date on which a final state or the expiry began, or None.
        reason: Why they were cancelled or exported, as the entry has it, or None.
        detail: The purpose and the reporting period of a retirement, or None.
        beneficiary: The beneficiary of a retirement, or None.
    """

    block: Block
    vintage: int
    issuance: str
    state: str
    owner: str
    status_date: str | None = None
    reason: str | None = None
    detail: str | None = None
    beneficiary: str | None = None


@frozen(kw_only=True, repr=False)
class CadTrustUnits(Record):
    """Issuances and units as CAD Trust records, and what they cannot say; `Ledger.cad_trust_units` makes it.

    Attributes:
        state: The state of the ledger that the records were written from.
        issuances: The issuances that have units, oldest first: the fields of the data model by name.
        records: The units, in the order of issuance and of serials: the fields of the data model by name. Counts and
            years are integers, and a field without a value is None.
        issuance_of: For each record, the ``issuanceId`` of its issuance.
        unsaid: What the records cannot say, and the units without a record.
    """

    _derived = ("quantity",)

    state: LedgerState
    issuances: tuple[UnitRecord, ...]
    records: tuple[UnitRecord, ...]
    issuance_of: tuple[str, ...]
    unsaid: tuple[Unsaid, ...]

    @property
    def quantity(self) -> int:
        """The units of all records. [tCO2e]"""
        return sum(int(str(record["unitCount"])) for record in self.records)

    @property
    def left_out(self) -> int:
        """The units that have no record, because the format has no status for their state. [tCO2e]"""
        return sum(item.units for item in self.unsaid if item.blocks)

    def to_json(self) -> str:
        """The issuances, each with its units, as JSON; with the state of the ledger, and with what they cannot say."""
        units: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for name, record in zip(self.issuance_of, self.records, strict=True):
            units[name].append(plain(record))
        document: dict[str, Any] = {"format": FORMAT, "state": self.state.to_record()}
        document["issuances"] = [
            {"issuance": plain(item), "units": units[str(item["issuanceId"])]} for item in self.issuances
        ]
        document["unsaid"] = [item.to_record() for item in self.unsaid]
        return json_text(document)

    def to_csv(self) -> str:
        """The units alone as CSV, a column a field; texts that would be formulas begin with an apostrophe."""
        return csv_text(COLUMNS, self.records)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the records to a new file: as JSON if its name ends with ``.json``, as CSV if with ``.csv``.

        Raises:
            StoreError: The name ends with neither; or the file exists, or cannot be written.
        """
        save(path, self.to_json(), self.to_csv())

    def __str__(self) -> str:
        """The number of records and units, and what the records cannot say."""
        head = f"CAD Trust units: {len(self.records):,} records of {self.quantity:,} units, {self.left_out:,} left out"
        return lines(head, *text_table([item.row() for item in self.unsaid]))


def unit(units: CreditUnits, unit_type: str | None, issuance_id: str | None) -> UnitRecord:
    """The record of units whose state has a status.

    Args:
        units: The units.
        unit_type: One of `UNIT_TYPES`, or None.
        issuance_id: The id that CAD Trust assigned to the issuance, or None.
    """
    block = units.block
    filled: dict[str, Any] = {
        "unitSerialId": str(block),
        "unitStartBlock": str(block.first),
        "unitEndBlock": str(block.last),
        "unitCount": block.count,
        "unitType": unit_type,
        "unitVintageYear": units.vintage,
        "unitStatus": STATUSES[units.state],
        "unitStatusReason": units.reason,
        "unitStatusDate": units.status_date,
        "unitRetirementDetail": units.detail,
        "unitRetirementBeneficiary": units.beneficiary,
        "unitMetric": "tCO2e",
        "unitCurrentOwner": units.owner,
        "cadTrustIssuanceId": issuance_id,
    }
    return FrozenMapping({name: filled.get(name) for name in COLUMNS})


def issuance(name: str, at: str) -> UnitRecord:
    """The record of an issuance.

    Args:
        name: Its id: the ledger's id, and the number of its entry.
        at: When it was recorded, UTC.
    """
    filled = {"issuanceId": name, "issuanceDate": at[:10]}
    return FrozenMapping({column: filled.get(column) for column in ISSUANCE_COLUMNS})
