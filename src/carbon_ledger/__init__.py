"""A ledger for clean-energy certificates and carbon credits.

Every MWh and every tonne is counted exactly once, from the meter reading to the retired credit, and anybody can check
the ledger offline. Begin with `open_ledger`.
"""

from importlib import import_module

TYPE_CHECKING = False  # type checkers take it as True; loading typing would take as long as all the rest
if TYPE_CHECKING:
    from carbon_ledger import errors, factors, instruments, labels, log, methodologies, serials, signing
    from carbon_ledger.audit.findings import AuditNote, Finding
    from carbon_ledger.audit.limits import NotRecomputed
    from carbon_ledger.audit.report import AuditReport
    from carbon_ledger.core.calibrations import RecordedCalibration
    from carbon_ledger.core.in_force import Account
    from carbon_ledger.core.state.store import Backup
    from carbon_ledger.devices import Device
    from carbon_ledger.errors import CarbonLedgerError
    from carbon_ledger.estimates import Comparison, Estimate
    from carbon_ledger.exact import Rounding
    from carbon_ledger.exchange.cad_trust import CadTrustUnits
    from carbon_ledger.exchange.documents import Unsaid
    from carbon_ledger.exchange.energytag import EnergyTagBundles
    from carbon_ledger.factors import EmissionFactor
    from carbon_ledger.instruments import Instrument
    from carbon_ledger.ledger.commands.meter_files import RecordedFile
    from carbon_ledger.ledger.commands.selection import Selection
    from carbon_ledger.ledger.ledger import Ledger
    from carbon_ledger.ledger.queries.amended import Amendment
    from carbon_ledger.ledger.queries.attestations import Attestation
    from carbon_ledger.ledger.queries.calibrations import LateCalibration
    from carbon_ledger.ledger.queries.carry import ProjectCarry
    from carbon_ledger.ledger.queries.consumption import ConsumptionProfile
    from carbon_ledger.ledger.queries.descriptions import DocumentDescription, Relation
    from carbon_ledger.ledger.queries.holdings import Position
    from carbon_ledger.ledger.queries.matching import HourlyMatch
    from carbon_ledger.ledger.queries.offers import Offer
    from carbon_ledger.ledger.queries.reconciliation import Reconciliation
    from carbon_ledger.ledger.queries.retirements import Retirement
    from carbon_ledger.ledger.queries.volumes import Volumes
    from carbon_ledger.metering.calibration import Calibration
    from carbon_ledger.metering.file_report import RefusedReading
    from carbon_ledger.metering.frames import MeterFrame, read_meter_frame
    from carbon_ledger.metering.guess.description import MeterFileDescription, describe_meter_file
    from carbon_ledger.metering.guess.questions import LayoutQuestion
    from carbon_ledger.metering.layouts import (
        MeterExchange,
        MeterLayout,
        NumberLayout,
        QualityLayout,
        TableLayout,
        TimeLayout,
        ValueColumn,
        WideLayout,
    )
    from carbon_ledger.metering.layouts.catalogue import meter_layouts
    from carbon_ledger.metering.meter_csv import digest_file, read_meter_csv
    from carbon_ledger.metering.meter_files import MeterFile, read_meter_file
    from carbon_ledger.metering.meter_scans import MeterScan, scan_meter_file
    from carbon_ledger.metering.runs import MeterSeries
    from carbon_ledger.meters import Meter
    from carbon_ledger.methodologies import Quantification
    from carbon_ledger.opening.ledgers import open_ledger
    from carbon_ledger.opening.published import audit_published
    from carbon_ledger.periods import Period
    from carbon_ledger.projects import Project
    from carbon_ledger.publishing.receipts import verify_receipt
    from carbon_ledger.registries import RegistrySerial, SerialForm, SerialGrammar, parse_serial
    from carbon_ledger.registries.balances import read_registry_balances
    from carbon_ledger.registries.files import read_registry_csv
    from carbon_ledger.registries.rows import RegistryBalances, RegistryRows
    from carbon_ledger.reports.monitoring import MonitoringReport
    from carbon_ledger.serials import Batch, Block
    from carbon_ledger.tables import Column, Listing, Tabular
    from carbon_ledger.units import convert, quantity
    from carbon_ledger.waivers import Waiver

__version__ = "0.2.0"

