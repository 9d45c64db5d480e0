"""The second golden ledger: one of roles, and the whole life of a certificate."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.golden import own_methodology
from tests.golden.golden_v1 import BAKU, EVIDENCE, device

import carbon_ledger as cl
from carbon_ledger.core.state.rows import STATES
from carbon_ledger.core.state.store import TABLES
from carbon_ledger.periods.zones import tzdata_release

__all__ = ["CHAPTERS", "METHODOLOGIES", "POLICY", "SET_BACK_AT", "STATES", "TABLES"]

POLICY = "roles"
METHODOLOGIES = (own_methodology.METHODOLOGY,)
SET_BACK_AT = 40  # the reading of the clock at which it is set back
APRIL, MAY, JUNE = (cl.Period.month(2025, k, zone=BAKU) for k in (4, 5, 6))
GO = cl.Instrument(
    id="OWN-GO", name="Öz sertifikat", unit="MWh", claim="energy-attribute", valid_months=12, source="made up [C]"
)
HOURLY = cl.Instrument(
    id="OWN-GC", name="Hourly, and expiring", unit="Wh", claim="energy-attribute", granular=True, valid_months=24
)
CREDIT = cl.Instrument(
    id="OWN-VER", name="Öz krediti", unit="tCO2e", claim="emission-reduction", valid_months=120, source="made up [C]"
)
RULED = cl.Instrument(
    id="OWN-RULES",
    name="Qaydalar kitab\u0131",
    unit="MWh",
    claim="energy-attribute",
    valid_months=24,
    transferable_months=18,
    last_use_day="2031-12-31",
    last_issue_day="2030-12-31",
    issuance_deadlines=[(1, 6, 1, 12, 31), (7, 12, 2, 6, 30)],
    levy={"share": "0.02", "to": "fund"},
    source="made up [C]",
)
EXPECTED = cl.Estimate(
    monthly={"2025-04": "38.5 MWh", "2025-05": "61 MWh"},
    yearly={2025: "475.25"},
    source="Layihə sənədi, cədvəl 4",
    day_basis="calendar-days",
)
DAY = cl.Period.day("2025-06-03", zone="UTC")
ORDER = "sha256:" + "fedcba9876543210" * 4


def grant_roles(ledger: cl.Ledger) -> None:
    """Grant a role of each kind, to actors whose names are no ids; take one away again."""
    for account, holder in (("operator", "Sahib: İşlədici"), ("buyer", "buyer@example.com"), ("trader", "T. & Co.")):
        ledger.open_account(account, name=account.title())
        ledger.grant(holder, "account-holder", account=account)
    for role in ("meter-operator", "verifier", "issuer", "auditor", "registrar"):
        ledger.grant(f"the {role}", role, key=f"grant-{role}")
    ledger.grant("the registrar", "issuer")
    ledger.revoke("the registrar", "issuer", reason="Bir nəfər, bir rol", key="revoke-1")
    ledger.revoke("T. & Co.", "account-holder", account="trader", reason="The contract ended", by="the registrar")


def register(ledger: cl.Ledger) -> None:
    """Register projects that need an approval, and registries: a built-in one, and one with a grammar of its own."""
    for name in ("plant", "second", "roof"):
        ledger.register_device(device(name, commissioned="2020-01-01"), key=f"device {name}")
    ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 1, "second": 2}, reason="Halves"), key="meter")
    maker = {"manufacturer": "Zavod", "accuracy_class": "0.2S", "resolution": "1 kWh"}
    own = cl.Meter(id="roof-1", shares={"roof": 1}, serial_number="A-1", calibration_due="2025-03-01", **maker)
    ledger.register_meter(own)
    other = {"serial_number": "A-2", "replaces": "roof-1", "installed": "2025-05-01", **maker}
    ledger.register_meter(cl.Meter(id="roof-2", shares={"roof": 1}, **other))
    for project in (
        cl.Project(id="go", instrument=GO, zone=BAKU, devices=("plant",), requires_approval=True),
        cl.Project(id="irec", instrument="I-REC-E", zone=BAKU, devices=("second",), estimate=EXPECTED),
        cl.Project(id="hours", instrument=HOURLY, zone="UTC", devices=("roof",), requires_approval=True),
    ):
        ledger.register_project(project, key=f"project {project.id}")
    renewed = cl.Project(
        id="renewed",
        instrument="CDM-CER",
        zone=BAKU,
        devices=("second",),
        methodology="ACM0002@22.0",
        baseline="greenfield",
        crediting_period=cl.Period.years("2024-01-01", 10, zone=BAKU),
        crediting_period_ordinal=2,
        registered="2023-12-20",
    )
    ledger.register_project(renewed, waivers=cl.Waiver("crediting-period", "İstisna: məktub 7"), key="project renewed")
    ledger.register_registry("gold-standard", key="registry-1")
    ledger.register_registry(
        cl.SerialGrammar(
            id="gcc",
            name="Qlobal Karbon Şuras\u0131",
            forms=(
                cl.SerialForm(
                    "GCC-{project}-{vintage:digits 4}-{first}-{last}",
                    space="{project}/{vintage}",
                    project="{project}",
                    start="{vintage}",
                    end="{vintage}",
                ),
                cl.SerialForm("GCC-{month:digits 6}-{first}-{last}", space="", end="{month}", dates="YYYYMM"),
                cl.SerialForm("GCC-{first}-{last}", space="", instrument=CREDIT.id),
            ),
            lowest=0,
            source="no public page gives its form [M]",
        )
    )


def approve_and_issue(ledger: cl.Ledger) -> None:
    """An approval with a note, one that is taken back, one that lapses; a buffer; a carry that is counted on."""
    meter, verifier, issuer = "the meter-operator", "the verifier", "the issuer"
    ledger.record_generation("plant", MAY, net="100.75 MWh", evidence=EVIDENCE, by=meter)
    ledger.approve(ledger.quantify("go", MAY), note="Sayğac şəhadətnaməsi düzdür", by=verifier, key="approve-may")
    ledger.issue("go", MAY, to="operator", buffer="0.105", by=issuer, key="issue-may")
    ledger.record_generation("plant", JUNE, net="60.5 MWh", by=meter)
    ledger.approve(ledger.quantify("go", JUNE), by=verifier)
    ledger.correct_generation("plant", JUNE, net="50.5 MWh", reason="Ratio", evidence=ORDER, by=meter)
    ledger.approve(ledger.quantify("go", JUNE), by=verifier)
    ledger.revoke_approval(ledger.approvals("go")[-1], reason="Səhv ay", by=verifier, key="revoke-approval-1")
    ledger.approve(ledger.quantify("go", JUNE), by=verifier)
    ledger.issue("go", JUNE, to="operator", by=issuer)
    ledger.record_generation("plant", APRIL, net="3 MWh", by=meter)
    ledger.approve(ledger.quantify("go", APRIL), by=verifier)
    ledger.record_generation("second", MAY, net="40.25 MWh", by=meter)
    ledger.issue("irec", MAY, to="operator", by=issuer)
    ledger.record_generation("second", JUNE, net="20 MWh", by=meter)
    ledger.issue("irec", JUNE, to="operator", by=issuer)
    sides = {"invoiced": ("2 MWh", "0 MWh"), "by": meter}
    april = cl.Period.month(2025, 4, zone=BAKU)
    ledger.record_generation("roof", april, export="3 kWh", import_="1 kWh", quality="estimated", **sides)
    ledger.record_meter("roof-2", MAY, export="3 kWh", import_="1 kWh", quality="substituted", **sides)
    why = {"reason": "Ratio", "evidence": ORDER, **sides}
    ledger.correct_generation("roof", april, export="2 kWh", import_="1 kWh", quality="substituted", **why)
    ledger.record_calibration(
        "roof-1",
        done="2025-03-05",
        export_error="0.1 %",
        import_error="0.35 %",
        next_due="2027-03-05",
        laboratory="Metrologiya İnstitutu",
        evidence=EVIDENCE,
        by=meter,
        key="calibration-1",
    )


def hold(ledger: cl.Ledger) -> None:
    """Locks and buffers, offers with each of their ends, labels; over one block and over many."""
    owner, buyer, registrar, issuer = "Sahib: İşlədici", "buyer@example.com", "registrar", "the issuer"
    may, june = ledger.batches("go")
    irec = ledger.batches("irec")[0]
    first, second, third, fourth, rest = may.cut(5, 5, 5, 5, 69, 11)[:5]
    ledger.lock([first, third], reason="Məhkəmə", evidence=ORDER, by=registrar, key="lock-1")
    ledger.lock(fourth, reason="No document", by=registrar)
    ledger.release([first.take(2), third], reason="Settled", by=registrar, key="release-1")
    held = cl.Block(may.batch_id, 90, 100)
    one, two, three, four = held.take(1), *(cl.Block(may.batch_id, *edges) for edges in ((92, 93), (91, 91), (95, 96)))
    ledger.release_buffer([one, two], reason="No reversal", by=issuer, key="release-buffer-1")
    ledger.cancel_buffer([three, four], reason="Itki", by=issuer, key="cancel-buffer-1")
    ledger.label([second, june.take(20)], "CORSIA", evidence=EVIDENCE, reason="Eligible", by=issuer, key="label-1")
    ledger.unlabel(
        [second.take(1), june.take(2)], "CORSIA", reason="Not these", evidence=ORDER, by=issuer, key="unlabel-1"
    )
    ledger.unlabel(june.take(3).cut(2, 1)[1], "CORSIA", reason="Nor this one", by=issuer)
    sold = ledger.offer([second, june.take(2)], to="buyer", by=owner, key="offer-1")
    ledger.accept(sold, by=buyer, key="accept-1")
    late = datetime(2025, 7, 1, 23, 30, tzinfo=UTC)
    ledger.offer(june.cut(5, 5)[1], to="buyer", deadline=late, by=owner, reference="Sifariş 17", key="offer-2")
    ledger.reject(ledger.offer(rest.take(3), to="buyer", by=owner), reason="Qiymət", by=buyer, key="reject-1")
    ledger.revoke_offer(ledger.offer(rest.take(3), to="buyer", by=owner), reason="Gec", by=owner, key="revoke-offer-1")
    soon = ledger.entry(ledger.size - 1).at_utc.replace(microsecond=0) + timedelta(minutes=3)
    timed = ledger.offer(rest.take(4), to="buyer", deadline=soon, by=owner)
    ledger.transfer(irec.cut(2, 2)[1], to="buyer", by=owner)
    ledger.transfer(irec.cut(2, 1)[1], to="operator", by=buyer)
    ledger.time_out(timed, by=buyer, key="time-out-1")
    ledger.transfer([irec.take(2), irec.cut(4, 4)[1]], to="buyer", by=owner, key="transfer-1")
    thirty = cl.Selection(30, instrument="I-REC-E", vintage=2025, project="irec", order="oldest-issue")
    ledger.transfer(thirty, from_="operator", to="buyer", by=owner, key="transfer-2")


def use(ledger: cl.Ledger) -> None:
    """Retire, cancel and withdraw over many blocks; correct after a sale, void."""
    owner, buyer, issuer = "Sahib: İşlədici", "buyer@example.com", "the issuer"
    year = cl.Period.year(2025, zone=BAKU)
    ledger.retire(
        cl.Selection(6, instrument="OWN-GO"),
        from_="buyer",
        beneficiary="Müştəri",
        purpose="FY2025",
        period=year,
        by=buyer,
        key="retire-1",
    )
    june = ledger.batches("irec")[1]
    parts = [june.cut(before, count)[1] for before, count in ((5, 2), (10, 2), (15, 1), (17, 1), (19, 1))]
    ledger.cancel(parts[:2], from_="operator", reason="Könüllü", by=owner, key="cancel-1")
    ledger.withdraw(parts[2:4], reason="Issued in error", by=issuer, key="withdraw-1")
    ledger.withdraw(parts[4], reason="And one", by=issuer, key="withdraw-2")
    again = {"reason": "Sayğac səhvi", "evidence": EVIDENCE, "by": "the meter-operator"}
    ledger.correct_generation("second", MAY, net="31.5 MWh", gross="32 MWh", **again, key="correct-1")


def cross(ledger: cl.Ledger) -> None:
    """Blocks of other registries in, with and without a number space; ours out; a conversion."""
    owner, issuer = "Sahib: İşlədici", "the issuer"
    credit = {"instrument": "GS-VER", "project": "GS12345", "evidence": EVIDENCE, "by": issuer}
    production = cl.Period.of("2025-01-01", "2025-06-01", zone=BAKU)
    ledger.import_block(
        "GS1-1-AZ-GS12345-2-2025-30645-1-10745",
        registry="gold-standard",
        to="operator",
        production=production,
        labels=["SDG+", "tag:Kəlbəcər"],
        key="import-1",
        **credit,
    )
    ledger.import_block(
        "CAR-1-US-1041-37-263-CA-2017-7166-1 to 29251",
        registry="car",
        to="buyer",
        production=cl.Period.year(2017, zone="UTC"),
        count=29_251,
        **credit | {"instrument": CREDIT, "project": "CAR1041"},
    )
    for serial, buffer in (("GCC-0-249", 10), ("GCC-S17-2024-0-99", "0.15")):
        ledger.import_block(
            serial,
            registry="gcc",
            to="operator",
            production=cl.Period.of("2024-04-01", "2025-01-01", zone=BAKU),
            buffer=buffer,
            **credit | {"instrument": CREDIT, "project": "S17"},
        )
    gold = ledger.imported()[0]
    ledger.retire(
        gold.take(1_000),
        beneficiary="Müştəri",
        purpose="Tədbir",
        period=cl.Period.year(2025, zone=BAKU),
        by=owner,
    )
    may, june = ledger.batches("go")
    away = [june.cut(30, 5)[1], may.cut(20, 5)[1]]
    ledger.export(away, to_registry="evident", reference="İxrac 77", by=owner, key="export-1")
    irec_june = ledger.batches("irec")[1]
    ledger.export(irec_june.take(1), to_registry="gold-standard", reference="ref", by=owner)
    march = cl.Period.month(2025, 3, zone=BAKU)
    ledger.record_generation("second", march, net="11 MWh", by="the meter-operator")
    (voided,) = ledger.issue("irec", march, to="operator", buffer="0.25", by=issuer)
    ledger.lock(voided.take(2), reason="Yoxlama", by="registrar")
    ledger.void(voided, reason="Held and buffered units go with it", by=issuer, key="void-1")


def convert(ledger: cl.Ledger) -> None:
    """An issuance of two vintages is converted; what remains is the carry of the issuance before it."""
    meter, issuer, owner = "the meter-operator", "the issuer", "Sahib: İşlədici"
    ledger.register_device(device("mill", commissioned="2020-01-01"), by="the registrar")
    ledger.register_project(cl.Project(id="old-scheme", instrument="I-REC-E", zone=BAKU, devices=("mill",)))
    november, december = (cl.Period.month(2024, k, zone=BAKU) for k in (11, 12))
    january = cl.Period.month(2025, 1, zone=BAKU)
    for period, net in ((november, "2.5 MWh"), (december, "4.75 MWh"), (january, "3.25 MWh")):
        ledger.record_generation("mill", period, net=net, by=meter)
    ledger.issue("old-scheme", november, to="operator", by=issuer)
    old, _ = ledger.issue("old-scheme", cl.Period(december.start_utc, january.end_utc), to="operator", by=issuer)
    ledger.convert(old, to_instrument=GO, reason="Başqa sxem", by=owner, key="convert-1")


def by_the_hour(ledger: cl.Ledger) -> None:
    """Hours: approved by device, sold by hour, retired by a consumption profile, corrected before and after a sale."""
    owner, meter, issuer = "Sahib: İşlədici", "the meter-operator", "the issuer"
    sun = [0, 0, 120_000, 350_000, 500_001, 499_999, 80_000, -35, 0]
    ledger.record_readings("roof", start=DAY.start, step="1 hour", net_wh=sun, evidence=EVIDENCE, by=meter)
    part = cl.Period.of(DAY.start, DAY.start + timedelta(hours=9))
    approved = ledger.approve(ledger.quantify("hours", part), by="the verifier")
    assert len(approved) == 1
    (batch,) = ledger.issue("hours", part, to="operator", by=issuer)
    ledger.transfer(batch.hour(DAY.start + timedelta(hours=3)).take(200_000), to="buyer", by=owner)
    profile = cl.ConsumptionProfile(start=DAY.start, step="1 hour", consumption_wh=[5, 0, 100_000, 60_000])
    match = ledger.match("operator", profile)
    ledger.retire(match.blocks, beneficiary="B", purpose="24/7", period=DAY, by=owner)
    again = {"step": "1 hour", "reason": "Misread", "evidence": ORDER, "by": meter}
    ledger.correct_readings("roof", start=DAY.start + timedelta(hours=3), net_wh=[150_000, 500_001], **again)
    ledger.correct_readings("roof", start=DAY.start + timedelta(hours=4), net_wh=[490_000], **again)


def rule_an_instrument(ledger: cl.Ledger) -> None:
    """An instrument with every rule that one may have: issued with a levy, imported, and the target of a conversion."""
    meter, issuer, owner = "the meter-operator", "the issuer", "Sahib: İşlədici"
    ledger.open_account("fund", name="Uyğunlaşma fondu")
    for name, instrument in (("gate", RULED), ("lock-gate", "I-REC-E")):
        ledger.register_device(device(name, commissioned="2020-01-01"))
        ledger.register_project(cl.Project(id=f"{name}-units", instrument=instrument, zone=BAKU, devices=(name,)))
    for period, net in ((MAY, "100.5 MWh"), (JUNE, "60.25 MWh")):
        ledger.record_generation("gate", period, net=net, by=meter)
    ledger.issue("gate-units", MAY, to="operator", buffer=5, expect=100, by=issuer, key="levy-1")
    ledger.issue("gate-units", JUNE, to="operator", expect={2025: 60}, by=issuer, key="levy-2")
    ledger.record_generation("lock-gate", MAY, net="7.5 MWh", by=meter)
    (old,) = ledger.issue("lock-gate-units", MAY, to="operator", by=issuer)
    ledger.convert(old, to_instrument=RULED, reason="Başqa sxem", by=owner)
    ledger.import_block(
        "GCC-S18-2025-0-99",
        registry="gcc",
        instrument=RULED,
        to="operator",
        production=cl.Period.of("2025-01-01", "2025-04-01", zone=BAKU),
        project="S18",
        evidence=EVIDENCE,
        by=issuer,
    )


def let_time_pass(ledger: cl.Ledger) -> None:
    """Nothing for 500 days, which a registrar records."""
    clock = ledger._clock
    ledger._clock = lambda: clock() + timedelta(days=500)
    ledger.advance_clock(reason="Uzun fasilə", by="the registrar", key="advance-1")


def use_other_zones(ledger: cl.Ledger) -> None:
    """A zone is adopted before its use; a project, two periods and a production are each the first to use theirs."""
    release = tzdata_release()
    ledger.adopt_zone("Asia/Tbilisi", release=release, reason="Qanun", by="the registrar", key="adopt-zone-1")
    ledger.register_device(device("vane", commissioned="2020-01-01"), by="the registrar")
    far = cl.Project(id="far", instrument="I-REC-E", zone="Europe/Istanbul", devices=("vane",))
    ledger.register_project(far, by="the registrar")
    april = cl.Period.month(2025, 4, zone="Asia/Tehran")
    ledger.record_generation("vane", april, net="4.5 MWh", by="the meter-operator")
    ledger.issue("far", april, to="operator", by="the issuer")
    may = cl.Period.month(2025, 5, zone="Europe/Berlin")
    ledger.record_generation("vane", may, net="3.5 MWh", by="the meter-operator")
    ledger.approve(ledger.quantify("far", may), by="the verifier")
    ledger.import_block(
        "GS1-1-GE-GS12346-2-2024-30646-1-20",
        registry="gold-standard",
        instrument="GS-VER",
        to="operator",
        production=cl.Period.year(2024, zone="Asia/Tbilisi"),
        project="GS12346",
        evidence=EVIDENCE,
        by="the issuer",
    )
    ledger.import_block(
        "GS1-1-JP-GS12347-2-2024-30647-1-20",
        registry="gold-standard",
        instrument="GS-VER",
        to="operator",
        production=cl.Period.year(2024, zone="Asia/Tokyo"),
        project="GS12347",
        evidence=EVIDENCE,
        by="the issuer",
    )
    ledger.adopt_methodology("GCCM001@4.0", by="the registrar", key="adopt-methodology-1")
    note = "M\u0259tn sat\u0131r-sat\u0131r tutu\u015fduruldu"
    ledger.adopt_methodology("GCCM001@4.0", text=ORDER, note=note, by="the verifier", key="attest-1")


def issue_carry(ledger: cl.Ledger) -> None:
    """A correction upward, and the units that its carry makes."""
    again = {"reason": "Sayğac yenidən oxundu", "evidence": EVIDENCE, "by": "the meter-operator"}
    ledger.correct_generation("second", MAY, net="34.75 MWh", gross="35 MWh", **again)
    ledger.issue_carry("irec", to="operator", buffer="0.5", by="the issuer", key="carry-1")


def correct_meters(ledger: cl.Ledger) -> None:
    """Corrections of a meter and of a device: of what was issued, and so long that they need several entries."""
    by = {"by": "the meter-operator"}
    why = {"reason": "Ratio", "evidence": ORDER, **by}
    odd = cl.Waiver("implausible-reading", "Sayğac dəyişdirildi, akt 13")
    estimated = cl.Waiver("estimated-readings", "Sayğac oxunmad\u0131, akt 13")
    day = {"start": "2025-02-01", "zone": BAKU, "step": "1 hour"}
    ledger.record_meter_readings("feeder", **day, net_wh=[3_000_000] * 24, **by)
    ledger.issue("irec", cl.Period.day("2025-02-01", zone=BAKU), to="operator", by="the issuer")
    late = {"net_wh": [0] * 23 + [30_000_000], "export_wh": [0] * 23 + [30_000_100], "import_wh": [0] * 23 + [100]}
    known = {"quality": "substituted", "invoiced": ("30 MWh", "0 MWh"), "waivers": [odd, estimated]}
    ledger.correct_meter("feeder", **day, **late, **known, key="correct-meter-1", **why)
    run = {"start": "2023-03-01", "zone": "UTC", "step": "1 min"}
    ledger.record_meter_readings("feeder", **run, net_wh=[k % 5 - 1 for k in range(1_600)], **by)
    gross = {"net_wh": [k % 4 for k in range(1_600)], "gross_wh": [4] * 1_600}
    ledger.correct_readings("second", **run, **gross, key="correct-readings-1", **why)
    long = {"net_wh": [k % 7 for k in range(1_600)], "export_wh": [7] * 1_600}
    long |= {"import_wh": [7 - k for k in long["net_wh"]]}
    known = {"quality": "estimated", "invoiced": ("11 kWh", "6 kWh")}
    ledger.correct_meter("feeder", **run, **long, **known, key="correct-meter-2", **why)


def adopt_own_methodology(ledger: cl.Ledger) -> None:
    """A methodology of the operator's own, with the digest of its code."""
    ledger.adopt_methodology(METHODOLOGIES[0].key, by="the registrar", key="adopt-methodology-2")


