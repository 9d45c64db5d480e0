"""The first golden ledger: a single user's, from readings to claims, with what was there in version 0.2.0."""

from datetime import UTC, datetime
from typing import Any

import carbon_ledger as cl
from carbon_ledger import methodologies

POLICY = "open"
METHODOLOGIES: tuple[methodologies.Methodology, ...] = ()
STATES = ("active", "retired", "cancelled", "withdrawn")
TABLES = (
    *("registration", "reading", "claim", "accrual", "issuance", "vintage", "batch", "piece", "balance"),
    *("expiring", "owed", "key_use"),
)
SET_BACK_AT = 56  # the reading of the clock at which it is set back
BAKU = "Asia/Baku"
EVIDENCE = "sha256:" + "0123456789abcdef" * 4
MONTHS = {name: cl.Period.month(2024, k, zone=BAKU) for k, name in enumerate(("january", "february", "march"), 1)}

TEXT = cl.Waiver("methodology-text", "Mətn ikinci mənbələrdən oxunub")
EXPIRED = cl.Waiver("expired-factor", "Withdrawn later")


def open_accounts(ledger: cl.Ledger) -> None:
    """Open accounts whose names need every kind of escape."""
    with ledger.batch():
        ledger.open_account("operator", name="İşlədici: Kəlbəcər və Şəmkir")
        ledger.open_account("buyer", name='Al\u0131c\u0131 "B" \\ 1 € 𝄞', key="açar-1")
        ledger.open_account("Trader_2.x", name="Trader")


def device(device_id: str, **fields: Any) -> cl.Device:
    """A device in Azerbaijan, run of river of 2 MW unless said otherwise."""
    usual = {
        "name": device_id,
        "technology": "hydro/run-of-river",
        "capacity": "2 MW",
        "country": "AZ",
        "grid": "AZ",
        "zone": BAKU,
        "commissioned": "2023-01-01",
    }
    return cl.Device(id=device_id, **(usual | fields))


def register_devices(ledger: cl.Ledger) -> None:
    """Register devices, with every optional field on one of them, and a shared meter."""
    for item in (
        device("qamishli", name="Göyçay"),
        device("chirag-1", name="Mingəçevir-1", capacity="8.33 MW", commissioned="2023-08-25"),
        device("chirag-2", name="Mingəçevir-2", capacity="3.6 MW", commissioned="2023-08-25", margin="1.05"),
        device("soyugbulag", name="Söyüqbulaq", capacity="5.3 MW", commissioned="2023-08-25"),
        device("dam", technology="hydro/reservoir", capacity="10 MW", reservoir_area="1.5 km2"),
        device("roof-1", technology="solar/photovoltaic", capacity="500 kW"),
        device(
            "roof-2", technology="solar/photovoltaic", capacity="5 MW", metered_since="2024-06-01", station_load="1 MW"
        ),
        device("sea-wind", technology="wind/offshore", capacity="8 MW", country="PT", grid="PT", zone="Europe/Lisbon"),
        device(
            "planned",
            commissioned=None,
            metered_since="2031-01-01",
            capacity="22.5 MW",
            capacity_before="4.4 MW",
            reservoir_area="12345.5 m2",
            reservoir_area_before="0.5 m2",
        ),
    ):
        ledger.register_device(item)
    shares = {"soyugbulag": 5_300, "chirag-1": 8_330, "chirag-2": 3_600}
    ledger.register_meter(cl.Meter(id="feeder", shares=shares, reason="By capacity, as the project document says."))
    ledger.register_meter(cl.Meter(id="own-meter", shares={"qamishli": 1}))


def factor(factor_id: str, value: str, **fields: Any) -> cl.EmissionFactor:
    """A combined margin of Azerbaijan."""
    usual = {"unit": "tCO2e/MWh", "kind": "combined_margin", "region": "AZ", "source": "Golden ledger, made up"}
    return cl.EmissionFactor(factor_id=factor_id, value=value, **(usual | fields))


