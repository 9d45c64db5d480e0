"""A ledger whose numbers no float holds: more than 2^53 Wh in a day, 16 digits in a serial, amounts of 25 digits."""

from typing import Final

from tests.conftest import EVIDENCE, Clock, device

import carbon_ledger as cl

MAY: Final = cl.Period.month(2025, 5, zone="UTC")
HOURS: Final = cl.Period.of("2025-05-01T00:00Z", "2025-05-01T04:00Z")
LARGE_WH: Final = 9_007_199_254_740_991  # the largest integer of an entry, of one step
NAMES: Final = ("=1+1", "'=HYPERLINK(1)", "-40.5 47.2", 'a,"b"', "Şimal <b>", "\uff1d1+1", "it's")
TEXT: Final = cl.Waiver("methodology-text", "compared with the text")


def large_values() -> cl.Ledger:
    """A ledger in memory with large devices, hostile names, granular certificates, credits, gaps and retirements."""
    ledger = cl.open_ledger(":memory:", ledger_id="large", clock=Clock(), by="tester")
    for k, name in enumerate(NAMES):
        ledger.open_account(f"a{k}", name=name)
    for name in ("one", "two", "three", "four"):
        ledger.register_device(device(name, capacity="9007199254740991 W", zone="UTC"))
    for k, wh in enumerate((LARGE_WH, LARGE_WH, -7)):  # a run has less than 2^53 Wh
        ledger.record_readings("one", start=f"2025-05-01T0{k}:00Z", step="1 hour", net_wh=[wh])
    ledger.record_readings("two", start=HOURS.start, step="15 min", net_wh=[1, 2, 3, 4], quality="estimated")
    ledger.record_generation("three", MAY, net=f"{LARGE_WH} Wh", gross=f"{LARGE_WH} Wh", evidence=EVIDENCE)
    ledger.register_project(cl.Project(id="hourly", instrument="GC", zone="UTC", devices=("one",)))
    ledger.register_project(
        cl.Project(
            id="credits",
            instrument="GCC-ACC",
            zone="UTC",
            devices=("three",),
            methodology="ACM0002@22.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2021-01-01", 10, zone="UTC"),
        )
    )
    ledger.register_project(cl.Project(id="rest", instrument="I-REC-E", zone="UTC", devices=("four",)))
    ledger.record_generation("four", MAY, net="1234567890123456 Wh")
    first = cl.Period.of("2025-05-01T00:00Z", "2025-05-01T01:00Z")
    (hourly,) = ledger.issue("hourly", first, to="a0")
    factor = cl.EmissionFactor(
        factor_id="f", value="0.123456789012345678", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="=x"
    )
    (credited,) = ledger.issue("credits", MAY, factor=factor, to="a1", waivers=[TEXT])
    ledger.transfer(credited.take(1_000), to="a2", reference="=order")
    for name in NAMES:
        ledger.retire(
            ledger.holdings("a2")[0].take(3), beneficiary=name, purpose=f"{name} claim", period=MAY, reference=name
        )
    corrected = {"reason": "=misread", "evidence": EVIDENCE}
    ledger.correct_readings("two", start=HOURS.start, step="15 min", net_wh=[1, 2, 3, 5], **corrected)
    ledger.lock(hourly.take(LARGE_WH - 5), reason="a dispute")
    return ledger
