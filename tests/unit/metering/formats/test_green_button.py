"""Green Button feeds made by the schema of ESPI: links in any order, units, directions, times and every refusal."""

from collections.abc import Iterable
from fractions import Fraction
from importlib import import_module
from importlib.util import find_spec
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.lines_run import lines_run

from carbon_ledger.errors import CarbonLedgerError, MissingDataError, PeriodError, QuantityError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.formats.green_button import steps_in
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.meter_files import MeterFile, read_meter_file
from carbon_ledger.metering.steps import MeteredSteps

NAMES = {"name": "utility", "zone": "America/New_York", "format": "green-button"}
BASE = "/espi/1_1/resource/RetailCustomer/9B6C7066"
MAY = 1_714_536_000  # 2024-05-01T00:00-04:00


def entry(own: str, content: str, related: Iterable[str] = (), up: str = "") -> str:
    links = [f'<link rel="self" href="{own}"/>', f'<link rel="up" href="{up or own.rpartition("/")[0]}"/>']
    links += [f'<link rel="related" href="{link}"/>' for link in related]
    return f"<entry><id>urn:uuid:1</id>{''.join(links)}<title>t</title><content>{content}</content></entry>"


def point(number: str = "01", kind: str = "<ServiceCategory><kind>0</kind></ServiceCategory>") -> str:
    own = f"{BASE}/UsagePoint/{number}"
    return entry(own, f'<UsagePoint xmlns="http://naesb.org/espi">{kind}</UsagePoint>', [f"{own}/MeterReading"])


def meter_reading(number: str = "01", of: str = "01", kind: str = "07") -> str:
    own = f"{BASE}/UsagePoint/{of}/MeterReading/{number}"
    related = [f"{own}/IntervalBlock", f"/espi/1_1/resource/ReadingType/{kind}"]
    return entry(own, '<MeterReading xmlns="http://naesb.org/espi"/>', related)


ENERGY = {
    "accumulationBehaviour": 4, "commodity": 1, "dataQualifier": 12, "flowDirection": 1, "intervalLength": 900,
    "kind": 12, "powerOfTenMultiplier": 0, "uom": 72,
}  # fmt: skip


def reading_type(number: str = "07", **fields: object) -> str:
    shown = {**ENERGY, **fields}
    items = "".join(f"<{name}>{value}</{name}>" for name, value in shown.items() if value is not None)
    content = f'<ReadingType xmlns="http://naesb.org/espi">{items}</ReadingType>'
    return entry(f"/espi/1_1/resource/ReadingType/{number}", content)


def reading(start: object, value: object = 100, duration: object = 900, *, quality: Iterable[object] = ()) -> str:
    period = f"<timePeriod><duration>{duration}</duration><start>{start}</start></timePeriod>" if start != "" else ""
    qualities = "".join(f"<ReadingQuality><quality>{code}</quality></ReadingQuality>" for code in quality)
    shown = f"<value>{value}</value>" if value != "" else ""
    return f"<IntervalReading><cost>974</cost>{qualities}{period}{shown}</IntervalReading>"


def block(
    *readings: str,
    number: str = "1",
    reading_number: str = "01",
    of: str = "01",
    start: object = MAY,
    length: int = 86_400,
) -> str:
    interval = f"<interval><duration>{length}</duration><start>{start}</start></interval>" if start else ""
    content = f'<IntervalBlock xmlns="http://naesb.org/espi">{interval}{"".join(readings)}</IntervalBlock>'
    return entry(f"{BASE}/UsagePoint/{of}/MeterReading/{reading_number}/IntervalBlock/{number}", content)


def document(*entries: str, root: str = '<feed xmlns="http://www.w3.org/2005/Atom">') -> bytes:
    shown = '<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet type="text/xsl" href="x.xslt"?>\n'
    head = f'{root}<id>urn:uuid:0</id><title>Green Button</title><link rel="self" href="{BASE}"/>'
    return "\n".join([shown + head, *entries, "</feed>"]).encode()


def simple(*readings: str, **fields: Any) -> bytes:
    return document(point(), meter_reading(), reading_type(**fields), block(*(readings or (reading(MAY),))))