def register_kilograms(ledger: cl.Ledger) -> None:
    """A registry whose serials number kilograms."""
    form = cl.SerialForm("KILO-{first}-{last}", space="")
    kilograms = cl.SerialGrammar(id="kilograms", name="Kiloqramlar", forms=(form,), unit_kg=1)
    ledger.register_registry(kilograms, by="the registrar", key="registry-kilograms")


def deliver_files(ledger: cl.Ledger) -> None:
    """A file of two meters, one of which two plants share; and a newer file, by which both are corrected."""
    by = {"by": "the meter-operator"}
    for name in ("ridge", "slope", "valley"):
        ledger.register_device(device(name, commissioned="2020-01-01"), by="the registrar")
    ledger.register_meter(cl.Meter(id="hillside", shares={"slope": 1, "valley": 2}), by="the registrar")
    layout = cl.MeterLayout(
        name="dəqiqələr",
        zone=BAKU,
        time={"columns": "Vaxt", "step": "1 min"},
        values={"column": "Enerji, Wh", "unit": "Wh"},
        meter_column="Sayğac",
    )
    first = datetime(2025, 6, 1, tzinfo=UTC)
    for name, least in (("iyun.csv", 0), ("iyun-2.csv", 10)):
        rows = [
            f"{first + timedelta(minutes=k):%Y-%m-%dT%H:%MZ},{meter},{k % 5 + least}\n"
            for k in range(1_600)
            for meter in ("Dağ 1", "Dağ 2")
        ]
        with TemporaryDirectory() as directory:
            path = Path(directory, name)
            path.write_text('Vaxt,Sayğac,"Enerji, Wh"\n' + "".join(rows), encoding="utf-8")
            file = cl.read_meter_file(path, layout)
        for subject, meter in (("ridge", "Dağ 1"), ("hillside", "Dağ 2")):
            why = {"already": "correct", "reason": "Yeni fayl"} if least else {}
            ledger.record_meter_file(subject, file, meter=meter, key=f"{name} {subject}", **why, **by)