# The module of each public name. A module is loaded at its first use, so that importing the library is fast.
_HOMES = {
    "Account": "core.in_force",
    "Amendment": "ledger.queries.amended",
    "Attestation": "ledger.queries.attestations",
    "AuditNote": "audit.findings",
    "AuditReport": "audit.report",
    "Backup": "core.state.store",
    "Batch": "serials",
    "Block": "serials",
    "CadTrustUnits": "exchange.cad_trust",
    "Calibration": "metering.calibration",
    "CarbonLedgerError": "errors",
    "Column": "tables",
    "Comparison": "estimates",
    "ConsumptionProfile": "ledger.queries.consumption",
    "Device": "devices",
    "DocumentDescription": "ledger.queries.descriptions",
    "EmissionFactor": "factors",
    "EnergyTagBundles": "exchange.energytag",
    "Estimate": "estimates",
    "Finding": "audit.findings",
    "HourlyMatch": "ledger.queries.matching",
    "Instrument": "instruments",
    "LayoutQuestion": "metering.guess.questions",
    "LateCalibration": "ledger.queries.calibrations",
    "Ledger": "ledger.ledger",
    "Listing": "tables",
    "Meter": "meters",
    "MeterExchange": "metering.layouts",
    "MeterFile": "metering.meter_files",
    "MeterFileDescription": "metering.guess.description",
    "MeterFrame": "metering.frames",
    "MeterLayout": "metering.layouts",
    "MeterScan": "metering.meter_scans",
    "MeterSeries": "metering.runs",
    "MonitoringReport": "reports.monitoring",
    "NotRecomputed": "audit.limits",
    "NumberLayout": "metering.layouts",
    "Offer": "ledger.queries.offers",
    "Period": "periods",
    "Position": "ledger.queries.holdings",
    "Project": "projects",
    "ProjectCarry": "ledger.queries.carry",
    "QualityLayout": "metering.layouts",
    "Quantification": "methodologies",
    "Reconciliation": "ledger.queries.reconciliation",
    "RecordedCalibration": "core.calibrations",
    "RecordedFile": "ledger.commands.meter_files",
    "RefusedReading": "metering.file_report",
    "RegistryBalances": "registries.rows",
    "RegistryRows": "registries.rows",
    "RegistrySerial": "registries",
    "Relation": "ledger.queries.descriptions",
    "Retirement": "ledger.queries.retirements",
    "Rounding": "exact",
    "Selection": "ledger.commands.selection",
    "SerialForm": "registries",
    "SerialGrammar": "registries",
    "TableLayout": "metering.layouts",
    "Tabular": "tables",
    "TimeLayout": "metering.layouts",
    "Unsaid": "exchange.documents",
    "ValueColumn": "metering.layouts",
    "Volumes": "ledger.queries.volumes",
    "Waiver": "waivers",
    "WideLayout": "metering.layouts",
    "audit_published": "opening.published",
    "convert": "units",
    "describe_meter_file": "metering.guess.description",
    "digest_file": "metering.meter_csv",
    "meter_layouts": "metering.layouts.catalogue",
    "open_ledger": "opening.ledgers",
    "parse_serial": "registries",
    "quantity": "units",
    "read_meter_csv": "metering.meter_csv",
    "read_meter_file": "metering.meter_files",
    "read_meter_frame": "metering.frames",
    "read_registry_balances": "registries.balances",
    "read_registry_csv": "registries.files",
    "scan_meter_file": "metering.meter_scans",
    "verify_receipt": "publishing.receipts",
}
_ROOMS = ("errors", "factors", "instruments", "labels", "log", "methodologies", "serials", "signing")

__all__ = [
    "Account",
    "Amendment",
    "Attestation",
    "AuditNote",
    "AuditReport",
    "Backup",
    "Batch",
    "Block",
    "CadTrustUnits",
    "Calibration",
    "CarbonLedgerError",
    "Column",
    "Comparison",
    "ConsumptionProfile",
    "Device",
    "DocumentDescription",
    "EmissionFactor",
    "EnergyTagBundles",
    "Estimate",
    "Finding",
    "HourlyMatch",
    "Instrument",
    "LateCalibration",
    "LayoutQuestion",
    "Ledger",
    "Listing",
    "Meter",
    "MeterExchange",
    "MeterFile",
    "MeterFileDescription",
    "MeterFrame",
    "MeterLayout",
    "MeterScan",
    "MeterSeries",
    "MonitoringReport",
    "NotRecomputed",
    "NumberLayout",
    "Offer",
    "Period",
    "Position",
    "Project",
    "ProjectCarry",
    "QualityLayout",
    "Quantification",
    "Reconciliation",
    "RecordedCalibration",
    "RecordedFile",
    "RefusedReading",
    "RegistryBalances",
    "RegistryRows",
    "RegistrySerial",
    "Relation",
    "Retirement",
    "Rounding",
    "Selection",
    "SerialForm",
    "SerialGrammar",
    "TableLayout",
    "Tabular",
    "TimeLayout",
    "Unsaid",
    "ValueColumn",
    "Volumes",
    "Waiver",
    "WideLayout",
    "audit_published",
    "convert",
    "describe_meter_file",
    "digest_file",
    "errors",
    "factors",
    "instruments",
    "labels",
    "log",
    "meter_layouts",
    "methodologies",
    "open_ledger",
    "parse_serial",
    "quantity",
    "read_meter_csv",
    "read_meter_file",
    "read_meter_frame",
    "read_registry_balances",
    "read_registry_csv",
    "scan_meter_file",
    "serials",
    "signing",
    "verify_receipt",
]


def __getattr__(name: str) -> object:
    """Return a public name, loading its module first."""
    if name in _HOMES:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    elif name in _ROOMS:
        value = import_module(f"{__name__}.{name}")
    else:
        from carbon_ledger.printing import quote

        raise AttributeError(f"module {quote(__name__)} has no attribute {quote(name)}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
