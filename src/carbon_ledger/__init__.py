"""A ledger for clean-energy certificates and carbon credits.

Every MWh and every tonne is counted exactly once, from the meter reading to the retired credit, and anybody can check
the ledger offline. Begin with `open_ledger`.
"""

from importlib import import_module

TYPE_CHECKING = False  # type checkers take it as True; loading typing would take as long as all the rest
if TYPE_CHECKING:
    from carbon_ledger import columns, errors, factors, instruments, labels, log, methodologies, serials, signing, types
    from carbon_ledger.audit.findings import AuditNote, Finding
    from carbon_ledger.audit.limits import NotRecomputed
    from carbon_ledger.audit.report import AuditReport
    from carbon_ledger.core.calibrations import RecordedCalibration
    from carbon_ledger.core.entries.entry import Entry
    from carbon_ledger.core.in_force import Account
    from carbon_ledger.core.issuance.approvals import ApprovalStatus
    from carbon_ledger.core.state.rows import Balance, Grant, Issuance, Piece, Reading
    from carbon_ledger.core.state.store import Backup
    from carbon_ledger.devices import Device
    from carbon_ledger.errors import CarbonLedgerError
    from carbon_ledger.estimates import Comparison, Estimate, Share
    from carbon_ledger.exact import Rounding
    from carbon_ledger.exchange.cad_trust import CadTrustUnits
    from carbon_ledger.exchange.documents import LedgerState, Unsaid
    from carbon_ledger.exchange.energytag import EnergyTagBundles
    from carbon_ledger.factors import EmissionFactor
    from carbon_ledger.instruments import Instrument
    from carbon_ledger.ledger.commands.meter_files import RecordedFile
    from carbon_ledger.ledger.commands.runs import Correction, Recorded
    from carbon_ledger.ledger.commands.selection import Selection
    from carbon_ledger.ledger.ledger import Ledger
    from carbon_ledger.ledger.reader import Reader
    from carbon_ledger.metering.calibration import Calibration, MeterError
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
    from carbon_ledger.metering.readings import Readings
    from carbon_ledger.metering.runs import MeterSeries
    from carbon_ledger.meters import Meter
    from carbon_ledger.methodologies import Quantification
    from carbon_ledger.opening.compared_claims import compare_claims
    from carbon_ledger.opening.copying import LedgerCopy, copy_ledger
    from carbon_ledger.opening.ledgers import open_ledger
    from carbon_ledger.opening.published import audit_published
    from carbon_ledger.periods import Period
    from carbon_ledger.periods.zone_rules import ZoneRules
    from carbon_ledger.projects import Project
    from carbon_ledger.publishing.public_views import PublicViews
    from carbon_ledger.publishing.publish import Published
    from carbon_ledger.publishing.receipts import VerifiedEntry, verify_receipt
    from carbon_ledger.queries.amended import Amendment
    from carbon_ledger.queries.attestations import Attestation
    from carbon_ledger.queries.calibrations import LateCalibration
    from carbon_ledger.queries.carry import CarryChange, ProjectCarry, VintageCarry
    from carbon_ledger.queries.consumption import ConsumptionProfile
    from carbon_ledger.queries.descriptions import DocumentDescription, Relation
    from carbon_ledger.queries.generation import PeriodGeneration
    from carbon_ledger.queries.holdings import Position
    from carbon_ledger.queries.hours import ClaimedSteps
    from carbon_ledger.queries.imports import LabelledUnits
    from carbon_ledger.queries.matching import HourlyMatch, HourMatch
    from carbon_ledger.queries.offers import Offer
    from carbon_ledger.queries.reconciliation import Reconciliation
    from carbon_ledger.queries.retirements import Retirement
    from carbon_ledger.queries.statements import Movement, Statement
    from carbon_ledger.queries.traces import Revision, Source, Trace
    from carbon_ledger.queries.values import MeteredSteps, MeteredValue, MeteredValues
    from carbon_ledger.queries.verifications import VerificationStatement
    from carbon_ledger.queries.volumes import Volumes
    from carbon_ledger.records import Record
    from carbon_ledger.registries import RegistrySerial, SerialForm, SerialGrammar, parse_serial
    from carbon_ledger.registries.balances import read_registry_balances
    from carbon_ledger.registries.dates import Production
    from carbon_ledger.registries.files import read_registry_csv
    from carbon_ledger.registries.grammar import SerialReading
    from carbon_ledger.registries.rows import (
        BalanceFinding,
        RefusedRow,
        RegistryBalance,
        RegistryBalances,
        RegistryRow,
        RegistryRows,
    )
    from carbon_ledger.registries.templates import SerialMismatch, SerialPart
    from carbon_ledger.reports.divisions import DividedRun, DividedStep
    from carbon_ledger.reports.monitoring import MonitoringReport
    from carbon_ledger.reports.parts import (
        Calculation,
        CorrectionNote,
        Equipment,
        MeteredRun,
        Parameter,
        RecordedVolume,
        ReportTable,
    )
    from carbon_ledger.review.change_results import Changes
    from carbon_ledger.review.changed_readings import ChangedIssuance, CorrectedReading, EntryCount, LateReading
    from carbon_ledger.review.changed_statements import ChangedVerification
    from carbon_ledger.review.changed_units import ChangedDebit, ChangedFactor, ChangedRole, RemovedUnits
    from carbon_ledger.review.claim_overlaps import (
        ClaimComparison,
        ClaimedSide,
        ClaimOverlap,
        ComparedLedger,
        NotCompared,
    )
    from carbon_ledger.review.disposition_files import read_dispositions, update_dispositions
    from carbon_ledger.review.dispositions import Disposition, Dispositions
    from carbon_ledger.review.evidence_results import EvidenceCheck, EvidenceFile, EvidenceItem, UnreadFile
    from carbon_ledger.review.flags import Flag
    from carbon_ledger.review.parameters import ReviewParameters
    from carbon_ledger.review.results import FullTest, Origin, Review, WaiverUse
    from carbon_ledger.review.sample_results import read_sample_results
    from carbon_ledger.review.sampling import (
        Materiality,
        Sample,
        SampleEvaluation,
        SampleItem,
        draw_sample,
        evaluate_sample,
        materiality,
        sample_size,
    )
    from carbon_ledger.review.steps import ClaimedStep
    from carbon_ledger.serials import Batch, Block
    from carbon_ledger.tables import Column, Listing, Tabular
    from carbon_ledger.units import convert, quantity
    from carbon_ledger.waivers import Waiver