def read(data: bytes, on_refusal: str = "raise", **fields: Any) -> tuple[list[MeteredSteps], FileReport]:
    report = FileReport("feed.xml", on_refusal)
    return list(steps_in(data, MeterLayout(**{**NAMES, **fields}), report)), report


def file(tmp_path: Path, data: bytes, on_refusal: str = "raise", **fields: Any) -> MeterFile:
    path = tmp_path / "feed.xml"
    path.write_bytes(data)
    return read_meter_file(path, MeterLayout(**{**NAMES, **fields}), on_refusal=on_refusal)


def test_delivered_energy_is_import_and_received_energy_is_export(tmp_path: Path) -> None:
    data = document(
        point(), meter_reading(), meter_reading("02", kind="08"), reading_type(), reading_type("08", flowDirection=19),
        block(reading(MAY, 250), reading(MAY + 900, 0)),
        block(reading(MAY, 40), reading(MAY + 900, 700), reading_number="02"),
    )  # fmt: skip
    found = file(tmp_path, data)
    (run,) = found.runs
    assert (run.import_wh, run.export_wh, run.net_wh) == ((250, 0), (40, 700), (-210, 700))
    assert (run.start_utc, run.step_s, found.rows, found.meters) == (MAY, 900, 4, ("01",))


def test_net_energy_is_forward_less_reverse(tmp_path: Path) -> None:
    assert file(tmp_path, simple(reading(MAY, 300), reading(MAY + 900, -700), flowDirection=4)).total_wh == 400


@pytest.mark.parametrize(
    ("multiplier", "value", "wh"),
    [(0, "125", "125"), (3, "125", "125000"), (-3, "125", "0.125"), (-6, "7", "0.000007")],
)
def test_the_power_of_ten_is_exact(multiplier: int, value: str, wh: str) -> None:
    (steps,), _ = read(simple(reading(MAY, value), powerOfTenMultiplier=multiplier))
    assert Fraction(steps.numerators[0], steps.denominator) == Fraction(wh)


def test_a_value_with_decimal_places_loses_none() -> None:
    (steps,), _ = read(simple(reading(MAY, "0.461"), powerOfTenMultiplier=3))
    assert Fraction(steps.numerators[0], steps.denominator) == 461


def test_average_power_is_multiplied_by_its_step(tmp_path: Path) -> None:
    fields = {"uom": 38, "dataQualifier": 2, "powerOfTenMultiplier": 3, "accumulationBehaviour": 6}
    assert (
        file(tmp_path, simple(reading(MAY, 8), reading(MAY + 900, 4), **fields)).total_wh == -3_000
    )  # (8 + 4) kW / 4 h


def test_order_does_not_matter_but_links_do() -> None:
    entries = [point(), meter_reading(), reading_type(), block(reading(MAY, 7))]
    for order in permutations(entries):
        (steps,), _ = read(document(*order))
        assert (steps.meter, [*steps.numerators]) == ("01", [7])


def test_an_interval_block_may_be_linked_by_itself_or_through_its_collection() -> None:
    own = f"{BASE}/UsagePoint/01/MeterReading/01"
    related = [f"{own}/IntervalBlock/1", "/espi/1_1/resource/ReadingType/07"]
    direct = entry(own, '<MeterReading xmlns="http://naesb.org/espi"/>', related)
    assert len(read(document(point(), direct, reading_type(), block(reading(MAY))))[0]) == 1


def test_each_usage_point_is_a_meter() -> None:
    data = document(
        point(), point("02"), meter_reading(), meter_reading(of="02"), reading_type(), block(reading(MAY, 1)),
        block(reading(MAY, 2), of="02"),
    )  # fmt: skip
    assert [(steps.meter, [*steps.numerators]) for steps in read(data)[0]] == [("01", [1]), ("02", [2])]


def test_usage_points_whose_links_end_alike_have_the_whole_link_as_id() -> None:
    data = document(point(), meter_reading(), reading_type(), block(reading(MAY)))
    other = data.replace(b"9B6C7066", b"AAAA")
    both = data[: -len(b"</feed>")] + other[other.index(b"<entry>") :]
    both = both.replace(reading_type().encode(), b"", 1)
    assert [steps.meter for steps in read(both)[0]] == [
        "/espi/1_1/resource/RetailCustomer/9B6C7066/UsagePoint/01",
        "/espi/1_1/resource/RetailCustomer/AAAA/UsagePoint/01",
    ]