def state_verifications(ledger: cl.Ledger) -> None:
    """Statements of a verifier: one that is replaced, one that was overtaken, and an issuance on the newest."""
    by = {"by": "the meter-operator"}
    ledger.register_device(device("stated", commissioned="2020-01-01"), by="the registrar")
    ledger.register_project(
        cl.Project(id="stated", instrument="I-REC-E", zone=BAKU, devices=("stated",), requires_verification=True),
        key="project stated",
        by="the registrar",
    )
    period = cl.Period.of("2025-04-01", "2025-05-01", zone="Europe/Lisbon")
    ledger.record_generation("stated", period, net="12.5 MWh", **by)
    fields = {"body": "Yoxlama MMC", "accreditation": "AZ-V-0007", "assurance": "reasonable", "report": ORDER}
    seen = {"size": ledger.size, "root": ledger.root()}
    first = ledger.state_verification(
        "stated",
        period,
        **(fields | seen),
        opinion="modified",
        quantities={2025: "12.5"},
        open_requests={"FAR-1": "Sayğac\u0131 bir də yoxlay\u0131n"},
        key="verification-1",
        by="the verifier",
    )
    ledger.correct_generation("stated", period, net="12.25 MWh", reason="Ratio", evidence=ORDER, **by)
    seen = {"size": ledger.size, "root": ledger.root()}
    ledger.state_verification(
        "stated",
        period,
        **(fields | seen),
        opinion="unmodified",
        quantities={2025: 12},
        replaces=first,
        key="verification-2",
        by="the verifier",
    )
    ledger.issue("stated", period, to="operator", by="the issuer")


CHAPTERS = (
    grant_roles,
    register,
    approve_and_issue,
    hold,
    use,
    cross,
    convert,
    by_the_hour,
    rule_an_instrument,
    use_other_zones,
    let_time_pass,
    issue_carry,
    correct_meters,
    adopt_own_methodology,
    register_kilograms,
    deliver_files,
    state_verifications,
)
