"""Repeated registrations, readings, approvals and issuances: each function repeats *count* times what it names."""

import carbon_ledger as cl
from benchmarks.repetitions.setup import (
    BEGAN,
    EVIDENCE,
    FACTOR,
    GAP,
    TEXT,
    correct,
    device,
    issued,
    period,
    project,
    record,
)
from carbon_ledger.ledger.ledger import Ledger


def voids(ledger: Ledger, count: int) -> None:
    ledger.register_project(project("p", "I-REC-E"))
    record(ledger, [50_000_000])
    for _ in range(count):
        ledger.issue("p", period(0, 1), to="op")
        ledger.void(ledger.size - 1, reason="an error")


def voids_of_many(ledger: Ledger, count: int) -> None:
    ledger.register_project(project("p", "I-REC-E"))
    numbers = []
    for k in range(count):
        record(ledger, [50_000_000], k)
        ledger.issue("p", period(k, k + 1), to="op")
        numbers.append(ledger.size - 1)
    for n in numbers:
        ledger.void(n, reason="an error")


def voids_granular(ledger: Ledger, count: int) -> None:
    ledger.register_project(project("p", "GC"))
    record(ledger, [50] * 3)
    for _ in range(count):
        ledger.issue("p", period(0, 3), to="op")
        ledger.void(ledger.size - 1, reason="an error")


def voids_of_many_granular(ledger: Ledger, count: int) -> None:
    ledger.register_project(project("p", "GC"))
    numbers = []
    for k in range(count):
        record(ledger, [50], k)
        ledger.issue("p", period(k, k + 1), to="op")
        numbers.append(ledger.size - 1)
    for n in numbers:
        ledger.void(n, reason="an error")


def corrections(ledger: Ledger, count: int) -> None:
    issued(ledger, hours=3)
    for k in range(count):
        correct(ledger, 1, 50_000_000 + (k % 2) * 10)


def corrections_granular(ledger: Ledger, count: int) -> None:
    issued(ledger, "GC", hours=3)
    for k in range(count):
        correct(ledger, 1, 60 - k % 2)


def corrections_unissued(ledger: Ledger, count: int) -> None:
    """Corrections of one step each, in one long run that is not issued."""
    record(ledger, [50_000_000] * (count + 2))
    for k in range(count):
        correct(ledger, k + 1, 49_000_000)


def approvals(ledger: Ledger, count: int) -> None:
    """Approvals of one quantification, each of them revoked."""
    ledger.register_project(project("p", "I-REC-E", requires_approval=True))
    record(ledger, [50_000_000])
    for _ in range(count):
        (approval,) = ledger.approve(ledger.quantify("p", period(0, 1)))
        ledger.revoke_approval(approval, reason="an error")


def approvals_of_many(ledger: Ledger, count: int) -> None:
    """Approvals of many periods, each of them used by an issuance."""
    ledger.register_project(project("p", "I-REC-E", requires_approval=True))
    for k in range(count):
        record(ledger, [50_000_000], k)
        ledger.approve(ledger.quantify("p", period(k, k + 1)), by="verifier")
        ledger.issue("p", period(k, k + 1), to="op")


def approvals_used(ledger: Ledger, count: int) -> None:
    """Approvals of one period that is issued and voided repeatedly."""
    ledger.register_project(project("p", "I-REC-E", requires_approval=True))
    record(ledger, [50_000_000])
    for _ in range(count):
        ledger.approve(ledger.quantify("p", period(0, 1)), by="verifier")
        ledger.issue("p", period(0, 1), to="op")
        ledger.void(ledger.size - 1, reason="an error")


def approvals_lapsed(ledger: Ledger, count: int) -> None:
    ledger.register_project(project("p", "I-REC-E", requires_approval=True))
    record(ledger, [50_000_000])
    for _ in range(count):
        ledger.approve(ledger.quantify("p", period(0, 1)))
        for net_wh in (40_000_000, 50_000_000):
            correct(ledger, 0, net_wh)