def adopt_factors(ledger: cl.Ledger) -> None:
    """Adopt a factor with every field there is, by an actor of its own."""
    full = factor(
        "cm-az.r2",
        "0.4620",
        series="cm-az",
        revision=2,
        supersedes="cm-az.r1",
        lower="0.40",
        upper="0.50",
        gas="CO2e",
        gwp_set="AR5",
        technologies=("hydro", "wind/onshore"),
        data_years=(2017, 2018, 2019),
        valid_from="2021-01-01",
        valid_to="2030-12-31",
        published_at="2021-03-01",
        recorded_at="2021-03-02",
        withdrawn_at="2025-06-01",
        publisher="Nazirlik",
        dataset="Şəbəkə, 3-cü nəşr",
        version="2.0",
        place="table 3, cell B7",
        digest=EVIDENCE,
        licence="none stated",
        derived_from=("om-az", "bm-az"),
        flags=("derived-not-published",),
        operating_margin="0.5000",
        build_margin="0.424",
        weights=("0.5", "0.5"),
        tool="TOOL07@7.0",
        vintage_option="ex-ante",
        project_class="hydropower in its first crediting period",
        crediting_period_ordinal=1,
        confidence="C",
    )
    ledger.adopt_factor(full, by="verifier", key="adopt-cm-az.r2")


def register_projects(ledger: cl.Ledger) -> None:
    """Register a project of each kind of instrument, one of them with its own."""
    ten_years = cl.Period.years("2023-08-25", 10, zone=BAKU)
    ledger.register_project(cl.Project(id="irec", instrument="I-REC-E", zone=BAKU, devices=("qamishli",)))
    ledger.register_project(
        cl.Project(
            id="credits",
            name="Kəlbəcər: su elektrik",
            instrument="GCC-ACC",
            zone=BAKU,
            devices=("chirag-1", "chirag-2", "soyugbulag"),
            methodology="GCCM001@4.0",
            baseline="greenfield",
            crediting_period=ten_years,
        )
    )
    own = cl.Instrument(
        id="OWN-1", name="An instrument of the ledger's own", unit="tCO2e", claim="emission-reduction", valid_months=24
    )
    ledger.register_project(
        cl.Project(
            id="dam-credits",
            instrument=own,
            zone="UTC",
            devices=("dam",),
            methodology="ACM0002@22.0",
            baseline="greenfield",
            crediting_period=cl.Period.of("2024-01-01", "2031-01-01", zone="UTC"),
            crediting_period_ordinal=2,
        )
    )
    ledger.register_project(cl.Project(id="hourly", instrument="GC", zone=BAKU, devices=("roof-1", "roof-2")))
    ledger.register_project(
        cl.Project(id="guarantees", instrument="EECS-GO", zone="Europe/Lisbon", devices=("sea-wind",))
    )


def issue_and_correct(ledger: cl.Ledger) -> None:
    """Corrections before a claim, of units nobody bought, and of units sold: a debit remains."""
    january, february, _ = MONTHS.values()
    ledger.record_generation("qamishli", january, net="10.6 MWh", evidence=EVIDENCE, key="january")
    (first,) = ledger.issue("irec", january, to="operator", key="issue-january")
    ledger.record_generation("qamishli", february, net="12 MWh", gross="12.5 MWh")
    ledger.correct_generation(
        "qamishli", february, net="11.2 MWh", gross="11.3 MWh", reason="Meter read late", evidence=EVIDENCE
    )
    (second,) = ledger.issue("irec", february, to="operator")
    ledger.transfer(first.take(3), to="buyer", key="sale-1", by="operator")
    ledger.correct_generation("qamishli", january, net="8 MWh", reason="Sayğac səhvi", evidence=EVIDENCE, key="c-1")
    ledger.transfer(second.block.cut(2, 5)[1], to="buyer", by="operator")
    ledger.transfer(second.block.cut(2, 2, 1)[2], to="Trader_2.x", from_="buyer", by="buyer")
    days = february.days()
    ledger.correct_readings(
        "qamishli",
        start=february.start,
        step="1 day",
        net_wh=[140_000] * (len(days) - 1) + [80_000],
        reason="Daily values of report 77",
        evidence=EVIDENCE,
        by="verifier",
    )


