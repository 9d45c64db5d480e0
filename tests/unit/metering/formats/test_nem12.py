"""NEM12 files made by the specification: what is read of them exactly, every refusal, and another reader's sums."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.errors import CarbonLedgerError, MissingDataError, OverlapError, PeriodError, QuantityError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.formats.channels import Room
from carbon_ledger.metering.formats.nem12 import steps_in
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.meter_files import MeterFile, read_meter_file
from carbon_ledger.metering.steps import MeteredSteps
from carbon_ledger.periods import instant_utc

HEAD = "100,NEM12,202405020000,MDP1,RETAILER1"
NAMES = {"name": "nem12", "zone": "Australia/Brisbane", "format": "nem12"}


def stream(
    suffix: str = "B1", *, nmi: str = "6001000001", has: str = "B1", unit: str = "kWh", minutes: object = 30
) -> str:
    return f"200,{nmi},{has},1,{suffix},N1,5012,{unit},{minutes},"


def day(text: str = "20240501", values: object = "1.5", flag: str = "A", *, count: int = 48) -> str:
    items = values.split() if isinstance(values, str) else values
    assert isinstance(items, list)
    items = items * count if len(items) == 1 else items
    return f"300,{text},{','.join(items)},{flag},,,20240502010203,20240502020304"


def document(*records: str, end: str = "900") -> bytes:
    return "\r\n".join([HEAD, *records, end, ""]).encode()


def read(data: bytes, on_refusal: str = "raise", **fields: Any) -> tuple[list[MeteredSteps], FileReport]:
    report = FileReport("may.csv", on_refusal)
    return list(steps_in(data, MeterLayout(**{**NAMES, **fields}), report)), report


def file(tmp_path: Path, data: bytes, on_refusal: str = "raise", **fields: Any) -> MeterFile:
    path = tmp_path / "may.csv"
    path.write_bytes(data)
    return read_meter_file(path, MeterLayout(**{**NAMES, **fields}), on_refusal=on_refusal)


def test_a_day_of_generation_is_48_half_hours_of_market_time(tmp_path: Path) -> None:
    values = [f"{k}.25" for k in range(48)]
    found = file(tmp_path, document(stream(), day("20240501", values)))
    (run,) = found.runs
    assert datetime.fromtimestamp(run.start_utc, UTC) == datetime(2024, 4, 30, 14, tzinfo=UTC)  # midnight of UTC+10
    assert (run.step_s, len(run.net_wh), found.rows) == (1800, 48, 48)
    assert found.total_wh == sum(range(48)) * 1000 + 48 * 250  # 1,140 kWh, computed apart
    assert found.meters == ("6001000001",)


def test_suffix_e_is_taken_from_the_grid_and_b_is_fed_into_it(tmp_path: Path) -> None:
    found = file(
        tmp_path,
        document(stream("E1", has="E1B1"), day(values="0.4"), stream("B1", has="E1B1"), day(values="1.5")),
    )
    (run,) = found.runs
    assert run.export_wh is not None
    assert run.import_wh is not None
    assert (run.export_wh[0], run.import_wh[0], run.net_wh[0]) == (1500, 400, 1100)


def test_streams_of_one_direction_are_added(tmp_path: Path) -> None:
    records = [record for suffix in ("E1", "E2") for record in (stream(suffix, has="E1E2"), day(values="0.4"))]
    assert file(tmp_path, document(*records)).total_wh == -48 * 800


def test_market_time_has_no_summer_time() -> None:
    (steps,), _ = read(document(stream(), day("20241005"), day("20241006"), day("20241007")))  # clocks of Sydney change
    starts = [*steps.start_utc]
    assert starts == list(range(starts[0], starts[0] + 3 * 86_400, 1800))


@pytest.mark.parametrize(("unit", "wh"), [("Wh", 1), ("KWH", 1_000), ("kwh", 1_000), ("MWh", 1_000_000)])
def test_units_are_read_in_any_case(unit: str, wh: int) -> None:
    (steps,), _ = read(document(stream(unit=unit), day(values="2")))
    assert sum(steps.numerators) == 96 * wh * steps.denominator


@pytest.mark.parametrize("minutes", [1, 5, 15, 30, 60])
def test_a_day_has_1440_minutes_of_intervals(minutes: int) -> None:
    count = 1440 // minutes
    (steps,), _ = read(document(stream(minutes=minutes), day(count=count)))
    assert (len(steps.start_utc), {*steps.step_s}) == (count, {minutes * 60})


def test_values_finer_than_a_watt_hour_lose_nothing() -> None:
    values = ["0.0001", *["1"] * 46, ".30005"]
    (steps,), _ = read(document(stream(), day(values=values)))
    total = Fraction(sum(steps.numerators), steps.denominator)
    assert total == Fraction("0.1") + 46_000 + Fraction("300.05")


def test_a_stream_continues_after_another_200_record_and_may_change_its_interval() -> None:
    data = document(
        stream(),
        day("20240501"),
        stream(nmi="6001000002"),
        day("20240501"),
        stream(minutes=5),
        day("20240502", count=288),
    )
    first, other = read(data)[0]
    assert (first.meter, len(first.start_utc), other.meter, len(other.start_utc)) == (
        "6001000001",
        336,
        "6001000002",
        48,
    )
    assert [*first.step_s] == [1800] * 48 + [300] * 288


def test_other_streams_are_passed_over_by_name() -> None:
    data = document(stream("Q1", has="B1Q1", unit="kVArh"), day(values="x"), "400,1,2,A,,", stream(has="B1Q1"), day())
    (steps,), report = read(data)
    assert (steps.role, report.rows) == ("export", 48)
    assert report.notes == ["NMI 6001000001: the stream Q1 in kVArh was passed over; B and E are active energy"]


def test_quality_flags_map_to_three_words() -> None:
    for flag, quality in (("A", "measured"), ("S14", "substituted"), ("F55", "substituted"), ("E52", "estimated")):
        ((steps,), _) = read(document(stream(), day(flag=flag)))
        assert steps.quality == quality
    ((steps,), _) = read(document(stream(), day(flag="S14")), quality={"flags": {"S14": "measured"}})
    assert steps.quality == "measured"


def test_400_records_give_the_quality_of_each_interval() -> None:
    data = document(stream(), day(flag="V"), "400,1,20,A,,", "400,21,24,S14,32,", "400,25,48,E52,,", "500,N,SO1,,")
    (steps,), _ = read(data)
    assert [*steps.quality] == ["measured"] * 20 + ["substituted"] * 4 + ["estimated"] * 24


def test_400_records_may_add_reasons_to_a_day_of_one_quality() -> None:
    (steps,), _ = read(document(stream(), day(flag="A"), "400,5,8,A,79,Power Outage Alarm"))
    assert steps.quality == "measured"


def test_null_data_are_refused_or_a_gap(tmp_path: Path) -> None:
    values = ["1.5"] * 10 + ["0"] * 2 + [""] * 2 + ["1.5"] * 34
    data = document(stream(), day(values=values, flag="V"), "400,1,10,A,,", "400,11,14,N,,", "400,15,48,A,,")
    with pytest.raises(MissingDataError, match="line 3, IntervalValue11: the value is null; ask for the data, or read"):
        read(data)
    found = file(tmp_path, data, numbers={"missing_is": "gap"})
    assert (found.total_wh, found.rows, len(found.runs)) == (44 * 1500, 44, 2)
    assert [gap.end_utc - gap.start_utc for gap in found.gaps] == [4 * 1800]


def test_null_data_with_a_value_are_refused() -> None:
    with pytest.raises(QuantityError, match=r"IntervalValue1: '1\.5': null data"):
        read(document(stream(), day(flag="N")))


def test_an_empty_value_is_null_whatever_its_quality() -> None:
    with pytest.raises(MissingDataError, match="IntervalValue3"):
        read(document(stream(), day(values=["1", "1", "", *["1"] * 45])))


def test_a_time_with_a_null_stream_is_a_gap_of_the_meter(tmp_path: Path) -> None:
    data = document(stream("E1", has="E1B1"), day(values=["", *["1"] * 47]), stream("B1", has="E1B1"), day(values="2"))
    found = file(tmp_path, data, numbers={"missing_is": "gap"})
    assert (found.total_wh, len(found.gaps)) == (47_000, 1)
    assert found.notes == (
        "meter 6001000001: 1 values were left out, since another channel has no value at their time",
    )


def test_a_stream_that_the_configuration_does_not_list_is_0(tmp_path: Path) -> None:
    """The panels came on 2 May: from then on, the meter has B1."""
    data = document(
        stream("E1", has="E1"), day("20240501", "1"), stream("E1", has="E1B1"), day("20240502", "1"),
        stream("B1", has="E1B1"), day("20240502", "3"),
    )  # fmt: skip
    found = file(tmp_path, data)
    assert found.total_wh == 48 * (-1000) + 48 * 2000
    assert found.gaps == ()
    assert found.notes == ("NMI 6001000001: the stream B1 does not exist on some days, on which it is 0",)


def test_a_day_without_a_stream_of_the_configuration_is_refused(tmp_path: Path) -> None:
    data = document(
        stream("E1", has="E1B1"), day("20240501"), day("20240502"), stream("B1", has="E1B1"), day("20240502")
    )
    with pytest.raises(MissingDataError, match="line 3, NMIConfiguration: NMI 6001000001: the day has no record of B1"):
        read(data)
    found = file(tmp_path, data, "report")
    assert (found.total_wh, len(found.refused)) == (0, 1)
    assert str(found.period).startswith("2024-05-01T00:00:00+10:00 to 2024-05-03T00:00:00+10:00")


def test_blank_lines_quotation_marks_and_a_byte_order_mark_are_read() -> None:
    quoted = day().replace(",A,,,", ',A,0,"a reason, in words",')
    data = b"\xef\xbb\xbf" + document(stream(), "", quoted, ",,,")
    assert len(read(data)[0][0].start_utc) == 48


def test_a_registered_name_reads_the_file(tmp_path: Path) -> None:
    path = tmp_path / "may.csv"
    path.write_bytes(document(stream(), day()))
    assert read_meter_file(path, "nem12").total_wh == 72_000


V = day(flag="V")
REFUSED: dict[str, tuple[bytes, type[CarbonLedgerError], str]] = {
    "empty": (b"", QuantityError, "may.csv: the file is empty"),
    "blank": (b"\n , \n", QuantityError, "may.csv: the file is empty"),
    "not text": (b"100,NEM12\n\xff", QuantityError, "line 2: not UTF-8"),
    "no header": (
        document()[len(HEAD) + 2 :],
        QuantityError,
        "line 1: '900'; expected the header record of a NEM12 file",
    ),
    "another file": (b"time,net\n1,2\n", QuantityError, "line 1: 'time,net'; expected the header record"),
    "NEM13": (b"100,NEM13,2024,M,R\n", QuantityError, "the file is NEM13, standings of registers over months"),
    "a record of NEM13": (document("250,1,11"), QuantityError, "line 2: a 250 record, which belongs to NEM13"),
    "no end": (
        document(stream(), day(), end=""),
        MissingDataError,
        "line 3: the file ends without an end record (900)",
    ),
    "after the end": (document("900", day()), QuantityError, "line 3: a record after the end record (900)"),
    "two files": (document(stream(), day()) * 2, QuantityError, "line 5: a record after the end record"),
    "unknown": (document("700,1"), QuantityError, "line 2: a record that begins with '700'; expected 200, 300"),
    "no stream": (document(day()), QuantityError, "line 2: a 300 record before a 200 record"),
    "no day": (document(stream(), "400,1,48,A,,"), QuantityError, "line 3: a 400 record before a 300 record"),
    "short 200": (document("200,6001000001,B1"), QuantityError, "line 2: a 200 record of 3 fields; expected 9"),
    "long 200": (document(stream() + ",,1"), QuantityError, "line 2: a 200 record of 12 fields"),
    "NMI": (document(stream(nmi="60 01")), QuantityError, "line 2, NMI: '60 01': expected an identifier"),
    "no NMI": (document(stream(nmi="")), QuantityError, "line 2, NMI: '': expected an identifier"),
    "suffix": (document(stream("b1")), QuantityError, "line 2, NMISuffix: 'b1': expected a letter and a digit"),
    "configuration": (document(stream(has="B1E")), QuantityError, "line 2, NMIConfiguration: 'B1E': expected the suff"),
    "interval": (
        document(stream(minutes=7)),
        QuantityError,
        "line 2, IntervalLength: '7': expected minutes that divide",
    ),
    "no interval": (document(stream(minutes="")), QuantityError, "line 2, IntervalLength: '': expected"),
    "unit": (document(stream(unit="kVArh")), QuantityError, "line 2, UOM: 'kVArh': the stream B1 is active energy"),
    "only reactive": (
        document(stream("Q1", unit="kVArh"), day()),
        MissingDataError,
        "may.csv: no data stream of active energy (suffix B or E): NMI 6001000001: the stream Q1 in kVArh was pass",
    ),
    "a long line": (
        document(stream(), "300," + "1" * (1 << 20)),
        QuantityError,
        "line 3: a line of more than 1,048,576 characters; expected a record",
    ),
    "no data": (
        document(),
        MissingDataError,
        "may.csv: no data stream of active energy (suffix B or E): the file has no",
    ),
    "date": (document(stream(), day("20230229")), PeriodError, "line 3, IntervalDate: '20230229': expected a date"),
    "old date": (document(stream(), day("19691231")), PeriodError, "line 3, IntervalDate: '19691231': expected a date"),
    "date form": (document(stream(), day("2024-05-01")), PeriodError, "line 3, IntervalDate: '2024-05-01': expected"),
    "few": (document(stream(), day(count=47)), QuantityError, "line 3: 47 values before the quality flag; expected 48"),
    "many": (
        document(stream(), day(count=50)),
        QuantityError,
        "line 3: 50 values before the quality flag; expected 48",
    ),
    "no quality": (document(stream(), "300,20240501,1"), QuantityError, "line 3, QualityMethod: no quality flag after"),
    "more fields": (document(stream(), day() + ",,x"), QuantityError, "line 3: a 300 record of 57 fields; expected 55"),
    "exponent": (
        document(stream(), day(values="1e3")),
        QuantityError,
        "line 3, IntervalValue1: '1e3': expected a decimal",
    ),
    "comma": (document(stream(), day(values='"1,5"')), QuantityError, "IntervalValue1: '1,5': expected a decimal"),
    "thousands": (document(stream(), day(values='"1,500.5"')), QuantityError, "IntervalValue1: '1,500.5': expected"),
    "negative": (
        document(stream(), day(values="-1")),
        QuantityError,
        "IntervalValue1: '-1': expected a decimal number of 0",
    ),
    "quotes": (
        document(stream(), '300,"2024'),
        QuantityError,
        "line 3: the quotation marks of the record do not match",
    ),
    "no method": (document(stream(), day(flag="S")), QuantityError, "line 3, QualityMethod: S: without a method"),
    "flag": (
        document(stream(), day(flag="Z")),
        QuantityError,
        "line 3, QualityMethod: 'Z': expected one of A, E, F, N",
    ),
    "V alone": (
        document(stream(), V),
        QuantityError,
        "line 3, QualityMethod: V, and no 400 record has the quality of inter",
    ),
    "V not covered": (document(stream(), V, "400,1,47,A,,"), QuantityError, "has the quality of interval 48"),
    "V in the middle": (
        document(stream(), V, "400,1,9,A,,", "400,11,48,A,,"),
        QuantityError,
        "of interval 10; expected",
    ),
    "overlap of 400": (
        document(stream(), V, "400,1,20,A,,", "400,20,48,S14,1,"),
        QuantityError,
        "line 5, StartInterval: the intervals 20 to 48 overlap or precede those before, up to 20",
    ),
    "V in 400": (
        document(stream(), V, "400,1,48,V,,"),
        QuantityError,
        "line 4, QualityMethod: 'V': expected one of A, E",
    ),
    "short 400": (document(stream(), V, "400,1"), QuantityError, "line 4: a 400 record of 2 fields"),
    "400 outside": (
        document(stream(), V, "400,1,49,A,,"),
        QuantityError,
        "line 4, StartInterval: '1 to 49': expected inter",
    ),
    "400 backwards": (document(stream(), V, "400,9,8,A,,"), QuantityError, "line 4, StartInterval: '9 to 8': expected"),
    "400 of another": (
        document(stream(), day(), "400,1,48,S14,1,"),
        QuantityError,
        "line 4, QualityMethod: S14, and the day of line 3 has A; expected the flag V for a day of several qualities",
    ),
    "twice": (
        document(stream(), day(), day()),
        OverlapError,
        "line 4, IntervalDate: NMI 6001000001, stream B1: the day 20240501 is also that of line 3; remove the record",
    ),
    "twice elsewhere": (
        document(stream(), day(), stream(), day()),
        OverlapError,
        "line 5, IntervalDate: NMI 6001000001",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_nem12_is_refused_by_line_and_field(name: str) -> None:
    data, kind, text = REFUSED[name]
    with pytest.raises(kind) as raised:
        read(data)
    assert type(raised.value) is kind
    assert text in str(raised.value)
    assert str(raised.value).startswith("may.csv")


def test_a_refused_day_is_a_gap_and_the_rest_is_read(tmp_path: Path) -> None:
    data = document(
        stream(), day("20240501"), day("20240502", "1e3"), "400,1,2,A,,", day("20240503", flag="V"), "400,0,48,A,,",
        "400,1,48,A,,", day("20240504"), stream(unit="kW"), day("20240505"), end="",
    )  # fmt: skip
    found = file(tmp_path, data, "report")
    assert [(item.line, item.column, item.error) for item in found.refused] == [
        (4, "IntervalValue1", "QuantityError"),
        (7, "StartInterval", "QuantityError"),
        (10, "UOM", "QuantityError"),
        (11, "", "MissingDataError"),
    ]
    assert (found.total_wh, found.rows) == (2 * 72_000, 96)
    assert [gap.end_utc - gap.start_utc for gap in found.gaps] == [2 * 86_400]


@pytest.mark.parametrize("wrong", [day(values="1e3"), day(count=47), day(flag="V") + "\r\n400,1,9,B,,"])
def test_a_day_refused_in_one_stream_is_a_gap_of_the_meter(tmp_path: Path, wrong: str) -> None:
    one, other = stream("E1", has="E1B1"), stream("B1", has="E1B1")
    found = file(tmp_path, document(one, day(), day("20240502"), other, wrong, day("20240502", "2")), "report")
    assert (found.total_wh, len(found.refused), len(found.gaps)) == (48 * 500, 1, 1)


STEPS = st.sampled_from([5, 15, 30])
NUMBERS = st.tuples(st.integers(0, 10**9), st.integers(0, 6))


def printed(digits: int, places: int) -> str:
    return f"{digits // 10**places}.{digits % 10**places:0{places}}" if places else str(digits)


@given(st.data())
def test_any_file_is_read_back_exactly(data: st.DataObject) -> None:
    minutes = data.draw(STEPS)
    count = 1440 // minutes
    numbers = data.draw(st.lists(NUMBERS, min_size=2, max_size=6))
    first = data.draw(st.dates(date(1971, 1, 1), date(2099, 1, 1)))
    flags = data.draw(st.lists(st.sampled_from(["A", "S14", "F51", "E52"]), min_size=1, max_size=3))
    records, expected = [stream(minutes=minutes)], []
    for number, flag in enumerate(flags):
        values = [numbers[(at + number) % len(numbers)] for at in range(count)]
        text = (first + timedelta(days=number)).strftime("%Y%m%d")
        records.append(day(text, [printed(*value) for value in values], flag))
        start = instant_utc(f"{first + timedelta(days=number)}T00:00:00+10:00", "start")
        expected += [(start + at * minutes * 60, Fraction(d, 10**p) * 1000, flag) for at, (d, p) in enumerate(values)]
    (steps,), report = read(document(*records))
    qualities = [steps.quality] * len(expected) if isinstance(steps.quality, str) else steps.quality
    words = {"A": "measured", "S14": "substituted", "F51": "substituted", "E52": "estimated"}
    assert report.rows == len(expected)
    energies = [Fraction(number, steps.denominator) for number in steps.numerators]
    assert list(zip(steps.start_utc, energies, qualities, strict=True)) == [
        (start, energy, words[flag]) for start, energy, flag in expected
    ]


ORACLE = "aemo_mdff_reader"


@pytest.mark.outside
@given(st.lists(NUMBERS, min_size=1, max_size=48), st.sampled_from(["Wh", "kWh", "MWh"]), st.booleans())
def test_another_reader_finds_the_same_values(numbers: list[tuple[int, int]], unit: str, is_short: bool) -> None:
    """It reads values as floats; the shortest text of each float is what the file has, of at most 16 digits."""
    if find_spec(ORACLE) is None:
        pytest.skip("no other reader of NEM12: aemo-mdff-reader, of the extra `test`, is not installed")
    minutes = 5 if is_short else 30
    values = [printed(*numbers[at % len(numbers)]) for at in range(1440 // minutes)]
    records = [
        record
        for suffix in ("E1", "B1")
        for record in (
            stream(suffix, has="E1B1", unit=unit, minutes=minutes),
            day(values=values),
            day("20240502", values),
        )
    ]
    data = document(*records)
    theirs = Counter[tuple[str, int]]()
    unit_wh = {"Wh": 1, "kWh": 1_000, "MWh": 1_000_000}[unit]
    for reading in import_module(ORACLE).parse(data.decode().splitlines()):
        start = int(reading.interval_start.replace(tzinfo=UTC).timestamp()) - 36_000
        role = {"E": "import", "B": "export"}[reading.nmi_suffix[0]]
        theirs[role, start] += Fraction(repr(reading.value)) * unit_wh  # type: ignore[assignment]
    ours = {
        (steps.role, start): Fraction(value, steps.denominator)
        for steps in read(data)[0]
        for start, value in zip(steps.start_utc, steps.numerators, strict=True)
    }
    assert ours == theirs


def test_a_small_file_does_not_become_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals of refused days are remembered, and streams that do not exist are 0: both without text in the file."""
    monkeypatch.setattr(Room, "of", lambda _: Room(96, 96))
    refused = [f"300,202405{day:02}" for day in range(1, 4)]
    assert len(read(document(stream(), *refused[:2]), "report")[1].refused) == 2
    with pytest.raises(QuantityError, match="line 5: more than 96 steps of the file have no text of their own; divide"):
        read(document(stream(), *refused), "report")
    bad = [day(f"202405{at:02}", "x") for at in range(1, 9)]
    assert len(read(document(stream(), *bad), "report")[1].refused) == 8
    later = [day(f"202405{at:02}") for at in range(2, 5)]
    with pytest.raises(QuantityError, match="line 6: more than 96 steps"):
        read(document(stream("B2", has="B2"), day(), stream(), *later))


def test_many_streams_that_are_passed_over_are_each_noted() -> None:
    many = [stream("Q1", nmi=f"N{at}", has="Q1") for at in range(30_000)]
    _, report = read(document(*many, stream(), day()))
    assert len(report.notes) == 30_000


def test_feed_in_is_not_net_energy_where_the_stream_of_consumption_was_refused_or_has_no_day(tmp_path: Path) -> None:
    feed_in = (stream("B1", has=""), day())
    with pytest.raises(MissingDataError, match="no row has a value"):
        file(tmp_path, document(stream("E1", has="", unit="kVArh"), day(), *feed_in), "report")
    with pytest.raises(MissingDataError, match="has a value here and none in stream E1"):
        file(tmp_path, document(stream("E1", has=""), *feed_in))