__version__ = "0.2.0"

# The public names of each module. A module is loaded when one of its names is first used, so that importing the library
# is fast.
_NAMES = {
    "audit.findings": "AuditNote Finding",
    "audit.limits": "NotRecomputed",
    "audit.report": "AuditReport",
    "core.calibrations": "RecordedCalibration",
    "core.entries.entry": "Entry",
    "core.in_force": "Account",
    "core.issuance.approvals": "ApprovalStatus",
    "core.state.rows": "Balance Grant Issuance Piece Reading",
    "core.state.store": "Backup",
    "devices": "Device",
    "errors": "CarbonLedgerError",
    "estimates": "Comparison Estimate Share",
    "exact": "Rounding",
    "exchange.cad_trust": "CadTrustUnits",
    "exchange.documents": "LedgerState Unsaid",
    "exchange.energytag": "EnergyTagBundles",
    "factors": "EmissionFactor",
    "instruments": "Instrument",
    "ledger.commands.meter_files": "RecordedFile",
    "ledger.commands.runs": "Correction Recorded",
    "ledger.commands.selection": "Selection",
    "ledger.ledger": "Ledger",
    "queries.amended": "Amendment",
    "queries.attestations": "Attestation",
    "queries.calibrations": "LateCalibration",
    "queries.carry": "CarryChange ProjectCarry VintageCarry",
    "queries.consumption": "ConsumptionProfile",
    "queries.descriptions": "DocumentDescription Relation",
    "queries.generation": "PeriodGeneration",
    "queries.holdings": "Position",
    "queries.hours": "ClaimedSteps",
    "queries.imports": "LabelledUnits",
    "queries.matching": "HourMatch HourlyMatch",
    "queries.offers": "Offer",
    "queries.reconciliation": "Reconciliation",
    "queries.retirements": "Retirement",
    "queries.statements": "Movement Statement",
    "queries.traces": "Revision Source Trace",
    "queries.values": "MeteredSteps MeteredValue MeteredValues",
    "queries.verifications": "VerificationStatement",
    "queries.volumes": "Volumes",
    "ledger.reader": "Reader",
    "review.change_results": "Changes",
    "review.changed_readings": "ChangedIssuance CorrectedReading EntryCount LateReading",
    "review.changed_statements": "ChangedVerification",
    "review.changed_units": "ChangedDebit ChangedFactor ChangedRole RemovedUnits",
    "review.claim_overlaps": "ClaimComparison ClaimOverlap ClaimedSide ComparedLedger NotCompared",
    "review.disposition_files": "read_dispositions update_dispositions",
    "review.dispositions": "Disposition Dispositions",
    "review.evidence_results": "EvidenceCheck EvidenceFile EvidenceItem UnreadFile",
    "review.flags": "Flag",
    "review.parameters": "ReviewParameters",
    "review.results": "FullTest Origin Review WaiverUse",
    "review.sample_results": "read_sample_results",
    "review.sampling": "Materiality Sample SampleEvaluation SampleItem draw_sample evaluate_sample materiality "
    "sample_size",
    "review.steps": "ClaimedStep",
    "metering.calibration": "Calibration MeterError",
    "metering.file_report": "RefusedReading",
    "metering.frames": "MeterFrame read_meter_frame",
    "metering.guess.description": "MeterFileDescription describe_meter_file",
    "metering.guess.questions": "LayoutQuestion",
    "metering.layouts": "MeterExchange MeterLayout NumberLayout QualityLayout "
    "TableLayout TimeLayout ValueColumn WideLayout",
    "metering.layouts.catalogue": "meter_layouts",
    "metering.meter_csv": "digest_file read_meter_csv",
    "metering.meter_files": "MeterFile read_meter_file",
    "metering.meter_scans": "MeterScan scan_meter_file",
    "metering.readings": "Readings",
    "metering.runs": "MeterSeries",
    "meters": "Meter",
    "methodologies": "Quantification",
    "opening.compared_claims": "compare_claims",
    "opening.copying": "LedgerCopy copy_ledger",
    "opening.ledgers": "open_ledger",
    "opening.published": "audit_published",
    "periods": "Period",
    "periods.zone_rules": "ZoneRules",
    "projects": "Project",
    "publishing.public_views": "PublicViews",
    "publishing.publish": "Published",
    "publishing.receipts": "VerifiedEntry verify_receipt",
    "records": "Record",
    "registries": "RegistrySerial SerialForm SerialGrammar parse_serial",
    "registries.balances": "read_registry_balances",
    "registries.dates": "Production",
    "registries.files": "read_registry_csv",
    "registries.grammar": "SerialReading",
    "registries.rows": "BalanceFinding RefusedRow RegistryBalance RegistryBalances RegistryRow RegistryRows",
    "registries.templates": "SerialMismatch SerialPart",
    "reports.divisions": "DividedRun DividedStep",
    "reports.monitoring": "MonitoringReport",
    "reports.parts": "Calculation CorrectionNote Equipment MeteredRun Parameter RecordedVolume ReportTable",
    "serials": "Batch Block",
    "tables": "Column Listing Tabular",
    "units": "convert quantity",
    "waivers": "Waiver",
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names.split()}
_ROOMS = (
    "columns",
    "errors",
    "factors",
    "instruments",
    "labels",
    "log",
    "methodologies",
    "serials",
    "signing",
    "types",
)