def issue_late_readings(ledger: cl.Ledger) -> None:
    """A gap that is waived and issued later, as a debit; and a correction of both issuances."""
    march = MONTHS["march"]
    whole = march.days()
    for run in (whole[:9], whole[10:]):
        start, net_wh = run[0].start, [200_000] * len(run)
        ledger.record_readings("qamishli", start=start, step="24 hour", net_wh=net_wh, evidence=EVIDENCE)
    ledger.issue("irec", march, to="operator", waivers=[cl.Waiver("gap", "10 mart: əlaqə yox idi")], key="march")
    ledger.record_generation("qamishli", whole[9], net="-0.35 MWh")
    ledger.issue("irec", march, to="operator")
    net_wh = [190_000] * 9 + [100_000] + [190_000] * 21
    ledger.correct_readings(
        "qamishli", start=march.start, step="86400 s", net_wh=net_wh, reason="Both", evidence=EVIDENCE, key="c-2"
    )


def issue_carry(ledger: cl.Ledger) -> None:
    """A carry of 2024 that a late reading of 2023 completes; a void, and the same period issued again."""
    lisbon = "Europe/Lisbon"
    ledger.record_generation("sea-wind", cl.Period.day("2025-05-02", zone=lisbon), net="0.9 MWh")
    ledger.issue("guarantees", cl.Period.day("2025-05-02", zone=lisbon), to="operator")
    ledger.record_generation("sea-wind", cl.Period.day("2024-12-31", zone=lisbon), net="100 kWh")
    ledger.issue("guarantees", cl.Period.day("2024-12-31", zone=lisbon), to="operator")
    ledger.record_generation("sea-wind", cl.Period.day("2025-05-03", zone=lisbon), net="250 kWh")
    ledger.issue("guarantees", cl.Period.day("2025-05-03", zone=lisbon), to="operator")
    june = cl.Period.month(2025, 6, zone=lisbon)
    ledger.record_generation("sea-wind", june, net="2345.678901 MWh", key="june")
    (batch,) = ledger.issue("guarantees", june, to="operator")
    ledger.void(batch, reason='Issued to "the wrong" \\ account\n\ttab, \u2028 € 𝄞', by="issuer", key="void-june")
    (batch,) = ledger.issue("guarantees", june, to="buyer")
    ledger.transfer(batch.take(45), to="operator", by="buyer")
    ledger.withdraw(batch.block.cut(40, 10)[1], reason="The meter's seal was broken", by="issuer")


def issue_credits(ledger: cl.Ledger) -> None:
    """A shared meter, a step split at the new year, two methodologies, a factor adopted with its issuance."""
    period = cl.Period.of("2023-08-25", "2024-04-29", zone=BAKU)
    ledger.record_meter("feeder", period, net="70 GWh", evidence=EVIDENCE, key="feeder-1")
    waivers = [
        TEXT,
        cl.Waiver("straddling-step", "The report gives one total"),
        cl.Waiver("assumption/one-feeder", "Hesabat bir sayğac göstərir"),
    ]
    firm = factor("firm", "384", unit="gCO2e/kWh")
    batches = ledger.issue("credits", period, to="operator", factor=firm, waivers=waivers, key="credits-1")
    ledger.record_meter_readings(
        "feeder", start="2024-04-29", zone=BAKU, step="15 min", net_wh=[3_000_001, 3_000_000, -7, 0]
    )
    hour = cl.Period.of("2024-04-29T00:00+04:00", "2024-04-29T01:00+04:00")
    ledger.issue("credits", hour, to="operator", factor="cm-az.r2", waivers=[EXPIRED, TEXT])
    year = cl.Period.year(2024, zone="UTC")
    sold = ledger.transfer(batches[0].take(1_000), to="buyer", by="operator")
    ledger.retire(
        sold.take(250), beneficiary="Fayda alan MMC", purpose="FY2024 claim", period=year, by="buyer", key="retire-1"
    )
    ledger.cancel(sold.cut(250, 50)[1], reason="Könüllü ləğv", by="buyer")
    april = cl.Period.month(2024, 4, zone="UTC")
    ledger.record_generation("dam", april, net="5000 MWh", gross="5100 MWh")
    (dam,) = ledger.issue("dam-credits", april, to="Trader_2.x", factor=firm, waivers=[TEXT])
    ledger.retire(
        dam, beneficiary="Müştəri", purpose="Event", period=cl.Period.of("2025-01-01T00:00Z", "2025-06-30T12:30Z")
    )