def converted(ledger: Ledger, count: int) -> None:
    for instrument in ("I-REC-E", "EECS-GO"):
        ledger.register_project(project(instrument, instrument))
    for k in range(count):
        record(ledger, [50_000_000], k)
        (batch,) = ledger.issue("I-REC-E", period(k, k + 1), to="op")
        ledger.convert(batch, to_instrument="EECS-GO", reason="sold")


def conversions(ledger: Ledger, count: int) -> None:
    """Conversions whose steps are issued as the other instrument."""
    converted(ledger, count)
    for k in range(count):
        ledger.issue("EECS-GO", period(k, k + 1), to="op")


def conversion_voided(ledger: Ledger, count: int) -> None:
    """One conversion, whose steps are issued and voided repeatedly."""
    converted(ledger, 1)
    for _ in range(count):
        ledger.issue("EECS-GO", period(0, 1), to="op")
        ledger.void(ledger.size - 1, reason="an error")


def conversion_in_parts(ledger: Ledger, count: int) -> None:
    """One conversion of many steps, each of them issued separately."""
    for instrument in ("I-REC-E", "EECS-GO"):
        ledger.register_project(project(instrument, instrument))
    hours = max(1, count)
    record(ledger, [50_000_000] * hours)
    (batch,) = ledger.issue("I-REC-E", period(0, hours), to="op")
    ledger.convert(batch, to_instrument="EECS-GO", reason="sold")
    for k in range(count):
        ledger.issue("EECS-GO", period(k, k + 1), to="op")


def devices(ledger: Ledger, count: int) -> None:
    """Devices of one project that are issued together."""
    names = [f"device-{k}" for k in range(count)]
    for name in names:
        ledger.register_device(device(name))
        record(ledger, [50_000_000], device=name)
    if count:
        ledger.register_project(project("p", "I-REC-E", names))
        ledger.issue("p", period(0, 1), to="op")


def devices_granular(ledger: Ledger, count: int) -> None:
    """Devices of one project of granular certificates, with one issuance each."""
    names = [f"device-{k}" for k in range(count)]
    for name in names:
        ledger.register_device(device(name))
        record(ledger, [50], device=name)
    if count:
        ledger.register_project(project("p", "GC", names))
        ledger.issue("p", period(0, 1), to="op")


def registrations(ledger: Ledger, count: int) -> None:
    for k in range(count):
        ledger.register_device(device(f"device-{k}"))
        ledger.register_project(project(f"project-{k}", "I-REC-E", (f"device-{k}",)))


def meter(ledger: Ledger, count: int) -> None:
    """One meter that many devices share, with one reading."""
    names = [f"device-{k}" for k in range(count)]
    for name in names:
        ledger.register_device(device(name))
    if count:
        ledger.register_meter(cl.Meter(id="feeder", shares=dict.fromkeys(names, 1)))
        ledger.record_meter("feeder", period(0, 1), net="1 MWh")


def meter_read(ledger: Ledger, count: int) -> None:
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1}))
    for k in range(count):
        ledger.record_meter("feeder", period(k, k + 1), net="1 MWh")


def issuances(ledger: Ledger, count: int) -> None:
    ledger.register_project(project("p", "I-REC-E"))
    for k in range(count):
        record(ledger, [50_300_000], k)
        ledger.issue("p", period(k, k + 1), to="op", buffer="0.1")


def waivers(ledger: Ledger, count: int) -> None:
    """Issuances of two hours, one of them without a reading."""
    ledger.register_project(project("p", "I-REC-E"))
    for k in range(count):
        record(ledger, [50_000_000], 2 * k)
        ledger.issue("p", period(2 * k, 2 * k + 2), to="op", waivers=GAP)


def gaps(ledger: Ledger, count: int) -> None:
    """One issuance of many runs with gaps between them."""
    ledger.register_project(project("p", "I-REC-E"))
    for k in range(count):
        record(ledger, [50_000_000], 2 * k)
    if count:
        ledger.issue("p", period(0, 2 * count), to="op", waivers=GAP)


