"""Generation and load documents of ENTSO-E: curves, resolutions, directions, the clocks of areas, and every refusal."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.support.lines_run import lines_run

from carbon_ledger.errors import CarbonLedgerError, MissingDataError, PeriodError, QuantityError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.formats.channels import Room
from carbon_ledger.metering.formats.entsoe import steps_in
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.meter_files import MeterFile, read_meter_file
from carbon_ledger.metering.steps import MeteredSteps

NAMES = {"name": "entsoe", "zone": "Europe/Berlin", "format": "entsoe"}
SPACE = "urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0"
ZONE = "10YDE-VE-------2"
FOUR = "2024-05-01T00:00Z", "2024-05-01T01:00Z", "PT15M"


def point(position: object, quantity: object, extra: str = "") -> str:
    return f"<Point><position>{position}</position><quantity>{quantity}</quantity>{extra}</Point>"


def period(points: Iterable[str], start: str = FOUR[0], end: str = FOUR[1], resolution: str = FOUR[2]) -> str:
    interval = f"<timeInterval><start>{start}</start><end>{end}</end></timeInterval>"
    shown = "\n".join(points)
    return f"<Period>{interval}\n<resolution>{resolution}</resolution>\n{shown}</Period>"


def numbered(*quantities: object) -> list[str]:
    return [point(at, quantity) for at, quantity in enumerate(quantities, 1)]


def series(
    *periods: str, way: str = "in", curve: str = "A01", unit: str = "MAW", kind: str = "<psrType>B16</psrType>",
    more: str = "", unit_name: str = "quantity_Measure_Unit.name",
) -> str:  # fmt: skip
    zone = f'<{way}BiddingZone_Domain.mRID codingScheme="A01">{ZONE}</{way}BiddingZone_Domain.mRID>' if way else ""
    psr = f"<MktPSRType>{kind}</MktPSRType>" if kind else ""
    shape = f"<curveType>{curve}</curveType>" if curve else ""
    head = f"<mRID>1</mRID><businessType>A01</businessType>{zone}{more}<{unit_name}>{unit}</{unit_name}>{shape}{psr}"
    return f"<TimeSeries>{head}{''.join(periods)}</TimeSeries>"


def document(*parts: str, space: str = SPACE, kind: str = "A75", process: str = "A16") -> bytes:
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<GL_MarketDocument xmlns="{space}"><mRID>a</mRID><type>{kind}</type>'
        f"<process.processType>{process}</process.processType>"
        '<sender_MarketParticipant.mRID codingScheme="A01">10X1001A1001A450</sender_MarketParticipant.mRID>'
    )
    return "\n".join([head, *parts, "</GL_MarketDocument>"]).encode()


def read(data: bytes, on_refusal: str = "raise", **fields: Any) -> tuple[list[MeteredSteps], FileReport]:
    report = FileReport("a75.xml", on_refusal)
    return list(steps_in(data, MeterLayout(**{**NAMES, **fields}), report)), report


def file(tmp_path: Path, data: bytes, on_refusal: str = "raise", **fields: Any) -> MeterFile:
    path = tmp_path / "a75.xml"
    path.write_bytes(data)
    return read_meter_file(path, MeterLayout(**{**NAMES, **fields}), on_refusal=on_refusal)


def energies(steps: MeteredSteps) -> list[Fraction]:
    return [Fraction(value, steps.denominator) for value in steps.numerators]


def test_power_is_multiplied_by_its_step(tmp_path: Path) -> None:
    found = file(tmp_path, document(series(period(numbered(10, 12, "14.4", 0)))))
    (run,) = found.runs
    assert run.net_wh == (2_500_000, 3_000_000, 3_600_000, 0)  # MW / 4, by hand
    assert (run.step_s, found.rows, found.meters) == (900, 4, (f"{ZONE}/B16",))


@pytest.mark.parametrize(
    ("unit", "wh"),
    [
        ("MAW", 250_000),
        ("KWT", 250),
        ("WTT", "1/4"),
        ("A90", 250_000_000),
        ("MWH", 10**6),
        ("KWH", 1_000),
        ("GWH", 10**9),
    ],
)
def test_units_are_those_of_the_code_list(unit: str, wh: object) -> None:
    (steps,), _ = read(document(series(period(numbered(1, 1, 1, 1)), unit=unit)))
    assert energies(steps) == [Fraction(str(wh))] * 4


@pytest.mark.parametrize(("minor", "name"), [("0", "Measure"), ("1", "Measure"), ("2", "Measurement")])
def test_the_versions_of_the_schema_are_read(minor: str, name: str) -> None:
    shown = series(period(numbered(1, 2, 3, 4)), unit_name=f"quantity_{name}_Unit.name")
    assert len(read(document(shown, space=SPACE[:-1] + minor))[0]) == 1


def test_a_position_left_out_of_a_curve_of_variable_blocks_repeats_the_one_before(tmp_path: Path) -> None:
    points = [point(1, 8), point(3, 4)]
    found = file(tmp_path, document(series(period(points), curve="A03")))
    assert found.runs[0].net_wh == (2_000_000, 2_000_000, 1_000_000, 1_000_000)
    assert found.rows == 2
    assert found.notes == (
        f"generation of {ZONE}/B16: a position that is left out repeats the one before it (curve type A03)",
    )


def test_a_curve_of_variable_blocks_may_have_all_positions() -> None:
    (steps,), report = read(document(series(period(numbered(1, 1, 1, 1)), curve="A03")))
    assert energies(steps) == [250_000] * 4
    assert not report.notes


def test_points_may_be_in_any_order() -> None:
    (steps,), _ = read(document(series(period(numbered(4, 8, 12, 16)[::-1]))))
    assert energies(steps) == [10**6, 2 * 10**6, 3 * 10**6, 4 * 10**6]


@pytest.mark.parametrize(
    ("resolution", "minutes"), [("PT1M", 1), ("PT5M", 5), ("PT15M", 15), ("PT30M", 30), ("PT60M", 60), ("PT1H", 60)]
)
def test_resolutions_of_minutes_and_hours(resolution: str, minutes: int) -> None:
    (steps,), _ = read(document(series(period(numbered(*[60] * (60 // minutes)), resolution=resolution))))
    assert {*steps.step_s} == {minutes * 60}
    assert sum(energies(steps)) == 60_000_000


def test_generation_and_consumption_of_a_unit_are_the_two_sides_of_a_meter(tmp_path: Path) -> None:
    data = document(series(period(numbered(0, 8, 8, 0))), series(period(numbered(4, 0, 0, 2)), way="out"))
    (run,) = file(tmp_path, data).runs
    assert run.export_wh == (0, 2_000_000, 2_000_000, 0)
    assert run.import_wh == (1_000_000, 0, 0, 500_000)


def test_total_load_is_consumption_of_the_zone(tmp_path: Path) -> None:
    found = file(tmp_path, document(series(period(numbered(4, 4, 4, 4)), way="out", kind=""), kind="A65"))
    assert (found.meters, found.total_wh) == ((ZONE,), -4_000_000)


UNIT = "<PowerSystemResources><mRID codingScheme='A01'>11WD2KUN1</mRID><name>Unit 1</name></PowerSystemResources>"
PLANT = '<registeredResource.mRID codingScheme="A01">11WD2PLANT</registeredResource.mRID>'


@pytest.mark.parametrize(
    ("kind", "more", "meter"),
    [
        ("<psrType>B04</psrType>" + UNIT, PLANT, "11WD2KUN1"),
        ("<psrType>B04</psrType>", PLANT, "11WD2PLANT"),
        ("<psrType>B04</psrType>" + UNIT + UNIT.replace("1<", "2<"), PLANT, "11WD2PLANT"),
        ("<psrType>B04</psrType>", "", f"{ZONE}/B04"),
        ("", "", ZONE),
    ],
)
def test_a_series_is_of_a_unit_a_plant_a_type_or_a_zone(kind: str, more: str, meter: str) -> None:
    (steps,), _ = read(document(series(period(numbered(1, 2, 3, 4)), kind=kind, more=more), kind="A73"))
    assert steps.meter == meter


def test_series_continue_each_other(tmp_path: Path) -> None:
    later = period(numbered(4, 4), "2024-05-01T02:00Z", "2024-05-01T04:00Z", "PT60M")
    found = file(tmp_path, document(series(period(numbered(4, 4, 4, 4))), series(later, unit="KWT")))
    assert [(run.step_s, len(run.net_wh)) for run in found.runs] == [(900, 4), (3600, 2)]
    assert found.total_wh == 4_000_000 + 8_000
    assert [gap.end_utc - gap.start_utc for gap in found.gaps] == [3600]


def test_days_are_those_of_the_area_whose_clocks_change() -> None:
    """In Berlin, 31 March 2024 has 23 hours and 27 October has 25."""
    spring = period(numbered(1, 1), "2024-03-29T23:00Z", "2024-03-31T22:00Z", "P1D")
    autumn = period(numbered(1, 1), "2024-10-25T22:00Z", "2024-10-27T23:00Z", "P1D")
    (steps,), _ = read(document(series(spring, autumn)))
    assert [step_s // 3600 for step_s in steps.step_s] == [24, 23, 24, 25]
    assert energies(steps) == [hours * 10**6 for hours in (24, 23, 24, 25)]
    (utc,), _ = read(document(series(period(numbered(1), "2024-03-31T00:00Z", "2024-04-01T00:00Z", "P1D"))), zone="UTC")
    assert [*utc.step_s] == [86_400]


def test_weeks_months_and_years_are_those_of_the_area() -> None:
    for resolution, start, end, hours in (
        ("P7D", "2024-03-24T23:00Z", "2024-04-07T22:00Z", [167, 168]),
        ("P1M", "2024-01-31T23:00Z", "2024-03-31T22:00Z", [29 * 24, 31 * 24 - 1]),
        ("P1M", "2023-11-30T23:00Z", "2024-01-31T23:00Z", [31 * 24, 31 * 24]),
        ("P1Y", "2023-12-31T23:00Z", "2025-12-31T23:00Z", [366 * 24, 365 * 24]),
    ):
        (steps,), _ = read(document(series(period(numbered(5, 7), start, end, resolution), unit="MWH")))
        assert [step_s // 3600 for step_s in steps.step_s] == hours
        assert energies(steps) == [5_000_000, 7_000_000]


def test_times_are_utc_when_the_clocks_change() -> None:
    """The local hour that occurs twice is two hours of UTC."""
    (steps,), _ = read(
        document(series(period(numbered(*range(25)), "2024-10-26T22:00Z", "2024-10-27T23:00Z", "PT60M")))
    )
    starts = [*steps.start_utc]
    assert starts == list(range(starts[0], starts[0] + 25 * 3600, 3600))


@pytest.mark.parametrize(("code", "quality"), [("A01", "substituted"), ("A03", "estimated"), ("A04", "measured")])
def test_quality_codes_are_those_of_the_code_list(code: str, quality: str) -> None:
    points = [point(at, 1, f"<quality>{code}</quality>") for at in range(1, 5)]
    assert read(document(series(period(points))))[0][0].quality == quality


def test_a_quantity_that_is_not_available_is_refused_or_a_gap(tmp_path: Path) -> None:
    points = [point(1, 4), point(2, 0, "<quality>A02</quality>"), point(4, 4)]
    data = document(series(period(points), curve="A03"))
    with pytest.raises(MissingDataError, match="line 6, quantity: not available; ask for the data"):
        read(data)
    found = file(tmp_path, data, numbers={"missing_is": "gap"})
    assert (found.total_wh, found.rows) == (2_000_000, 2)
    assert [gap.end_utc - gap.start_utc for gap in found.gaps] == [1800]  # the position after it repeats it


def test_the_layout_says_what_a_code_is_and_what_no_code_is() -> None:
    (steps,), _ = read(document(series(period(numbered(1, 2, 3, 4)))), quality={"default": "estimated"})
    assert steps.quality == "estimated"
    points = [point(at, 1, "<quality>A05</quality>") for at in range(1, 5)]
    assert read(document(series(period(points))), quality={"flags": {"A05": "estimated"}})[0][0].quality == "estimated"


ACK = b'<Acknowledgement_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0"/>'
ONE = numbered(1, 2, 3, 4)
REFUSED: dict[str, tuple[bytes, type[CarbonLedgerError], str]] = {
    "no XML": (b"<GL", QuantityError, "line 1: not well-formed XML"),
    "DOCTYPE": (b"<!DOCTYPE GL_MarketDocument><GL_MarketDocument/>", QuantityError, "has a document type"),
    "acknowledgement": (
        ACK,
        MissingDataError,
        "line 1: an acknowledgement, with which the platform answers that it has no",
    ),
    "prices": (
        document().replace(b"GL_", b"Publication_"),
        QuantityError,
        "the document is a 'Publication_MarketDocument'",
    ),
    "namespace": (
        document(space="urn:x"),
        QuantityError,
        "of the namespace 'urn:x'; expected a GL_MarketDocument of urn:iec",
    ),
    "version": (
        document(space=SPACE.replace("3:0", "9:0")),
        QuantityError,
        "generationloaddocument:9:0'; expected a GL_Mar",
    ),
    "empty": (document(), MissingDataError, "a75.xml: no TimeSeries; expected at least one"),
    "capacity": (
        document(series(period(ONE)), kind="A68"),
        QuantityError,
        "a75.xml: the document is of type 'A68'; expected",
    ),
    "reservoir": (
        document(series(period(ONE)), kind="A72"),
        QuantityError,
        "of type 'A72'; expected one of A65 (total load)",
    ),
    "forecast": (
        document(series(period(ONE)), process="A01"),
        QuantityError,
        "of process type 'A01'; expected A16, realised",
    ),
    "cancelled": (
        document(series(period(ONE), more="<cancelledTS>A01</cancelledTS>")),
        QuantityError,
        "cancelledTS: A01",
    ),
    "no zone": (
        document(series(period(ONE), way="")),
        QuantityError,
        "line 3, TimeSeries: expected either an inBiddingZone",
    ),
    "two zones": (
        document(series(period(ONE), more="<outBiddingZone_Domain.mRID>x</outBiddingZone_Domain.mRID>")),
        QuantityError,
        "line 3, TimeSeries: expected either an inBiddingZone_Domain.mRID (generation) or an outBiddingZone",
    ),
    "unit": (
        document(series(period(ONE), unit="MAR")),
        QuantityError,
        "quantity_Measure_Unit.name: 'MAR': expected a unit",
    ),
    "curve": (
        document(series(period(ONE), curve="A02")),
        QuantityError,
        "curveType: 'A02': expected A01 (blocks of fixed",
    ),
    "missing in A01": (
        document(series(period([ONE[0], ONE[1], ONE[3]]))),
        MissingDataError,
        "line 3, Period: 3 of 4 positions, and position 3 is missing; expected each of them in a curve of type A01",
    ),
    "missing without a curve": (document(series(period(ONE[:3]), curve="")), MissingDataError, "position 4 is missing"),
    "no first": (
        document(series(period(ONE[1:]), curve="A03")),
        MissingDataError,
        "position 1 is missing; expected it in a",
    ),
    "no point": (document(series(period([]), curve="A03")), MissingDataError, "Period: position 1 is missing"),
    "position twice": (
        document(series(period([*ONE, ONE[2]]))),
        QuantityError,
        "line 9, position: 3 is also the position of",
    ),
    "position 0": (
        document(series(period([point(0, 1)]))),
        QuantityError,
        "position: '0': the interval has the positions 1",
    ),
    "position 5": (
        document(series(period([*ONE, point(5, 1)]))),
        QuantityError,
        "position: '5': the interval has the positi",
    ),
    "no quantity": (
        document(series(period([point(1, ""), *ONE[1:]]))),
        QuantityError,
        "line 5, quantity: '': expected a deci",
    ),
    "comma": (
        document(series(period([point(1, "1,5"), *ONE[1:]]))),
        QuantityError,
        "quantity: '1,5': expected a decimal",
    ),
    "exponent": (
        document(series(period([point(1, "1e3"), *ONE[1:]]))),
        QuantityError,
        "quantity: '1e3': expected a decimal",
    ),
    "quality": (
        document(series(period([point(1, 1, "<quality>A05</quality>"), *ONE[1:]]))),
        QuantityError,
        "line 5, quality: the quality flag 'A05' is not one of A01, A03, A04, A06",
    ),
    "no interval": (document(series("<Period/>")), PeriodError, "line 3, Period: no timeInterval; expected its start"),
    "backwards": (
        document(series(period(ONE, FOUR[1], FOUR[0]))),
        PeriodError,
        "timeInterval: it ends at 2024-05-01T00:00:00Z",
    ),
    "an offset": (document(series(period(ONE, "2024-05-01T02:00+02:00"))), PeriodError, "expected a time in UTC, e.g."),
    "no such day": (document(series(period(ONE, "2023-02-29T00:00Z"))), PeriodError, "line 3, timeInterval, start: "),
    "resolution": (
        document(series(period(ONE, resolution="PT15S"))),
        PeriodError,
        "resolution: 'PT15S': expected minutes",
    ),
    "resolution 0": (
        document(series(period(ONE, resolution="PT0M"))),
        PeriodError,
        "resolution: 'PT0M': expected minutes",
    ),
    "part of a step": (
        document(series(period(ONE, resolution="PT25M"))),
        PeriodError,
        "timeInterval: from 2024-05-01T00:00:00Z to 2024-05-01T01:00:00Z is not a whole number of steps of PT25M",
    ),
    "many steps": (
        document(series(period(ONE, "1971-01-01T00:00Z", resolution="PT1M"))),
        PeriodError,
        "at most 999,999",
    ),
    "another zone": (
        document(series(period(numbered(1), "2024-05-01T00:00Z", "2024-05-02T00:00Z", "P1D"))),
        PeriodError,
        "2024-05-01T00:00:00Z is not the start of a step of P1D in Europe/Berlin; give the zone of the area",
    ),
    "no month": (
        document(series(period(numbered(1), "2024-05-01T22:00Z", "2024-06-01T22:00Z", "P1M"))),
        PeriodError,
        "is not the start of a step of P1M",
    ),
    "no year": (
        document(series(period(numbered(1), "2024-01-31T23:00Z", "2025-01-31T23:00Z", "P1Y"))),
        PeriodError,
        "is not the start of a step of P1Y",
    ),
    "part of a day": (
        document(series(period(numbered(1), "2024-04-30T22:00Z", "2024-05-01T12:00Z", "P1D"))),
        PeriodError,
        "is not a whole number of steps of P1D",
    ),
    "centuries": (
        document(series(period(numbered(1), "1999-12-31T23:00Z", "2999-12-31T23:00Z", "P1D"))),
        PeriodError,
        "line 3, timeInterval: longer than 36,600 days; divide the file",
    ),
    "two units": (
        document(series(period(ONE), more="<quantity_Measure_Unit.name>MWH</quantity_Measure_Unit.name>")),
        QuantityError,
        "quantity_Measure_Unit.name: TimeSeries of line 3 has 2 of them; expected one",
    ),
    "sides of other steps": (
        document(series(period(ONE)), series(period(numbered(1), end="2024-05-01T00:15Z"), way="out")),
        MissingDataError,
        f"generation of {ZONE}/B16: the step of 900 s from 2024-05-01T00:15:00Z has a value here and none in con",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_known_is_refused_by_line_and_element(name: str) -> None:
    data, kind, text = REFUSED[name]
    with pytest.raises(kind) as raised:
        read(data)
    assert type(raised.value) is kind
    assert text in str(raised.value)
    assert str(raised.value).startswith("a75.xml")


def test_a_small_file_does_not_become_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Room, "of", lambda _: Room(4, 4))
    one = series(period([point(1, 4)]), curve="A03")
    other = series(period([point(1, 4), point(2, 4)]), curve="A03", kind="")
    assert len(read(document(one))[0]) == 1
    with pytest.raises(
        QuantityError, match="line 6, Period: more than 4 positions of the document are left out; divide"
    ):
        read(document(one, other))
    assert [steps.meter for steps in read(document(one, other), "report")[0]] == [f"{ZONE}/B16"]


def test_what_is_left_out_of_a_small_file_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Positions that are not available, and those of refused periods, are remembered: they count as those repeated."""
    monkeypatch.setattr(Room, "of", lambda _: Room(4, 4))
    missing = point(1, 4, "<quality>A02</quality>")
    later = ("2024-05-02T00:00Z", "2024-05-02T01:00Z")
    gaps = series(period([missing]), period([missing], *later), curve="A03")
    with pytest.raises(QuantityError, match="line 5, Period: more than 4 positions of the document are left out"):
        read(document(gaps), numbers={"missing_is": "gap"})
    refused = [period([point(1, "x")], *later) for _ in range(3)]
    steps, report = read(document(series(*refused, period([point(1, 1)]), curve="A03")), "report")
    assert len(report.refused) == 4
    assert not steps


def test_the_lines_run_for_many_series_grow_with_their_number() -> None:
    def of(count: int) -> bytes:
        some = [series(period(numbered(4), *FOUR[:2], "PT60M")).replace(ZONE, f"Z{k}") for k in range(count)]
        return document(*some)

    assert len(read(of(100))[0]) == 100
    few, many = (lines_run(read, of(count)) for count in (100, 400))
    assert many <= 5 * few