def test_times_are_utc_and_the_clocks_of_the_customer_do_not_matter() -> None:
    """On 3 November 2024 the clocks of New York were set back: the day has 25 hours."""
    start = 1_730_606_400  # 2024-11-03T00:00-04:00
    local = (
        '<LocalTimeParameters xmlns="http://naesb.org/espi"><dstEndRule>B40E2000</dstEndRule><dstOffset>3600</dstOffset>'
        "<dstStartRule>360E2000</dstStartRule><tzOffset>-18000</tzOffset></LocalTimeParameters>"
    )
    readings = [reading(start + 3600 * k, k, 3600) for k in range(25)]
    data = document(
        point(), entry("/espi/1_1/resource/LocalTimeParameters/01", local), meter_reading(), reading_type(),
        block(*readings, start=start, length=25 * 3600),
    )  # fmt: skip
    (steps,), _ = read(data)
    assert [*steps.start_utc] == [start + 3600 * k for k in range(25)]


def test_a_reading_without_a_time_period_has_its_place_in_the_block() -> None:
    (steps,), _ = read(simple(reading("", 1), reading("", 2), reading("", 3)))
    assert [*steps.start_utc] == [MAY, MAY + 900, MAY + 1800]


def test_several_interval_blocks_may_be_in_one_entry() -> None:
    two = block(reading(MAY, 1)).replace(
        "</content>",
        f'<IntervalBlock xmlns="http://naesb.org/espi">{reading(MAY + 900, 2)}</IntervalBlock></content>',
    )
    (steps,), _ = read(document(point(), meter_reading(), reading_type(), two))
    assert [*steps.numerators] == [1, 2]


@pytest.mark.parametrize(
    ("codes", "quality"),
    [
        ((), "measured"),
        ((0,), "measured"),
        ((8,), "estimated"),
        ((17, 9), "estimated"),
        ((7,), "substituted"),
        ((14,), "measured"),
    ],
)
def test_the_least_certain_quality_counts(codes: tuple[int, ...], quality: str) -> None:
    assert read(simple(reading(MAY, quality=codes)))[0][0].quality == quality


def test_the_default_quality_is_that_of_the_reading_type_or_of_the_layout() -> None:
    assert read(simple(reading(MAY), defaultQuality=8))[0][0].quality == "estimated"
    assert read(simple(reading(MAY)), quality={"default": "estimated"})[0][0].quality == "estimated"
    assert read(simple(reading(MAY, quality=[10])), quality={"flags": {"10": "estimated"}})[0][0].quality == "estimated"


def test_a_missing_value_is_refused_or_a_gap(tmp_path: Path) -> None:
    data = simple(reading(MAY), reading(MAY + 900, ""), reading(MAY + 1800))
    with pytest.raises(
        MissingDataError, match="line 7, value: no value; ask for the data, or read such readings as gaps"
    ):
        read(data)
    found = file(tmp_path, data, numbers={"missing_is": "gap"})
    assert (found.rows, [gap.start_utc for gap in found.gaps]) == (2, [MAY + 900])


def test_tariffs_of_one_direction_are_added(tmp_path: Path) -> None:
    data = document(
        point(), meter_reading(), meter_reading("02", kind="08"), reading_type(tou=1), reading_type("08", tou=2),
        block(reading(MAY, 3)), block(reading(MAY, 4), reading_number="02"),
    )  # fmt: skip
    assert file(tmp_path, data).total_wh == -7


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"uom": 73}, "its unit is VArh (uom 73), and 72 is Wh"),
        ({"uom": 999}, "its unit is not known (uom 999), and 72 is Wh"),
        ({"uom": None}, "its unit is not known (uom missing), and 72 is Wh"),
        ({"commodity": 7, "uom": 169}, "its commodity is 7, and 1 and 2 are electricity"),
        (
            {"uom": 38, "dataQualifier": 8},
            "it is power in W, and its dataQualifier is 8, where 2 is the average of each step",
        ),
        ({"uom": 38, "dataQualifier": 2, "accumulationBehaviour": 12}, "it is power in W"),
        ({"dataQualifier": 8}, "its dataQualifier is 8, which is not the energy of each step"),
    ],
)
def test_what_is_not_active_energy_is_passed_over_by_name(fields: dict[str, object], reason: str) -> None:
    data = document(
        point(), meter_reading(), meter_reading("02", kind="08"), reading_type(), reading_type("08", **fields),
        block(reading(MAY, 3)), block(reading(MAY, "x"), reading_number="02"),
    )  # fmt: skip
    (steps,), report = read(data)
    assert [*steps.numerators] == [3]
    assert reason in report.notes[0]
    assert f"meter reading {BASE}/UsagePoint/01/MeterReading/02 was passed over" in report.notes[0]
    with pytest.raises(MissingDataError, match="no meter reading of active energy: meter reading"):
        read(simple(**fields))


