"""Descriptions of meter files: what is recognised, what is asked, and that no wrong guess is a layout in silence."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon_ledger as cl

BAKU = "Asia/Baku"  # no change of clocks since 2016
MAY = datetime.fromisoformat("2024-05-13")


def file_of(tmp_path: Path, text: str, encoding: str = "utf-8", name: str = "may.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def hourly(
    header: str, values: list[str], *, first: datetime = MAY, form: str = "%Y-%m-%d %H:%M", mark: str = ","
) -> str:
    lines = [f"{first + timedelta(hours=at):{form}}{mark}{value}" for at, value in enumerate(values)]
    return "\n".join([header, *lines, ""])


def names(described: cl.MeterFileDescription) -> list[str]:
    return [question.name for question in described.questions]


def has(lines: tuple[str, ...], *words: str) -> bool:
    return any(all(word in line for word in words) for line in lines)


DAY = [str(value * 3 % 7 + 1) for value in range(24)]


class TestWhatIsAsked:
    def test_the_zone(self, tmp_path: Path) -> None:
        path = file_of(tmp_path, hourly("time,Export kWh", DAY))
        described = cl.describe_meter_file(path)
        assert names(described) == ["zone"]
        assert described.layout is None
        answered = described.answered(zone=BAKU)
        assert answered.layout == cl.describe_meter_file(path, zone=BAKU).answered().layout
        assert cl.read_meter_file(path, answered.layout).total_wh == sum(map(int, DAY)) * 1000

    @pytest.mark.parametrize("zone", ["Mars/Olympus", "", "x" * 999])
    def test_a_zone_that_does_not_exist_is_refused(self, tmp_path: Path, zone: str) -> None:
        path = file_of(tmp_path, hourly("time,Export kWh", DAY))
        with pytest.raises(cl.errors.CarbonLedgerError):
            cl.describe_meter_file(path, zone=zone)
        with pytest.raises(cl.errors.CarbonLedgerError):
            cl.describe_meter_file(path).answered(zone=zone)

    def test_the_order_of_day_and_month_with_both_readings(self, tmp_path: Path) -> None:
        path = file_of(
            tmp_path, hourly("time,Export kWh", DAY, first=datetime.fromisoformat("2024-04-03"), form="%d/%m/%Y %H:%M")
        )
        described = cl.describe_meter_file(path, zone=BAKU)
        assert described.layout is None
        assert described.questions[0].name == "day_order"
        assert "3 Apr 2024" in described.questions[0].choices["day-first"]
        assert "4 Mar 2024" in described.questions[0].choices["month-first"]
        for order, month in (("day-first", "2024-04-03"), ("month-first", "2024-03-04")):
            layout = described.answered(day_order=order).layout
            assert str(cl.read_meter_file(path, layout).period).startswith(month)

    def test_a_number_above_12_decides_it(self, tmp_path: Path) -> None:
        for form in ("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%m-%d-%Y %H:%M", "%d.%m.%Y %H:%M", "%d/%m/%y %H:%M"):
            described = cl.describe_meter_file(file_of(tmp_path, hourly("time,Export kWh", DAY, form=form)), zone=BAKU)
            assert described.layout is not None, form
            assert str(cl.read_meter_file(described.path, described.layout).period).startswith("2024-05-13"), form

    def test_days_that_follow_each_other_decide_it(self, tmp_path: Path) -> None:
        for form in ("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"):
            text = hourly("time,Export kWh", DAY * 3, first=datetime.fromisoformat("2024-05-02"), form=form)
            described = cl.describe_meter_file(file_of(tmp_path, text), zone=BAKU)
            assert described.layout is not None
            assert has(described.doubts, "2 May 2024", "5 Feb 2024")
            assert str(cl.read_meter_file(described.path, described.layout).period).startswith("2024-05-02")

    @pytest.mark.parametrize(
        ("shown", "comma", "point"), [("1,234", 1234 + 1233, 2_467_000), ("2.500", 4_900_000, 4900)]
    )
    def test_a_mark_that_may_be_of_thousands(self, tmp_path: Path, shown: str, comma: int, point: int) -> None:
        path = file_of(
            tmp_path, hourly("time;Export kWh", [shown, shown.replace("4", "3").replace("5", "4")] * 12, mark=";")
        )
        described = cl.describe_meter_file(path, zone=BAKU)
        assert names(described) == ["decimal"]
        assert has(described.doubts, shown, "two ways")
        for mark, wh in ((",", comma), (".", point)):
            layout = described.answered(decimal=mark).layout
            assert cl.read_meter_file(path, layout).total_wh == 12 * wh

    def test_starts_or_ends_where_the_first_time_suggests_ends(self, tmp_path: Path) -> None:
        path = file_of(tmp_path, hourly("time,Export kWh", DAY, first=MAY + timedelta(hours=1)))
        described = cl.describe_meter_file(path, zone=BAKU)
        assert names(described) == ["stamp"]
        assert described.questions[0].suggested == "end"
        assert has(described.doubts, "01:00", "00:00", "ends of steps")
        ends = cl.read_meter_file(path, described.answered(stamp="end").layout)
        starts = cl.read_meter_file(path, described.answered(stamp="start").layout)
        assert (ends.period.start_utc + 3600, ends.total_wh) == (starts.period.start_utc, starts.total_wh)

    def test_a_part_of_a_day_suggests_nothing(self, tmp_path: Path) -> None:
        described = cl.describe_meter_file(file_of(tmp_path, hourly("time,Export kWh", DAY[:5])), zone=BAKU)
        assert [(item.name, item.suggested) for item in described.questions] == [("stamp", "")]

    @pytest.mark.parametrize(("header", "stamp"), [("interval end", "end"), ("Zeit von", "start"), ("fin", "end")])
    def test_a_header_says_what_a_time_is(self, tmp_path: Path, header: str, stamp: str) -> None:
        described = cl.describe_meter_file(file_of(tmp_path, hourly(f"{header},Export kWh", DAY[:5])), zone=BAKU)
        assert described.layout is not None
        assert described.layout.time.stamp == stamp

    def test_24_00_is_an_end(self, tmp_path: Path) -> None:
        lines = [f"2024-05-13 {hour:02d}:00,{hour % 5}" for hour in range(1, 25)]
        path = file_of(tmp_path, "\n".join(["time,Export kWh", *lines]))
        layout = cl.describe_meter_file(path, zone=BAKU).layout
        assert layout is not None
        assert cl.read_meter_file(path, layout).period == cl.Period.day("2024-05-13", zone=BAKU)

    def test_unit_and_role(self, tmp_path: Path) -> None:
        described = cl.describe_meter_file(file_of(tmp_path, hourly("time,value", DAY)), zone=BAKU)
        assert set(names(described)) == {"unit", "role"}
        layout = described.answered(unit="kW", role="import").layout
        assert layout is not None
        value = layout.values[0]
        assert (value.unit, value.kind, value.role) == ("kW", "power", "import")

    def test_generation_may_be_net_or_gross(self, tmp_path: Path) -> None:
        text = hourly("time,Generation kWh,Consumption kWh,Price EUR/MWh", [f"{v},{8 - int(v)},9.9" for v in DAY])
        described = cl.describe_meter_file(file_of(tmp_path, text), zone=BAKU)
        assert names(described) == ["role_2"]
        assert has(described.reasons, "Price", "neither energy nor power")
        for role in ("export", "skip"):
            layout = described.answered(role_2=role).layout
            assert layout is not None
            assert [value.role for value in layout.values] == [*["export"] * (role == "export"), "import"]

    def test_standings_far_above_their_differences(self, tmp_path: Path) -> None:
        standings = [str(20_733_240 + 26 * at) for at in range(25)]
        path = file_of(tmp_path, hourly("time,Export kWh", standings))
        described = cl.describe_meter_file(path, zone=BAKU)
        assert [(item.name, item.suggested) for item in described.questions] == [("kind", "register")]
        assert cl.read_meter_file(path, described.answered(kind="register").layout).total_wh == 26 * 24 * 1000
        assert names(described.answered(kind="energy")) == ["stamp"]

    def test_a_register_that_stands_still_beside_one_that_moves(self, tmp_path: Path) -> None:
        for still in ("99", "0"):
            standings = [f"{20_733_240 + 26 * at},{still}" for at in range(25)]
            path = file_of(tmp_path, hourly("time,Bezug kWh,Einspeisung kWh", standings))
            described = cl.describe_meter_file(path, zone=BAKU)
            assert names(described) == ["kind_2", "kind_3"]
            answered = described.answered(kind_2="register", kind_3="register")
            assert cl.read_meter_file(path, answered.layout).total_wh == -26 * 24 * 1000

    def test_standings_of_several_channels(self, tmp_path: Path) -> None:
        lines = [
            f"{MAY + timedelta(hours=at):%Y-%m-%dT%H:%MZ},{side},{0 if side == 'Export' else 5_000 + at}"
            for at in range(25)
            for side in ("Export", "Import")
        ]
        path = file_of(tmp_path, "\n".join(["time,direction,kWh", *lines]))
        described = cl.describe_meter_file(path, zone=BAKU)
        assert [(item.name, item.suggested) for item in described.questions] == [("kind", "register")]
        assert cl.read_meter_file(path, described.answered(kind="register").layout).total_wh == -24_000

    def test_standings_of_one_channel_beside_energies_of_another(self, tmp_path: Path) -> None:
        lines = [
            f"{MAY + timedelta(hours=at):%Y-%m-%dT%H:%MZ},{side},{at % 3 if side == 'Export' else 5_000 + at}"
            for at in range(25)
            for side in ("Export", "Import")
        ]
        described = cl.describe_meter_file(file_of(tmp_path, "\n".join(["time,direction,kWh", *lines])), zone=BAKU)
        assert names(described) == ["kind"]

    @pytest.mark.parametrize("drop", [999_000, 20_000_000])
    def test_standings_that_fall_once(self, tmp_path: Path, drop: int) -> None:
        standings = [str(20_733_240 + 26 * at - drop * (at > 40)) for at in range(49)]
        described = cl.describe_meter_file(file_of(tmp_path, hourly("time,Export kWh", standings)), zone=BAKU)
        assert names(described) == ["kind"]

    @pytest.mark.parametrize("count", [1, 2, 5, 30])
    def test_values_that_never_fall_may_be_standings(self, tmp_path: Path, count: int) -> None:
        text = hourly("start,Export kWh", [str(7 + at) for at in range(count)])
        described = cl.describe_meter_file(file_of(tmp_path, text), zone=BAKU)
        assert "kind" in names(described)

    def test_standings_that_begin_at_0_each_day(self, tmp_path: Path) -> None:
        lines = [f"{day:%Y-%m-%d} {hour:02d}:00,{hour * 5}" for day in (MAY, MAY + timedelta(1)) for hour in range(24)]
        path = file_of(tmp_path, "\n".join(["time,Export kWh", *lines]))
        described = cl.describe_meter_file(path, zone=BAKU)
        assert [(item.name, item.suggested) for item in described.questions] == [("kind", "register-reset-daily")]
        answered = described.answered(kind="register-reset-daily")
        assert answered.layout is not None
        assert has(answered.doubts, "refused", "missing_is")  # the last hour of the first day has no standing

    def test_missing_values(self, tmp_path: Path) -> None:
        values = [*DAY[:5], "", "n/a", *DAY[7:]]
        path = file_of(tmp_path, hourly("time,Export kWh", values))
        described = cl.describe_meter_file(path, zone=BAKU)
        assert names(described) == ["missing"]
        answered = described.answered(missing="gap")
        assert answered.layout is not None
        assert len(cl.read_meter_file(path, answered.layout).gaps) == 1
        assert has(described.answered(missing="refuse").doubts, "refused", "no value")

    def test_values_finer_than_a_watt_hour(self, tmp_path: Path) -> None:
        path = file_of(tmp_path, hourly("time,Export kWh", ["0.0005", *DAY[1:]]))
        described = cl.describe_meter_file(path, zone=BAKU)
        assert [(item.name, item.suggested) for item in described.questions] == [("remainder", "carry")]
        layout = described.answered(remainder="carry").layout
        assert layout is not None
        assert layout.remainder == "carry"

    def test_flags_that_are_not_known(self, tmp_path: Path) -> None:
        path = file_of(tmp_path, hourly("time,Export kWh,Status", [f"{v},{'W' if int(v) > 2 else 'V'}" for v in DAY]))
        described = cl.describe_meter_file(path, zone=BAKU)
        assert names(described) == ["flag_1", "flag_2"]
        layout = described.answered(flag_1="estimated", flag_2="measured").layout
        assert layout is not None
        assert dict(layout.quality.flags) == {"V": "estimated", "W": "measured"}

    @pytest.mark.parametrize("answer", [{"color": "red"}, {"zone": 5}, {"stamp": "middle"}, {"stmap": "end"}])
    def test_an_answer_to_nothing_is_refused(self, tmp_path: Path, answer: Mapping[str, Any]) -> None:
        described = cl.describe_meter_file(file_of(tmp_path, hourly("time,Export kWh", DAY[:5])), zone=BAKU)
        with pytest.raises(cl.errors.QuantityError):
            described.answered(**answer)

    def test_answers_that_contradict_each_other_give_no_layout(self, tmp_path: Path) -> None:
        path = file_of(tmp_path, hourly("time,A kWh,B kWh", [f"{v},{8 - int(v)}" for v in DAY]))
        described = cl.describe_meter_file(path, zone=BAKU).answered(role_2="net", role_3="import")
        assert described.layout is None
        assert has(described.doubts, "do not go together")


class TestWhatIsRecognised:
    def test_a_german_file(self, tmp_path: Path) -> None:
        quarter = timedelta(minutes=15)
        lines = [
            f"{MAY + at * quarter:%d.%m.%Y};{MAY + at * quarter:%H:%M};{MAY + (at + 1) * quarter:%H:%M};{at % 3},25;W;"
            for at in range(96)
        ]
        text = "\r\n".join(
            ["Zählpunkt;DE0012345", "", "Datum;Von;Bis;Einspeisung;Status", ";;;[kWh];", *lines, "Summe;;;96,00;;", ""]
        )
        path = file_of(tmp_path, text, "cp1252")
        described = cl.describe_meter_file(path, zone="Europe/Berlin").answered(flag_1="measured")
        assert described.layout is not None
        table = described.layout.table
        assert (table.delimiter, table.encoding, table.skip_lines) == (";", "cp1252", 2)
        assert (table.unit_row, table.footers, table.extra_cells) == (True, ("Summe",), True)
        assert has(described.doubts, "not UTF-8", "Zählpunkt")
        assert cl.read_meter_file(path, described.layout).total_wh == sum(at % 3 * 1000 + 250 for at in range(96))

    def test_from_and_to(self, tmp_path: Path) -> None:
        lines = [
            f"{MAY + timedelta(hours=at):%Y-%m-%dT%H:%M};{MAY + timedelta(hours=at + 1):%Y-%m-%dT%H:%M};{at % 3}"
            for at in range(5)
        ]
        path = file_of(tmp_path, "\n".join(["from;to;Bezug kWh", *lines]))
        layout = cl.describe_meter_file(path, zone=BAKU).layout
        assert layout is not None
        assert (layout.time.columns, layout.time.end_columns) == (("from",), ("to",))
        assert cl.read_meter_file(path, layout).total_wh == -4_000

    @pytest.mark.parametrize(
        ("count", "step"),
        [(24, "1 hour"), (25, "1 hour"), (48, "30 min"), (50, "30 min"), (96, "15 min"), (100, "15 min")],
    )
    def test_days_side_by_side(self, tmp_path: Path, count: int, step: str) -> None:
        header = ["MPAN", "Date", *(f"Export kWh {number}" for number in range(1, count + 1)), "Total"]
        used = count - count % 24 if count % 24 in (1, 2, 4) else count
        cells = ["2"] * used + [""] * (count - used)
        lines = [",".join(["1200", f"{MAY + timedelta(at):%d/%m/%Y}", *cells, str(2 * used)]) for at in range(3)]
        path = file_of(tmp_path, "\n".join([",".join(header), *lines]))
        described = cl.describe_meter_file(path, zone="Europe/London")
        assert described.layout is not None, described
        assert described.layout.wide is not None
        assert described.layout.time.step == (step,)
        assert described.layout.meter_column == "MPAN"
        assert cl.read_meter_file(path, described.layout).total_wh == 3 * used * 2000

    def test_days_side_by_side_with_flags(self, tmp_path: Path) -> None:
        pairs = ",".join(f"HH{number:02d},F{number}" for number in range(1, 49))
        line = ",".join(["0.5,A", "0.5,E"] * 24)
        path = file_of(tmp_path, f"Meter,Date,{pairs}\n77,13/05/2024,{line}\n77,14/05/2024,{line}\n")
        described = cl.describe_meter_file(path, zone="Europe/London")
        assert set(names(described)) == {"unit", "role"}
        layout = described.answered(unit="kWh", role="export").layout
        assert layout is not None
        assert layout.wide is not None
        assert (layout.wide.flags, dict(layout.quality.flags)) == ("after", {"A": "measured", "E": "estimated"})
        assert cl.read_meter_file(path, layout).total_wh == 48_000

    def test_flags_before_the_values(self, tmp_path: Path) -> None:
        pairs = ",".join(f"F{number},HH{number:02d}" for number in range(1, 49))
        path = file_of(tmp_path, f"Date,{pairs}\n2024-05-13,{','.join(['E,0.5', 'A,0.5'] * 24)}\n")
        layout = cl.describe_meter_file(path, zone=BAKU).answered(unit="kWh", role="export").layout
        assert layout is not None
        assert layout.wide is not None
        assert (layout.wide.flags, layout.wide.first, layout.wide.last) == ("before", "HH01", "HH48")
        assert cl.read_meter_file(path, layout).runs[0].quality == "estimated"

    def test_meters_and_channels(self, tmp_path: Path) -> None:
        lines = [
            f"{meter},{channel},{MAY + timedelta(hours=at):%Y-%m-%dT%H:%MZ},{at % 5}"
            for meter in ("M1", "M2")
            for channel in ("1-1:1.29.0", "1-1:2.29.0", "1-1:3.29.0")
            for at in range(24)
        ]
        path = file_of(tmp_path, "\n".join(["meter id,OBIS,time,kWh", *lines]))
        described = cl.describe_meter_file(path, zone="UTC")
        assert described.layout is not None, described
        assert {value.channel: value.role for value in described.layout.values} == {
            "1-1:1.29.0": "import",
            "1-1:2.29.0": "export",
        }
        assert described.layout.skip_channels == ("1-1:3.29.0",)
        assert cl.read_meter_file(path, described.layout).meters == ("M1", "M2")

    def test_a_column_of_summer_time(self, tmp_path: Path) -> None:
        text = hourly("time,Export kWh,S/W", [f"{value},S" for value in DAY])
        layout = cl.describe_meter_file(file_of(tmp_path, text), zone="Europe/Berlin").layout
        assert layout is not None
        assert dict(layout.time.summer) == {"S": "summer", "W": "winter"}

    def test_counts_since_1970(self, tmp_path: Path) -> None:
        lines = [f"{(1_715_558_400 + 900 * at) * 1000},{at % 5}" for at in range(96)]
        path = file_of(tmp_path, "\n".join(["timestamp,Export Wh", *lines]))
        described = cl.describe_meter_file(path, zone="UTC")
        assert described.layout is not None
        assert (described.layout.time.format, described.layout.time.step) == ("epoch ms", ("15 min",))

    def test_days_and_months_as_steps(self, tmp_path: Path) -> None:
        days = "\n".join(["Date,Export kWh", *(f"{MAY + timedelta(at):%Y-%m-%d},{at}" for at in range(30))])
        months = "\n".join(["Month,Export MWh", *(f"2024-{month:02d},{month}" for month in range(1, 13))])
        for text, step in ((days, "day"), (months, "month")):
            path = file_of(tmp_path, text)
            described = cl.describe_meter_file(path, zone="Europe/Berlin")
            while described.questions:
                described = described.answered(**{question.name: "energy" for question in described.questions})
            assert described.layout is not None
            assert described.layout.time.step == (step,)
            assert cl.read_meter_file(path, described.layout).period.zone == "Europe/Berlin"

    def test_two_resolutions(self, tmp_path: Path) -> None:
        times = [MAY + timedelta(hours=at) for at in range(24)]
        times += [MAY + timedelta(days=1, minutes=15 * at) for at in range(96)]
        path = file_of(
            tmp_path, "\n".join(["time,Export kWh", *(f"{time:%Y-%m-%d %H:%M},{time.hour % 2}" for time in times)])
        )
        described = cl.describe_meter_file(path, zone=BAKU)
        while described.questions:
            described = described.answered(**{question.name: "start" for question in described.questions})
        assert described.layout is not None
        assert described.layout.time.step == ("1 hour", "15 min")
        assert cl.read_meter_file(path, described.layout).total_wh == 60_000

    def test_thousands_spaces_exponents_and_spreadsheet_text(self, tmp_path: Path) -> None:
        path = file_of(tmp_path, hourly("time;Export kWh", ["1 234,5", "1,5E+2", '="12,25"'] * 8, mark=";"))
        described = cl.describe_meter_file(path, zone=BAKU)
        assert described.layout is not None, described
        assert cl.read_meter_file(path, described.layout).total_wh == 8 * (1_234_500 + 150_000 + 12_250)

    def test_utf_16_and_tabs(self, tmp_path: Path) -> None:
        path = file_of(tmp_path, hourly("time\tÉnergie injectée kWh", DAY, mark="\t"), "utf-16")
        described = cl.describe_meter_file(path, zone=BAKU)
        assert described.layout is not None
        assert (described.layout.table.encoding, described.layout.table.delimiter) == ("utf-16", "\t")

    @pytest.mark.parametrize(
        ("text", "form"),
        [
            ("100,NEM12,200405011135,MDA1,Ret1\n200,VABD000163,E1Q1,E1,E1,N1,METSER123,kWh,30,\n900\n", "nem12"),
            ('<?xml version="1.0"?>\n<feed><x xmlns="http://naesb.org/espi"/></feed>', "green-button"),
            ('<GL_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0"/>', "entsoe"),
        ],
    )  # fmt: skip
    def test_named_formats_by_their_beginning(self, tmp_path: Path, text: str, form: str, monkeypatch: Any) -> None:
        def refused(*_: object) -> None:
            raise cl.errors.MissingDataError("no reading")

        monkeypatch.setattr("carbon_ledger.metering.guess.description.read_meter_file", refused)
        path = file_of(tmp_path, text)
        described = cl.describe_meter_file(path)
        if form != "nem12":
            assert names(described) == ["zone"]
            described = described.answered(zone="Europe/Paris")
        assert described.layout is not None
        assert described.layout.format == form
        assert has(described.doubts, "refused", "no reading")

    def test_another_xml_document(self, tmp_path: Path) -> None:
        described = cl.describe_meter_file(file_of(tmp_path, "<html/>"), zone=BAKU)
        assert described.layout is None
        assert has(described.doubts, "XML")

    def test_a_sheet_of_excel(self, tmp_path: Path) -> None:
        writer = pytest.importorskip("xlsxwriter")
        pytest.importorskip("python_calamine")
        book = writer.Workbook(str(tmp_path / "may.xlsx"))
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Plant 1"])
        sheet.write_row(2, 0, ["time", "Export kWh"])
        for at, value in enumerate(DAY):
            sheet.write_row(3 + at, 0, [f"{MAY + timedelta(hours=at):%Y-%m-%d %H:%M}", int(value)])
        book.close()
        described = cl.describe_meter_file(tmp_path / "may.xlsx", zone=BAKU)
        assert described.layout is not None, described
        assert (described.layout.table.kind, described.layout.table.skip_lines) == ("excel", 2)
        assert cl.read_meter_file(described.path, described.layout).total_wh == sum(map(int, DAY)) * 1000


class TestTraps:
    def test_ends_that_are_the_last_minute_of_a_step(self, tmp_path: Path) -> None:
        lines = [
            f"{MAY:%Y-%m-%d} {hour:02d}:{start:02d},{MAY:%Y-%m-%d} {hour:02d}:{start + 14:02d},{hour % 3}"
            for hour in range(24)
            for start in (0, 15, 30, 45)
        ]
        path = file_of(tmp_path, "\n".join(["from,to,Export kWh", *lines]))
        layout = cl.describe_meter_file(path, zone=BAKU).layout
        assert layout is not None
        assert layout.time.end_columns == ()
        assert cl.read_meter_file(path, layout).gaps == ()

    def test_channels_of_different_units(self, tmp_path: Path) -> None:
        lines = [
            f"{MAY + timedelta(hours=at):%Y-%m-%dT%H:%MZ},{channel},{at % 3}"
            for at in range(24)
            for channel in ("Export (Wh)", "Import (kWh)")
        ]
        layout = cl.describe_meter_file(file_of(tmp_path, "\n".join(["time,type,value", *lines])), zone="UTC").layout
        assert layout is not None
        assert [(value.role, value.unit) for value in layout.values] == [("export", "Wh"), ("import", "kWh")]

    @pytest.mark.parametrize(
        "header", ["Eigenverbrauch kWh", "Lieferung kWh", "Self-consumption kWh", "Generation kWh"]
    )
    def test_words_that_do_not_name_a_side_of_the_grid_meter(self, tmp_path: Path, header: str) -> None:
        described = cl.describe_meter_file(file_of(tmp_path, hourly(f"time,{header}", DAY)), zone=BAKU)
        assert names(described) == ["role"]

    def test_two_columns_of_one_role_are_not_added_up_in_silence(self, tmp_path: Path) -> None:
        text = hourly("time,Bezug kWh,Verbrauch kWh", [f"{v},{8 - int(v)}" for v in DAY])
        path = file_of(tmp_path, text)
        described = cl.describe_meter_file(path, zone=BAKU)
        assert [(item.name, item.suggested) for item in described.questions] == [
            ("role_2", "import"),
            ("role_3", "import"),
        ]
        one = described.answered(role_2="import", role_3="skip").layout
        assert cl.read_meter_file(path, one).total_wh == -sum(map(int, DAY)) * 1000

    def test_numbered_hours_of_the_long_day(self, tmp_path: Path) -> None:
        lines = [f"27/10/2024;{number};{number % 3},5" for number in range(1, 26)]
        path = file_of(tmp_path, "\n".join(["Fecha;Hora;Export kWh", *lines]))
        layout = cl.describe_meter_file(path, zone="Europe/Madrid").layout
        assert layout is not None
        assert (layout.time.interval_column, layout.time.step) == ("Hora", ("1 hour",))
        file = cl.read_meter_file(path, layout)
        assert file.period == cl.Period.day("2024-10-27", zone="Europe/Madrid")
        assert file.total_wh == sum(number % 3 * 1000 + 500 for number in range(1, 26))

    def test_numbers_of_a_part_of_a_day(self, tmp_path: Path) -> None:
        lines = [f"{MAY:%d/%m/%Y};{number};{number % 3}" for number in range(1, 21)]
        path = file_of(tmp_path, "\n".join(["Fecha;Hora;Export kWh", *lines]))
        described = cl.describe_meter_file(path, zone="Europe/Madrid")
        assert names(described)[0] == "step"
        assert [*described.questions[0].choices] == ["1 hour", "30 min", "15 min"]

    def test_columns_that_may_name_meters_are_mentioned(self, tmp_path: Path) -> None:
        text = hourly("time,Export kWh,place", [f"{v},{'north' if at < 12 else 'south'}" for at, v in enumerate(DAY)])
        described = cl.describe_meter_file(file_of(tmp_path, text), zone=BAKU)
        assert has(described.doubts, "'place' is not read", "north")

    def test_a_blank_header_of_times(self, tmp_path: Path) -> None:
        described = cl.describe_meter_file(
            file_of(tmp_path, hourly(",Export kWh,x", [f"{v},1" for v in DAY])), zone=BAKU
        )
        assert described.layout is None
        assert has(described.doubts, "header is blank")

    def test_a_number_that_the_layout_does_not_read(self, tmp_path: Path) -> None:
        path = file_of(tmp_path, hourly("time;Export kWh", [*DAY[:5], "1'2'3", "1 234,5", *DAY[7:]], mark=";"))
        assert has(cl.describe_meter_file(path, zone=BAKU).doubts, "refused", "line 7")

    def test_a_single_day_side_by_side(self, tmp_path: Path) -> None:
        header = ",".join(["Date", *(f"Export kWh {hour}" for hour in range(1, 25))])
        path = file_of(tmp_path, f"{header}\n2024-05-13,{','.join(DAY)}\n")
        layout = cl.describe_meter_file(path, zone=BAKU).layout
        assert layout is not None
        assert cl.read_meter_file(path, layout).total_wh == sum(map(int, DAY)) * 1000

    def test_several_meters_without_their_column_are_refused(self, tmp_path: Path) -> None:
        lines = [f"{MAY + timedelta(hours=at):%Y-%m-%d %H:%M},{at % 3},{box}" for box in "xy" for at in range(24)]
        described = cl.describe_meter_file(file_of(tmp_path, "\n".join(["time,Export kWh,box", *lines])), zone=BAKU)
        assert has(described.doubts, "times repeat")
        assert described.read == ()

    def test_power_beside_energy_is_not_added_to_it(self, tmp_path: Path) -> None:
        text = hourly("time,Export kWh,Export kW", [f"{v},{v}" for v in DAY])
        described = cl.describe_meter_file(file_of(tmp_path, text), zone=BAKU)
        assert described.layout is not None
        assert [value.column for value in described.layout.values] == ["Export kWh"]
        assert has(described.doubts, "'Export kW' is power", "not read")


class TestWhatIsNoMeterFile:
    @pytest.mark.parametrize("data", [b"", b"  \n", b"\0\1\2", b"\xff\xfe"])
    def test_no_text(self, tmp_path: Path, data: bytes) -> None:
        path = tmp_path / "file"
        path.write_bytes(data)
        try:
            described = cl.describe_meter_file(path)
        except cl.errors.CarbonLedgerError:
            return
        assert described.layout is None

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(cl.errors.MissingDataError):
            cl.describe_meter_file(tmp_path / "ghost.csv")

    @pytest.mark.parametrize(
        "text",
        ["hello", "a,b\nc,d\n", "a,b\n1,2\n3,4\n", "Dear Sir,\nhere is, the file\n", "name,day\nx,2024-05-13\n"],
    )
    def test_no_times_or_values(self, tmp_path: Path, text: str) -> None:
        described = cl.describe_meter_file(file_of(tmp_path, text), zone=BAKU)
        assert described.layout is None
        assert described.doubts


def test_a_file_whose_newest_row_is_first(tmp_path: Path) -> None:
    clocks = ["04:00", "03:00", "02:00", "02:00", "01:00", "00:00"]
    rows = [f"2026-10-25 {clock},{at}.5" for at, clock in enumerate(clocks)]
    path = file_of(tmp_path, "\n".join(["time,Export kWh", *rows, ""]))
    described = cl.describe_meter_file(path, zone="Europe/Berlin").answered(stamp="start")
    assert described.layout is not None
    assert described.layout.time.order == "newest-first"
    assert cl.read_meter_file(path, described.layout).runs[0].net_wh == (5500, 4500, 3500, 2500, 1500, 500)


def test_the_first_refusal_is_a_doubt(tmp_path: Path) -> None:
    lines = hourly("time,Export kWh", DAY * 200).splitlines()
    lines[3_900] += "x"
    described = cl.describe_meter_file(file_of(tmp_path, "\n".join(lines)), zone=BAKU)
    assert described.layout is not None
    assert has(described.doubts, "refused", "line 3901")
    assert described.read == ()


def test_only_the_beginning_and_the_end_are_looked_at(tmp_path: Path) -> None:
    from carbon_ledger.metering.guess.sample import HEAD_BYTES, TAIL_BYTES, sample_of

    path = file_of(tmp_path, hourly("time,Export kWh", DAY * 2_000))
    sample = sample_of(path)
    assert (len(sample.head), len(sample.tail)) == (HEAD_BYTES, TAIL_BYTES)
    described = cl.describe_meter_file(path, zone=BAKU)
    assert described.layout is not None
    assert has(described.read, f"{48_000} rows")


def test_the_text_shows_everything_and_the_layout_as_toml(tmp_path: Path) -> None:
    path = file_of(tmp_path, hourly("time,Export kWh", DAY))
    described = cl.describe_meter_file(path)
    text = str(described)
    for item in (*described.reasons, *described.doubts, *(question.text for question in described.questions)):
        assert item in text
    assert "[[values]]" not in text
    answered = described.answered(zone=BAKU)
    assert answered.layout is not None
    assert answered.layout.to_toml().strip() in str(answered)
    assert has(answered.read, "94,000 Wh", "on average 7,000 W") or has(answered.read, "Wh in 2024-05-13")


FORMS = ("%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M", "%d-%b-%Y %H:%M", "%Y%m%d %H:%M")


@given(
    first=st.datetimes(datetime.fromisoformat("2019-01-01"), datetime.fromisoformat("2025-12-01")),
    days=st.integers(1, 4),
    form=st.sampled_from(FORMS),
    stamp=st.sampled_from(("start", "end")),
    decimal=st.sampled_from((",", ".")),
    unit=st.sampled_from(("kWh", "MWh", "kW")),
    places=st.integers(0, 3),
    seed=st.integers(1, 10**6),
)
def test_no_answer_but_the_true_ones_leads_to_another_reading(
    first: datetime,
    days: int,
    form: str,
    stamp: str,
    decimal: str,
    unit: str,
    places: int,
    seed: int,
    tmp_path_factory: Any,
) -> None:
    """Whatever a file leaves open is asked: a layout that is proposed reads what was written, to the last watt-hour."""
    first = first.replace(hour=0, minute=0, second=0, microsecond=0)
    numbers = [pow(seed, at, 10_007) * 7 % (10**places * 2_000) for at in range(24 * days)]
    values = [f"{Decimal(number).scaleb(-places):f}".replace(".", decimal) for number in numbers]
    shifted = first + timedelta(hours=1) if stamp == "end" else first
    path = tmp_path_factory.mktemp("guess") / "file.csv"
    path.write_text(hourly(f"time;Export [{unit}]", values, first=shifted, form=form, mark=";"))
    truth = {
        "stamp": stamp, "decimal": decimal, "kind": "energy", "remainder": "carry",
        "day_order": "month-first" if form.startswith("%m") else "day-first",
    }  # fmt: skip
    described = cl.describe_meter_file(path, zone=BAKU)
    for _ in range(5):
        assert (described.layout is None) == bool(described.questions)
        described = described.answered(**{question.name: truth[question.name] for question in described.questions})
    assert described.layout is not None
    file = cl.read_meter_file(path, described.layout)
    factor = {"kWh": 1_000, "kW": 1_000, "MWh": 1_000_000}[unit]
    assert file.only.exact_wh == sum((Fraction(number, 10**places) * factor for number in numbers), Fraction(0))
    start = f"{first:%Y-%m-%d}"
    assert file.period == cl.Period.of(start, f"{first + timedelta(days=days):%Y-%m-%d}", zone=BAKU)