def issue_retrofit(ledger: cl.Ledger) -> None:
    """A historic baseline, subtracted once a year; declared emissions; a correction that both issuances feel."""
    ledger.register_device(
        cl.Device(
            id="old-mill",
            name="Köhnə dəyirman",
            technology="hydro/run-of-river",
            capacity="12 MW",
            capacity_before="9 MW",
            country="AZ",
            grid="AZ",
            zone=BAKU,
            commissioned="1974-05-01",
        )
    )
    ledger.register_project(
        cl.Project(
            id="mill-credits",
            instrument="CDM-CER",
            zone=BAKU,
            devices=("old-mill",),
            methodology="AMS-I.D@18.0",
            baseline="retrofit",
            crediting_period=cl.Period.years("2024-01-01", 10, zone=BAKU),
            history={2019: "38200 MWh", 2020: "41500 MWh", 2021: "36900 MWh", 2022: "40100 MWh", 2023: "39300 MWh"},
            replaced_on="2031-07-01",
            baseline_year="crediting",
        )
    )
    halves = (
        cl.Period.of("2024-01-01", "2024-07-01", zone=BAKU),
        cl.Period.of("2024-07-01", "2025-01-01", zone=BAKU),
    )
    emissions = [
        methodologies.FuelUse(
            fuel="diesel oil",
            amount="12.5 t",
            ncv="43.3 TJ/Gg",
            emission_factor="74800 kgCO2/TJ",
            vintage=2024,
            basis="ipcc-upper",
            source="IPCC 2006, upper",
            evidence=EVIDENCE,
        ),
        methodologies.FuelUse(
            fuel="diesel",
            amount="10 litres",
            carbon_content="0.86 tC/t",
            density="0.84 t/m3",
            vintage=2024,
            basis="measured",
            source="delivery notes",
        ),
        methodologies.ImportedElectricity(
            amount="1 MWh",
            emission_factor="TOOL05 default",
            losses="8 %",
            losses_year=2022,
            scenario="A",
            vintage=2024,
            meter="pumps",
            source="the utility's report of 2022",
        ),
        methodologies.ImportedElectricity(
            amount="10 MWh",
            emission_factor="0.5 tCO2e/MWh",
            losses="20 %",
            vintage=2024,
            meter="workshop",
            source="utility bill",
            evidence=EVIDENCE,
        ),
        methodologies.Leakage(
            amount="12.5 tCO2e", vintage=2024, reason="A turbine moved", source="transfer note", evidence=EVIDENCE
        ),
    ]
    for period, declared in zip(halves, ((), emissions), strict=True):
        ledger.record_generation("old-mill", period, net="24000 MWh")
        ledger.issue(
            "mill-credits", period, to="operator", factor="cm-az.r2", waivers=[TEXT, EXPIRED], emissions=declared
        )
    ledger.correct_generation("old-mill", halves[0], net="23000 MWh", reason="Ratio", evidence=EVIDENCE)


def issue_hourly(ledger: cl.Ledger) -> None:
    """Granular certificates: hours at or below zero are excluded, and the document needs two parts."""
    start = datetime(2024, 5, 31, 20, tzinfo=UTC)
    sun = [(40_000 + 137 * hour) * (hour % 2) - (hour % 10 == 4) * 250 for hour in range(14 * 24)]
    ledger.record_readings("roof-1", start=start, step="1 hour", net_wh=sun, evidence=EVIDENCE, key="günəş")
    ledger.record_readings("roof-2", start=start, step="1 hour", net_wh=[3_000_000, -1_000_000, 2_000_000])
    fortnight = cl.Period.of("2024-06-01", "2024-06-15", zone=BAKU)
    waiver = cl.Waiver("gap", "İkinci dam üç saat ölçülüb")
    one, two = ledger.issue("hourly", fortnight, to="operator", waivers=[waiver], key="hourly-1")
    ledger.transfer(two.take(3_000_000), to="buyer", by="operator")
    ledger.cancel(one.block.cut(1, 1)[1], reason="One Wh", by="operator")