def test_power_beside_energy_is_not_counted_again() -> None:
    data = document(
        point(), meter_reading(), meter_reading("02", kind="08"), reading_type(),
        reading_type("08", uom=38, dataQualifier=2), block(reading(MAY, 3)),
        block(reading(MAY, 12), reading_number="02"),
    )  # fmt: skip
    (steps,), report = read(data)
    assert [*steps.numerators] == [3]
    assert "it is power, and the file has the energy beside it" in report.notes[0]


def test_net_energy_beside_both_sides_is_not_counted_again(tmp_path: Path) -> None:
    numbers = {"01": 1, "02": 19, "03": 4}
    data = document(
        point(),
        *(part for number, flow in numbers.items() for part in (
            meter_reading(number, kind=number), reading_type(number, flowDirection=flow),
            block(reading(MAY, 10 * int(number)), reading_number=number),
        )),
    )  # fmt: skip
    found = file(tmp_path, data)
    assert found.only.exact_wh == found.total_wh == 10
    assert "it is net energy, and both of its sides are in the file" in found.notes[0]


def test_gas_is_passed_over() -> None:
    gas = "<ServiceCategory><kind>1</kind></ServiceCategory>"
    data = document(
        point(), point("02", gas), meter_reading(), meter_reading(of="02"), reading_type(), block(reading(MAY)),
        block(reading(MAY, "x"), of="02"),
    )  # fmt: skip
    assert read(data)[1].notes == ["usage point 02 was passed over: its service is 1, and 0 is electricity"]


def test_energy_without_accumulation_behaviour_is_noted() -> None:
    assert (
        "no accumulationBehaviour, so its values are read as energies"
        in read(simple(accumulationBehaviour=None))[1].notes[0]
    )


def test_readings_outside_of_their_block_are_noted() -> None:
    """The day of 25 hours of a utility whose blocks always have 86,400 s; the reading itself says when it was."""
    (steps,), report = read(simple(reading(MAY + 86_400)))
    assert [*steps.start_utc] == [MAY + 86_400]
    assert report.notes == ["line 7: the interval of a block ends before, or begins after, one of its readings"]


CUSTOMER = '<Customer xmlns="http://naesb.org/espi/customer"><name>A</name></Customer>'


def test_customer_data_and_summaries_are_not_read() -> None:
    summary = '<UsageSummary xmlns="http://naesb.org/espi"><billLastPeriod>1</billLastPeriod></UsageSummary>'
    data = document(entry(f"{BASE}/Customer/1", CUSTOMER), entry(f"{BASE}/UsageSummary/1", summary), point(),
                    meter_reading(), reading_type(), block(reading(MAY)))  # fmt: skip
    assert len(read(data)[0]) == 1


