"""Programmes: which crediting periods they admit, and on which days they register projects with a methodology."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import evolve
from tests.conftest import Clock, device, dump
from tests.support.forging import found_in

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.methodologies import life
from carbon_ledger.methodologies.life import Life

BAKU = "Asia/Baku"
END = datetime(2026, 12, 31, 20, tzinfo=UTC)  # the first second of 2027 in Baku
LETTER = cl.Waiver("crediting-period", "letter 4 of the programme")
GRACE = cl.Waiver("methodology-life", "letter 5 of the programme")
MAY = cl.Period.month(2024, 5, zone=BAKU)


def project(name: str = "hydro", **fields: Any) -> cl.Project:
    given: dict[str, Any] = {
        "instrument": "VCS-VCU",
        "zone": BAKU,
        "devices": ("plant",),
        "methodology": "ACM0002@22.0",
        "baseline": "greenfield",
        "crediting_period": cl.Period.years("2024-06-01", 7, zone=BAKU),
    }
    return cl.Project(id=name, **(given | fields))


def years(start: str, count: int) -> cl.Period:
    return cl.Period.years(start, count, zone=BAKU)


@pytest.fixture
def plants(ledger: cl.Ledger) -> cl.Ledger:
    """A plant of 2020, a later one, and one under construction."""
    ledger.register_device(device())
    ledger.register_device(device("later", commissioned="2023-08-25"))
    ledger.register_device(device("planned", commissioned=None))
    return ledger


def refused(ledger: cl.Ledger, item: cl.Project, rule: str, says: str) -> None:
    """The command refuses the project, by name, and changes nothing."""
    before = dump(ledger)
    with pytest.raises(errors.RefusedError, match=says) as refusal:
        ledger.register_project(item)
    assert (refusal.value.rule, dump(ledger)) == (rule, before)


@pytest.mark.parametrize("methodology", ["ACM0002@22.0", "AMS-I.D@18.0"])
def test_verra_registers_until_the_end_of_2026_and_then_names_the_successor(
    plants: cl.Ledger, clock: Clock, methodology: str
) -> None:
    """Issue 14: a project registered on 2026-12-31 and on 2027-01-01 under ACM0002 at Verra.

    Source: verra.org, page of ACM0002: requests of registration and of renewal until 31 December 2026. [P]
    """
    five = project(methodology=methodology, crediting_period=years("2024-06-01", 5))
    clock.now = END.replace(hour=19)
    plants.register_project(evolve(five, id="in-time"))
    clock.now = END
    says = r"registered on 2027-01-01 .* Verra VCS registers and renews with it until 2026-12-31; use VMR0017@1\.0"
    refused(plants, evolve(five, id="late"), "methodology-life", says)
    plants.register_project(evolve(five, id="recorded-later", registered="2026-12-31"))
    refused(plants, evolve(five, id="late", registered="2027-01-01"), "methodology-life", says)
    assert plants.audit().findings == ()


def test_a_running_project_is_credited_until_its_crediting_period_ends(plants: cl.Ledger, clock: Clock) -> None:
    """Verra, page of ACM0002: the methodology is applied for the remainder of the crediting period. [P]"""
    plants.register_project(project())
    clock.now = datetime(2031, 6, 1, tzinfo=UTC)
    plants.advance_clock(reason="the plant ran on")
    may = cl.Period.month(2031, 5, zone=BAKU)
    plants.record_generation("plant", may, net="10 MWh")
    factor = cl.EmissionFactor(
        factor_id="f", value="0.5", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a test"
    )
    (batch,) = plants.issue("hydro", may, to="op", factor=factor, waivers=[cl.Waiver("methodology-text", "compared")])
    assert batch.count == 5


@pytest.mark.parametrize(
    ("starts", "registered", "admitted"),
    [
        ("2026-12-31", None, True),
        ("2027-01-01", None, False),
        ("2027-03-01", "2026-12-30", True),
        ("2026-06-01", "2027-01-02", False),
    ],
)
def test_a_renewal_is_decided_on_its_first_day_unless_the_project_states_another(
    plants: cl.Ledger, clock: Clock, starts: str, registered: str | None, admitted: bool
) -> None:
    """Issue 14: a renewal after the end. Verra admits requests of renewal until 31 December 2026. [P]"""
    clock.now = datetime(2027, 2, 1, tzinfo=UTC)
    item = project(crediting_period=years(starts, 5), crediting_period_ordinal=2, registered=registered)
    if admitted:
        plants.register_project(item)
    else:
        refused(plants, item, "methodology-life", r"renewed on 2027-01-0\d .* use VMR0017@1\.0")


@pytest.mark.parametrize(
    ("starts", "admitted"), [("2027-12-30", True), ("2027-12-31", False), ("2033-01-01", False), ("2026-01-01", True)]
)
def test_a_renewal_is_decided_in_the_year_before_its_crediting_period(
    plants: cl.Ledger, clock: Clock, starts: str, admitted: bool
) -> None:
    """A day of long ago would bring back a methodology that has ended, and periods that are no longer admitted. [C]"""
    clock.now = datetime(2027, 2, 1, tzinfo=UTC)
    item = project(crediting_period=years(starts, 7), crediting_period_ordinal=2, registered="2026-12-30")
    if admitted:
        plants.register_project(item)
        return
    refused(plants, item, "crediting-period", "renewed on 2026-12-30, more than a year before its crediting period")
    assert plants.register_project(item, waivers=[LETTER]) == plants.project("hydro")


def test_a_version_is_not_used_before_its_programme_admits_it(plants: cl.Ledger) -> None:
    early = project(registered="2024-05-30")
    refused(plants, early, "methodology-life", "from 2024-05-31 on; use the version that was valid")
    plants.register_project(evolve(early, registered="2024-05-31"))


def test_a_waiver_registers_what_the_programme_admitted_after_the_end(plants: cl.Ledger, clock: Clock) -> None:
    clock.now = END
    late = project(crediting_period=years("2024-06-01", 5))
    with pytest.raises(errors.RefusedError, match="methodology-life"):
        plants.register_project(late, waivers=[LETTER])
    assert plants.register_project(late, waivers=GRACE, key="late") == plants.project("hydro") == late
    assert plants.register_project(late, waivers=[GRACE], key="late") == late
    report = plants.audit()
    assert report.findings == ()
    assert [note.detail for note in report.notes] == [
        "waived in project.registered, by 'tester': methodology-life, 'letter 5 of the programme'"
    ]


def test_a_project_is_not_registered_in_the_future(plants: cl.Ledger, clock: Clock) -> None:
    """Domain invariant 29: what has not happened is not recorded. It holds for certificates as well."""
    clock.now = datetime(2026, 3, 1, 19, 59, tzinfo=UTC)
    for item in (project(), cl.Project(id="c", instrument="I-REC-E", zone=BAKU, devices=("plant",))):
        says = "registered on 2026-03-02, but the entry is recorded on 2026-03-01"
        refused(plants, evolve(item, registered="2026-03-02"), "future-registration", says)
    clock.now = datetime(2026, 3, 1, 20, tzinfo=UTC)
    plants.register_project(project(registered="2026-03-02"))


CREDITING = [
    ("CDM-CER", "2024-01-01", 7, 1, None),
    ("CDM-CER", "2024-01-01", 10, 1, None),
    ("CDM-CER", "2024-01-01", 11, 1, "longer than 10 years, so it has to end on 2034-01-01"),
    ("CDM-CER", "2024-02-29", 7, 3, None),
    ("CDM-CER", "2024-01-01", 8, 2, "longer than 7 years, so it has to end on 2031-01-01"),
    ("CDM-CER", "2024-01-01", 7, 4, "crediting_period_ordinal is 4, but a project has at most 3 crediting periods"),
    ("GCC-ACC", "2021-01-01", 10, 1, None),
    ("GCC-ACC", "2020-01-01", 11, 1, "longer than 10 years, so it has to end on 2030-01-01"),
    (
        "GCC-ACC",
        "2030-01-01",
        1,
        2,
        "crediting_period_ordinal is 2, but a project has at most one crediting period, which is not renewed",
    ),
    ("GCC-ACC", "2021-01-02", 9, 1, "first device was commissioned on 2020-01-01, so it has to begin on 2021-01-01"),
    ("GCC-ACC", "2019-12-01", 10, 1, None),
    ("VCS-VCU", "2024-01-01", 12, 1, None),
    ("GS-VER", "2024-01-01", 5, 3, None),
    ("GS-VER", "2024-01-01", 6, 1, "longer than 5 years"),
    ("GS-VER", "2024-01-01", 5, 4, "crediting_period_ordinal is 4"),
    ("OWN", "2024-01-01", 40, 10, None),
]


@pytest.mark.parametrize(("instrument", "start", "count", "ordinal", "fault"), CREDITING)
def test_each_programme_admits_its_own_crediting_periods(
    plants: cl.Ledger, instrument: str, start: str, count: int, ordinal: int, fault: str | None
) -> None:
    """Issue 14: a fourth CDM period, an eleventh GCC year. CDM: 7 years renewable twice, or 10 years fixed. [S]

    GCC: at most 10 years, beginning within a year of operation. [S] Gold Standard: 5 years, 15 at most. [S]
    An instrument of one's own has no programme, so nothing is checked.
    """
    own = cl.Instrument(id="OWN", name="Own", unit="tCO2e", claim="emission-reduction")
    item = project(
        instrument=own if instrument == "OWN" else instrument,
        crediting_period=years(start, count),
        crediting_period_ordinal=ordinal,
    )
    if fault is None:
        plants.register_project(item)
        return
    refused(plants, item, "crediting-period", fault)
    plants.register_project(item, waivers=[LETTER])
    assert plants.audit().findings == ()


@pytest.mark.parametrize(
    ("count", "registered", "admitted"), [(6, "2026-12-31", True), (6, None, False), (5, None, True)]
)
def test_verra_admits_five_years_from_2027_on(
    plants: cl.Ledger, clock: Clock, count: int, registered: str | None, admitted: bool
) -> None:
    """VCS Standard v5.0, table 8: five years, renewable twice, for requests from 1 January 2027 on. [S]"""
    clock.now = END
    item = project(methodology="VMR0017@1.0", crediting_period=years("2027-02-01", count), registered=registered)
    if admitted:
        plants.register_project(item)
    else:
        refused(plants, item, "crediting-period", "longer than 5 years, so it has to end on 2032-02-01")


def test_the_first_device_that_operates_decides_when_crediting_begins(plants: cl.Ledger) -> None:
    """Global Carbon Council: crediting begins at most a year after operation began. [S]"""
    begins = {"instrument": "GCC-ACC", "crediting_period": years("2024-08-25", 10)}
    plants.register_project(project("one", devices=("later",), **begins))
    plants.register_project(project("two", devices=("planned", "later"), **begins))
    plants.register_project(project("three", devices=("planned",), **begins))
    history = dict.fromkeys(range(2018, 2023), "10 MWh")
    plants.register_device(device("old", capacity_before="1 MW"))
    rebuilt = {"baseline": "retrofit", "history": history, "replaced_on": "2030-01-01", "devices": ("old",)}
    plants.register_project(project("rebuilt", **(begins | rebuilt)))
    says = "commissioned on 2020-01-01"
    refused(plants, project("four", devices=("later", "plant"), **begins), "crediting-period", says)


def test_years_are_counted_in_the_projects_zone_to_the_second(plants: cl.Ledger) -> None:
    exact = cl.Period.of("2024-01-01T09:30+04:00", "2034-01-01T09:30+04:00")
    plants.register_project(project("exact", instrument="CDM-CER", crediting_period=exact))
    longer = cl.Period(exact.start_utc, exact.end_utc + 1)
    refused(plants, project("longer", instrument="CDM-CER", crediting_period=longer), "crediting-period", "10 years")


def test_ten_fixed_years_are_not_renewed_in_either_order(plants: cl.Ledger) -> None:
    """CDM: seven years, renewable twice, or ten years that are not renewed. [S]"""
    fixed = project("fixed", instrument="CDM-CER", crediting_period=years("2015-01-01", 10))
    later = {"instrument": "CDM-CER", "crediting_period": years("2025-01-01", 7), "crediting_period_ordinal": 2}
    plants.register_project(fixed)
    renewed = project("renewed", devices=("later", "plant"), **later)
    refused(plants, renewed, "crediting-period", "it renews that of project fixed, which is longer than 7 years")
    plants.register_project(project("apart", devices=("later",), **later))
    refused(
        plants,
        evolve(fixed, id="again", devices=("later",)),
        "crediting-period",
        "so it is not renewed, but project apart renews it",
    )
    plants.register_project(evolve(fixed, id="seven", devices=("later",), crediting_period=years("2018-01-01", 7)))
    plants.register_project(renewed, waivers=[LETTER])
    assert plants.audit().findings == ()


@pytest.mark.parametrize("start", ["2024-03-30T00:00Z", "2024-10-28T00:00Z", "2024-01-01T00:00Z"])
def test_a_crediting_period_of_whole_utc_years_has_no_more_years(ledger: cl.Ledger, start: str) -> None:
    """In Berlin, 30 March is in winter time in 2024 and in summer time in 2034: an hour is no eleventh year."""
    ledger.register_device(device("plant", zone="Europe/Berlin"))
    exact = cl.Period.of(start, start.replace("2024", "2034"))
    given: dict[str, Any] = {"instrument": "CDM-CER", "zone": "Europe/Berlin"}
    ledger.register_project(project("exact", crediting_period=exact, **given))
    day_more = cl.Period(exact.start_utc, exact.end_utc + 86_400)
    refused(ledger, project("more", crediting_period=day_more, **given), "crediting-period", "longer than 10 years")


def test_days_at_the_end_of_the_calendar_are_no_error(plants: cl.Ledger) -> None:
    last = cl.Period.of("9995-01-01", "9998-01-01", zone=BAKU)
    plants.register_project(project("last", instrument="CDM-CER", crediting_period=last))
    plants.register_device(device("far", commissioned="9999-06-01"))
    plants.register_project(
        project("far", instrument="GCC-ACC", devices=("far",), crediting_period=years("2024-01-01", 9))
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"registered": "2027-01-01"}, "registered on 2027-01-01"),
        (
            {"instrument": cl.instruments.BUILTIN["CDM-CER"].to_record(), "crediting_period_ordinal": 4},
            "crediting_period_ordinal is 4",
        ),
        ({"waivers": [{"name": "unknown", "reason": "r"}]}, "unknown"),
        ({"waivers": []}, "waivers"),
        ({"registered": "2025-1-1"}, "2025-1-1"),
    ],
)
def test_a_forged_entry_is_found(plants: cl.Ledger, fields: dict[str, Any], words: str) -> None:
    """Domain invariant 34: what no command writes, an audit finds."""
    plants.register_project(project())
    found = found_in(plants, plants.size - 1, lambda event: event.update(fields))
    assert words in found.detail


@pytest.fixture
def ends_in_may(monkeypatch: pytest.MonkeyPatch) -> Life:
    """A programme that lets a methodology be used until 31 May 2024; no programme is known to have done that."""
    row = Life(
        methodology="ACM0002@22.0",
        instrument="VCS-VCU",
        use_until=date(2024, 5, 31),
        successor="VMR0017@1.0",
        source="a test",
        confidence="C",
    )
    monkeypatch.setattr(life, "LIVES", (row,))
    return row


@pytest.mark.usefixtures("ends_in_may")
def test_no_generation_is_credited_after_the_last_day_of_use(plants: cl.Ledger) -> None:
    plants.register_project(project(crediting_period=years("2024-01-01", 7)))
    june = cl.Period.month(2024, 6, zone=BAKU)
    factor = cl.EmissionFactor(
        factor_id="f", value="0.5", unit="tCO2e/MWh", kind="combined_margin", region="AZ", source="a test"
    )
    for month in (MAY, june):
        plants.record_generation("plant", month, net="10 MWh")
    assert plants.quantify("hydro", MAY, factor=factor)
    with pytest.raises(errors.RefusedError, match=r"credits generation .* until 2024-05-31; use VMR0017@1\.0") as found:
        plants.quantify("hydro", june, factor=factor)
    assert found.value.rule == "methodology-life"
    assert plants.quantify("hydro", june, factor=factor, waivers=[GRACE])


def test_monitoring_periods_lie_inside_the_crediting_period(plants: cl.Ledger) -> None:
    """Domain invariant 21."""
    plants.register_project(project(instrument="CDM-CER", crediting_period=years("2024-05-02", 7)))
    plants.record_generation("plant", MAY, net="10 MWh")
    with pytest.raises(errors.OutsideCreditingPeriodError):
        plants.quantify("hydro", MAY)