def amend_and_describe(ledger: cl.Ledger) -> None:
    """Amendments, a described document, a relation that ended, identifiers and coordinates, and references."""
    plant = device(
        "old-weir",
        identifiers={"GSRN": "571313180400000018", "EIC": "10YNL----------L", "meter-number": "A 17-3"},
        latitude="40.1",
        longitude="46.05",
    )
    ledger.register_device(plant)
    ledger.register_device(device("old-gate", decommissioned="2024-06-01"))
    since = {"evidence": EVIDENCE, "reason": "Müayinə"}
    ledger.amend_device("old-weir", effective="2024-03-01", capacity="7 MW", margin="1.05", name="Bənd", **since)
    ledger.amend_device("old-weir", effective="2024-04-01", station_load="250 kW", key="amend-2", **since)
    ledger.amend_device("old-weir", effective="2024-09-01", decommissioned=True, key="amend-1", **since)
    ledger.open_account("agent", name="Agent", legal_id="LEI:1", contact="Növbətçi")
    changed = {"name": "Agent 2", "legal_id": "LEI:2", "contact": "Dispetçer"}
    ledger.amend_account("agent", effective="2024-09-01", key="amend-account-1", **changed, **since)
    document = {"kind": "letter", "title": "Məktub", "issuer": "Nazirlik", "issued": "2024-09-01", "holder": "B"}
    layout = cl.MeterLayout(name="günlük", zone=BAKU, time={"columns": "time"}, values={"column": "kVt·saat"})
    ledger.describe_document(
        EVIDENCE, covers_from="2024-01-01", covers_until="2024-08-31", layout=layout, key="describe-1", **document
    )
    relation = {"relation": "trader-for", "reason": "Müqavilə", "evidence": EVIDENCE}
    ledger.declare_relation("agent", "operator", key="relate-1", **relation)
    ledger.end_relation("agent", "operator", key="end-relation-1", **relation)
    block = ledger.holdings("operator")[0]
    ledger.transfer(block.take(1), to="agent", reference="PO 7")
    ledger.cancel(block.cut(1, 1)[1], reason="Hədiyyə", reference="PO 9")
    period = cl.Period.year(2024, zone=BAKU)
    ledger.retire(block.cut(2, 1)[1], beneficiary="B", purpose="X", period=period, reference="PO 10")


def waive(ledger: cl.Ledger) -> None:
    """Implausible readings of a device and of a meter, an implausible correction, and a claim for an earlier period."""
    odd = cl.Waiver("implausible-reading", "Sayğac dəyişdirildi, akt 12")
    hours = [cl.Period.of(f"2024-06-20T{hour:02d}:00Z", f"2024-06-20T{hour + 1:02d}:00Z") for hour in range(2)]
    ledger.record_generation("roof-2", hours[0], net="-1.5 MWh", waivers=[odd], key="odd-1")
    ledger.correct_generation(
        "roof-2", hours[0], net="-1.25 MWh", reason="Misread", evidence=EVIDENCE, waivers=[odd], key="odd-2"
    )
    ledger.record_meter("feeder", hours[1], net="-18 MWh", waivers=[odd], key="odd-3")
    block = ledger.holdings("operator")[0]
    ledger.retire(
        block.take(1),
        beneficiary="Fayda alan MMC",
        purpose="FY2020",
        period=cl.Period.year(2020, zone="UTC"),
        waivers=[cl.Waiver("claim-period", "Müqavilə 7")],
        from_="operator",
        key="retire-early",
    )


CHAPTERS = (
    open_accounts,
    register_devices,
    adopt_factors,
    register_projects,
    issue_and_correct,
    issue_late_readings,
    issue_carry,
    issue_credits,
    issue_retrofit,
    issue_hourly,
    amend_and_describe,
    waive,
)