def between(ledger: Ledger, count: int) -> None:
    """One issuance of the steps between many other issuances."""
    ledger.register_project(project("p", "I-REC-E"))
    for k in range(count):
        record(ledger, [50_000_000], 2 * k)
        ledger.issue("p", period(2 * k, 2 * k + 1), to="op")
    for k in range(count):
        record(ledger, [50_000_000], 2 * k + 1)
    if count:
        ledger.issue("p", period(0, 2 * count), to="op")


def corrected_together(ledger: Ledger, count: int) -> None:
    """One correction of steps that many issuances claim."""
    ledger.register_project(project("p", "I-REC-E"))
    record(ledger, [50_000_000] * max(1, count))
    for k in range(count):
        ledger.issue("p", period(k, k + 1), to="op")
    if count:
        ledger.correct_readings(
            "plant", start=BEGAN, step="1 hour", net_wh=[51_000_000] * count, reason="wrong ratio", evidence=EVIDENCE
        )


def corrected_runs(ledger: Ledger, count: int) -> None:
    """One correction that replaces many runs in one granular issuance."""
    ledger.register_project(project("p", "GC"))
    for k in range(count):
        record(ledger, [50, 0][k % 2 : k % 2 + 1], k)
    if count:
        ledger.issue("p", period(0, count), to="op")
        ledger.correct_readings(
            "plant", start=BEGAN, step="1 hour", net_wh=[60] * count, reason="wrong ratio", evidence=EVIDENCE
        )


def approved_by_many(ledger: Ledger, count: int) -> None:
    ledger.register_project(project("p", "I-REC-E", requires_approval=True))
    record(ledger, [50_000_000])
    for k in range(count):
        ledger.approve(ledger.quantify("p", period(0, 1)), by=f"verifier-{k}")
    if count:
        ledger.issue("p", period(0, 1), to="op")


def approved_beside_voids(ledger: Ledger, count: int) -> None:
    """Approvals that are used, with issuances that are voided."""
    ledger.register_project(project("p", "I-REC-E", requires_approval=True))
    for k in range(count):
        record(ledger, [50_000_000], k)
        for _ in range(2):
            ledger.approve(ledger.quantify("p", period(k, k + 1)), by="verifier")
            ledger.issue("p", period(k, k + 1), to="op")
            ledger.void(ledger.size - 1, reason="an error")


def history(ledger: Ledger, count: int) -> None:
    """Issuances in one year with a historic baseline."""
    ledger.register_project(
        project(
            "p",
            "GCC-ACC",
            methodology="ACM0002@22.0",
            baseline="retrofit",
            crediting_period=cl.Period.years("2024-01-01", 7, zone="UTC"),
            history=dict.fromkeys(range(2018, 2023), "10 MWh"),
            replaced_on="2040-01-01",
        )
    )
    for k in range(count):
        record(ledger, [50_000_000], k)
        ledger.issue("p", period(k, k + 1), to="op", factor=FACTOR, waivers=TEXT)


def late(ledger: Ledger, count: int) -> None:
    """Late readings of one period; after each, the whole period is issued."""
    ledger.register_project(project("p", "I-REC-E"))
    for k in range(count):
        record(ledger, [50_000_000], k)
        ledger.issue("p", period(0, max(1, count)), to="op", waivers=GAP)


def corrections_of_many(ledger: Ledger, count: int) -> None:
    """Corrections of one step each, in one issuance."""
    issued(ledger, hours=max(1, count))
    for k in range(count):
        correct(ledger, k, 50_000_010)


def taken_back(ledger: Ledger, count: int) -> None:
    """Corrections that each withdraw units."""
    issued(ledger, hours=30)
    for k in range(count):
        correct(ledger, 1, 49_000_000 - 100_000 * k)