TWO = [
    point(),
    meter_reading(),
    meter_reading("02"),
    reading_type(),
    block(reading(MAY)),
    block(reading(MAY), reading_number="02"),
]
REFUSED: dict[str, tuple[bytes, type[CarbonLedgerError], str]] = {
    "no XML": (b"time,kWh\n", QuantityError, "line 1: not well-formed XML"),
    "another document": (
        b'<rss xmlns="urn:x"/>',
        QuantityError,
        "line 1: the document is a 'rss' of the namespace 'urn:x'",
    ),
    "no namespace": (
        document(root="<feed>"),
        QuantityError,
        "the document is a 'feed' of the namespace ''; expected a feed",
    ),
    "wrong resource": (
        document(entry("/a/1", '<UsagePoint xmlns="urn:x"/>')),
        QuantityError,
        "line 4, UsagePoint: of the namespace 'urn:x'; expected an ESPI resource of http://naesb.org/espi",
    ),
    "empty": (
        document(),
        MissingDataError,
        "feed.xml: no meter reading of active energy: the feed has no MeterReading",
    ),
    "no own link": (
        simple().replace(f'<link rel="self" href="{BASE}/UsagePoint/01"/>'.encode(), b""),
        QuantityError,
        "line 4, UsagePoint: the entry has no link to itself (rel self)",
    ),
    "two own links": (
        document(point().replace("<id>", '<link rel="self" href="/x"/><id>')),
        QuantityError,
        "line 4, link: the entry has 2 links of rel self; expected one",
    ),
    "twice": (
        document(point(), point()),
        QuantityError,
        "line 5, UsagePoint: '/espi/1_1/resource/RetailCustomer/9B6C7066/",
    ),
    "no usage point": (
        document(meter_reading(), reading_type(), block(reading(MAY))),
        MissingDataError,
        "belongs to no UsagePoint; expected",
    ),
    "no meter reading": (
        document(point(), reading_type(), block(reading(MAY))),
        MissingDataError,
        "line 6, IntervalBlock: '/espi/1_1/",
    ),
    "no reading type": (
        document(point(), meter_reading(), block(reading(MAY))),
        MissingDataError,
        "has related links to 0 ReadingTypes of the feed; expected one",
    ),
    "two owners": (
        document(point(), point("02").replace("UsagePoint/02/MeterReading", "UsagePoint/01/MeterReading"), *TWO[1:2]),
        MissingDataError,
        "belongs to more than one, ['/espi/1_1/resource/RetailCustomer/9B6C7066/UsagePoint/01', '/espi",
    ),
    "a register": (
        simple(accumulationBehaviour=1),
        QuantityError,
        "line 6, accumulationBehaviour: '1' (bulk quantity); expected 4, the energy of each interval: ask for",
    ),
    "a summation": (simple(accumulationBehaviour=9), QuantityError, "'9' (summation); expected 4"),
    "an unknown behaviour": (simple(accumulationBehaviour=99), QuantityError, "'99' (not the energy of an interval)"),
    "no direction": (simple(flowDirection=None), QuantityError, "line 6, flowDirection: '': expected 1 (delivered"),
    "total": (simple(flowDirection=20), QuantityError, "line 6, flowDirection: '20': expected 1 (delivered"),
    "multiplier": (
        simple(powerOfTenMultiplier="k"),
        QuantityError,
        "line 6, powerOfTenMultiplier: 'k': expected a whole",
    ),
    "large multiplier": (simple(powerOfTenMultiplier=99), QuantityError, "'99': expected a whole number of at most 12"),
    "exponent": (
        simple(reading(MAY, "1e3")),
        QuantityError,
        "line 7, value: '1e3': expected a whole number of the reading",
    ),
    "comma": (simple(reading(MAY, "1,5")), QuantityError, "line 7, value: '1,5'"),
    "negative": (
        simple(reading(MAY, -5)),
        QuantityError,
        "line 7, value: -5: energy of one direction (flowDirection 1) is never negative; ask what the value means",
    ),
    "two values": (
        simple(reading(MAY).replace("<value>", "<value>1</value><value>")),
        QuantityError,
        "value: IntervalReading of line 7 has 2 of them; expected one",
    ),
    "quality": (
        simple(reading(MAY, quality=[10])),
        QuantityError,
        "line 7, ReadingQuality: the quality flag '10' is not one",
    ),
    "forecast": (simple(reading(MAY, quality=[12])), QuantityError, "the quality flag '12' is not one of 0, 7, 8"),
    "start": (
        simple(reading("2024-05-01T00:00Z")),
        PeriodError,
        "line 7, timePeriod: 'start 2024-05-01T00:00Z, duration 900'",
    ),
    "milliseconds": (simple(reading(MAY * 1000)), PeriodError, "is outside the years 1970 to 9998"),
    "no duration": (
        simple(reading(MAY, duration="")),
        PeriodError,
        "duration missing': expected seconds since 1970 UTC",
    ),
    "duration 0": (simple(reading(MAY, duration=0)), PeriodError, "duration 0': expected seconds since 1970 UTC"),
    "long": (simple(reading(MAY, duration=10**9)), PeriodError, "and a duration of 1 s to 366 days"),
    "before 1970": (
        simple(reading(-900)),
        PeriodError,
        "line 7, timePeriod: start: -900 s since 1970 is outside the years",
    ),
    "no place": (
        simple(reading(""), intervalLength=None),
        PeriodError,
        "line 7, timePeriod: no time period; expected one",
    ),
    "no block": (
        document(point(), meter_reading(), reading_type(), block(reading(""), start="")),
        PeriodError,
        "no time period; expected one, or the start of the block's interval",
    ),
    "two of one direction": (document(*TWO), QuantityError, "meter 01: 2 meter readings of one direction"),
    "net beside one side": (
        document(
            *TWO[:2], meter_reading("02", kind="08"), reading_type(), reading_type("08", flowDirection=4), *TWO[4:]
        ),
        QuantityError,
        "net energy (flowDirection 4) beside one of its sides; expected both sides, or net",
    ),
    "other steps": (
        document(
            *TWO[:2],
            meter_reading("02", kind="08"),
            reading_type(),
            reading_type("08", flowDirection=19),
            TWO[4],
            block(reading(MAY + 900), reading_number="02"),
        ),
        MissingDataError,
        "the step of 900 s from 2024-05-01T04:00:00Z has a value here and none in meter reading",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_known_is_refused_by_line_and_element(name: str) -> None:
    data, kind, text = REFUSED[name]
    with pytest.raises(kind) as raised:
        read(data)
    assert type(raised.value) is kind
    assert text in str(raised.value)
    assert str(raised.value).startswith("feed.xml")


def test_a_step_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CarbonLedgerError, match="overlaps"):
        file(tmp_path, simple(reading(MAY), reading(MAY)))


def test_a_refused_reading_is_a_gap_and_the_rest_is_read(tmp_path: Path) -> None:
    data = document(
        point(), meter_reading(), reading_type(),
        block(reading(MAY, 1), reading(MAY + 900, "x"), reading(MAY + 1800, 3, quality=[10]), reading(MAY + 2700, 5)),
        block(reading(MAY), of="99"),
    )  # fmt: skip
    found = file(tmp_path, data, "report")
    assert [(item.line, item.column) for item in found.refused] == [
        (7, "value"),
        (7, "ReadingQuality"),
        (8, "IntervalBlock"),
    ]
    assert (found.total_wh, found.rows, len(found.gaps)) == (-6, 2, 1)


def test_a_reading_refused_in_one_direction_is_a_gap_of_the_meter(tmp_path: Path) -> None:
    data = document(
        point(), meter_reading(), meter_reading("02", kind="08"), reading_type(), reading_type("08", flowDirection=19),
        block(reading(MAY, "x"), reading(MAY + 900, 1)),
        block(reading(MAY, 5), reading(MAY + 900, 6), reading_number="02"),
    )  # fmt: skip
    found = file(tmp_path, data, "report")
    assert (found.total_wh, len(found.gaps), found.rows) == (5, 1, 3)


def test_a_refused_direction_leaves_the_other_meters(tmp_path: Path) -> None:
    """Of the first meter, two meter readings are of one direction; of the third, net energy stands beside one side."""
    data = document(
        *TWO, point("02"), meter_reading(of="02"), block(reading(MAY, 7), of="02"), point("03"), meter_reading(of="03"),
        meter_reading("02", of="03", kind="08"), reading_type("08", flowDirection=4), entry("/empty", "")
        .replace("<content></content>", ""),
    )  # fmt: skip
    found = file(tmp_path, data, "report")
    assert [(item.meter, item.total_wh) for item in found.series] == [("02", -7)]
    assert [item.column for item in found.refused] == ["ReadingType"] * 4


VALUES = st.lists(st.integers(0, 2**40), min_size=1, max_size=30)


@given(
    VALUES, st.integers(-9, 9), st.sampled_from([300, 900, 3600]), st.integers(0, 2**31), st.sampled_from([1, 4, 19])
)
def test_any_feed_is_read_back_exactly(values: list[int], ten: int, step_s: int, start: int, flow: int) -> None:
    readings = [reading(start + at * step_s, value, step_s) for at, value in enumerate(values)]
    blocks = [block(item, number=str(at), start="") for at, item in enumerate(readings)]
    kind = reading_type(powerOfTenMultiplier=ten, flowDirection=flow)
    (steps,), report = read(document(*blocks, kind, meter_reading(), point()))
    sign = -1 if flow == 4 else 1
    assert report.rows == len(values)
    assert [*steps.start_utc] == [start + at * step_s for at in range(len(values))]
    assert [Fraction(number, steps.denominator) for number in steps.numerators] == [
        sign * value * Fraction(10) ** ten for value in values
    ]


ORACLE = "greenbutton_objects"


@pytest.mark.outside
@given(VALUES, st.integers(0, 6), st.integers(0, 2**31))
def test_another_reader_finds_the_same_values(values: list[int], ten: int, start: int) -> None:
    """It multiplies whole numbers by a power of ten of 0 or more without a float."""
    if find_spec(ORACLE) is None:
        pytest.skip("no other reader of Green Button: greenbutton-objects, of the extra `test`, is not installed")
    from io import BytesIO

    readings = [reading(start + at * 900, value) for at, value in enumerate(values)]
    data = document(
        point(), meter_reading(), reading_type(powerOfTenMultiplier=ten), block(*readings, start=start, length=10**6)
    )
    (usage_point,) = import_module(f"{ORACLE}.parse").parse_feed(BytesIO(data))
    (theirs,) = usage_point.meterReadings
    (steps,), _ = read(data)
    assert steps.denominator == 1
    assert list(zip(steps.start_utc, steps.step_s, steps.numerators, strict=True)) == [
        (int(item.timePeriod.start.timestamp()), int(item.timePeriod.duration.total_seconds()), item.value)
        for item in theirs.intervalReadings
    ]


RECEIVED = (
    meter_reading("02", kind="08"),
    reading_type("08", flowDirection=19),
    block(reading(MAY, 7), reading_number="02"),
)


@pytest.mark.parametrize(
    "delivered",
    [
        (meter_reading(), reading_type(powerOfTenMultiplier=99), block(reading(MAY))),
        (meter_reading(), reading_type(accumulationBehaviour=3), block(reading(MAY))),
        (meter_reading(), block(reading(MAY))),
        (meter_reading(), meter_reading("03"), reading_type(), block(reading(MAY))),
        (meter_reading(), reading_type()),
        (meter_reading(), reading_type(), block(reading(MAY), of="02")),
    ],
    ids=["multiplier", "register", "no type", "two of a direction", "no block", "a block of another meter"],
)
def test_received_energy_is_not_net_energy_where_the_delivered_one_cannot_be_read(
    tmp_path: Path, delivered: tuple[str, ...]
) -> None:
    with pytest.raises(CarbonLedgerError):
        file(tmp_path, document(point(), *delivered, *RECEIVED))
    with pytest.raises(MissingDataError, match="no row has a value"):
        file(tmp_path, document(point(), *delivered, *RECEIVED), "report")


def test_a_register_beside_the_intervals_of_its_direction_can_be_left_out(tmp_path: Path) -> None:
    register = meter_reading("03", kind="09"), reading_type("09", accumulationBehaviour=3)
    found = file(tmp_path, document(point(), meter_reading(), reading_type(), *register, block(reading(MAY))), "report")
    assert (found.total_wh, len(found.refused)) == (-100, 1)


def test_the_lines_run_for_many_meter_readings_and_blocks_grow_with_their_number() -> None:
    own = f"{BASE}/UsagePoint/01"

    def of(count: int) -> bytes:
        some = [entry(f"{own}/MeterReading/{at}", '<MeterReading xmlns="http://naesb.org/espi"/>', ["/all", "/t/0"])
                for at in range(count)]  # fmt: skip
        kinds = [reading_type(str(at)) for at in range(count)]
        blocks = [
            entry(f"/all/{at}", '<IntervalBlock xmlns="http://naesb.org/espi"/>', up="/all") for at in range(count)
        ]
        return document(point(), *some, *kinds, *blocks)

    assert read(of(10), "report")[1].refused
    few, many = (lines_run(lambda data: read(data, "report"), of(count)) for count in (100, 400))
    assert many <= 5 * few