# fmt: off
__all__ = [
    "Account", "Amendment", "ApprovalStatus", "Attestation", "AuditNote", "AuditReport", "Backup", "Balance",
    "BalanceFinding", "Batch", "Block", "CadTrustUnits", "Calculation", "Calibration", "CarbonLedgerError",
    "CarryChange", "ChangedDebit", "ChangedFactor", "ChangedIssuance", "ChangedRole", "ChangedVerification", "Changes",
    "ClaimComparison", "ClaimOverlap", "ClaimedSide", "ClaimedStep", "ClaimedSteps", "Column", "ComparedLedger",
    "Comparison", "ConsumptionProfile", "CorrectedReading", "Correction", "CorrectionNote", "Device", "Disposition",
    "Dispositions", "DividedRun", "DividedStep", "DocumentDescription", "EmissionFactor", "EnergyTagBundles", "Entry",
    "EntryCount", "Equipment", "Estimate", "EvidenceCheck", "EvidenceFile", "EvidenceItem", "Finding", "Flag",
    "FullTest", "Grant", "HourMatch", "HourlyMatch", "Instrument", "Issuance", "LabelledUnits", "LateCalibration",
    "LateReading", "LayoutQuestion", "Ledger", "LedgerCopy", "LedgerState", "Listing", "Materiality", "Meter",
    "MeterError", "MeterExchange", "MeterFile", "MeterFileDescription", "MeterFrame", "MeterLayout", "MeterScan",
    "MeterSeries", "MeteredRun", "MeteredSteps", "MeteredValue", "MeteredValues", "MonitoringReport", "Movement",
    "NotCompared", "NotRecomputed", "NumberLayout", "Offer", "Origin", "Parameter", "Period", "PeriodGeneration",
    "Piece", "Position", "Production", "Project", "ProjectCarry", "PublicViews", "Published", "QualityLayout",
    "Quantification", "Reader", "Reading", "Readings", "Reconciliation", "Record", "Recorded", "RecordedCalibration",
    "RecordedFile", "RecordedVolume", "RefusedReading", "RefusedRow", "RegistryBalance", "RegistryBalances",
    "RegistryRow", "RegistryRows", "RegistrySerial", "Relation", "RemovedUnits", "ReportTable", "Retirement", "Review",
    "ReviewParameters", "Revision", "Rounding", "Sample", "SampleEvaluation", "SampleItem", "Selection", "SerialForm",
    "SerialGrammar", "SerialMismatch", "SerialPart", "SerialReading", "Share", "Source", "Statement", "TableLayout",
    "Tabular", "TimeLayout", "Trace", "UnreadFile", "Unsaid", "ValueColumn", "VerificationStatement", "VerifiedEntry",
    "VintageCarry", "Volumes", "Waiver", "WaiverUse", "WideLayout", "ZoneRules", "audit_published", "columns",
    "compare_claims", "convert", "copy_ledger", "describe_meter_file", "digest_file", "draw_sample", "errors",
    "evaluate_sample", "factors", "instruments", "labels", "log", "materiality", "meter_layouts", "methodologies",
    "open_ledger", "parse_serial", "quantity", "read_dispositions", "read_meter_csv", "read_meter_file",
    "read_meter_frame", "read_registry_balances", "read_registry_csv", "read_sample_results", "sample_size",
    "scan_meter_file", "serials", "signing", "types", "update_dispositions", "verify_receipt",
]
# fmt: on


if not TYPE_CHECKING:  # a type checker that saw it would accept every name

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
