"""Layouts: through TOML and records unchanged, and what contradicts itself is refused."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.meter_layouts import layouts
from tests.support.meter_tables import table_layout

import carbon_ledger as cl
from carbon_ledger import canonical
from carbon_ledger.errors import CarbonLedgerError, MissingDataError, PeriodError, QuantityError
from carbon_ledger.metering.layouts import MeterLayout

EVIDENCE = "sha256:" + "e" * 64
EXCHANGE = {"at": "2024-05-01T00:00Z", "last_standing": "10", "first_standing": "0", "evidence": EVIDENCE}
REGISTER = {"column": "kWh", "kind": "register"}


@given(layouts())
@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_a_layout_comes_back_from_toml_from_json_and_from_the_entry_format(layout: MeterLayout) -> None:
    text = layout.to_toml()
    assert MeterLayout.from_toml(text) == layout
    assert MeterLayout.from_toml(text).to_toml() == text
    record = layout.to_record()
    assert tomllib.loads(text) == record
    assert MeterLayout.from_record(record) == layout
    assert MeterLayout.from_record(json.loads(json.dumps(record))) == layout
    assert canonical.loads(canonical.dumps(record)) == record
    assert hash(MeterLayout.from_record(record)) == hash(layout)


def test_a_short_layout_has_a_short_record(tmp_path: Path) -> None:
    layout = table_layout()
    assert layout.to_record() == {
        "name": "test", "zone": "UTC", "time": {"columns": ["time"]}, "values": [{"column": "kWh"}],
    }  # fmt: skip
    path = tmp_path / "layout.toml"
    path.write_text("\ufeff" + layout.to_toml(), encoding="utf-8")
    assert MeterLayout.read(path) == layout
    with pytest.raises(MissingDataError, match=r"cannot be read"):
        MeterLayout.read(tmp_path / "absent.toml")
    path.write_bytes(b'name = "\xff"')
    with pytest.raises(QuantityError, match="expected a TOML document in UTF-8"):
        MeterLayout.read(path)


PLANT = """
name = "plant"
zone = "Europe/Berlin"
remainder = "carry"

[table]
delimiter = ";"
encoding = "cp1252"
footers = "Summe"

[numbers]
decimal = ","

[time]
columns = ["Datum", "von"]
end_columns = ["Datum", "bis"]
format = "%d.%m.%Y %H:%M"

[[values]]
column = "Bezug"
role = "import"

[[values]]
column = "Lieferung"
role = "export"

[quality]
column = "Status"
flags = { W = "measured", E = "estimated" }
"""


def test_flags_of_other_scripts_are_pairs_since_the_keys_of_an_entry_are_ascii() -> None:
    layout = table_layout(quality={"column": "q", "flags": {"geschätzt": "estimated", "W": "measured"}})
    record = layout.to_record()
    assert record["quality"]["flags"] == [["W", "measured"], ["geschätzt", "estimated"]]
    assert MeterLayout.from_toml(layout.to_toml()) == layout
    assert canonical.loads(canonical.dumps(record)) == record
    for wrong in ([["W"]], [["W", "measured"], ["W", "estimated"]], [[1, "measured"]], ["W"], [["W", 5]]):
        with pytest.raises(QuantityError, match="flags"):
            table_layout(quality={"column": "q", "flags": wrong})


def test_a_document_written_by_hand() -> None:
    layout = MeterLayout.from_toml(PLANT)
    assert (layout.table.footers, layout.time.end_columns) == (("Summe",), ("Datum", "bis"))
    assert [value.role for value in layout.values] == ["import", "export"]
    assert dict(layout.quality.flags) == {"W": "measured", "E": "estimated"}
    assert MeterLayout.from_toml(layout.to_toml()) == layout
    exchange = (
        'name = "a"\nzone = "UTC"\n[time]\ncolumns = "t"\n[values]\ncolumn = "kWh"\nkind = "register"\n[[exchanges]]\n'
        f'at = 2024-05-01T12:00:00+02:00\nlast_standing = "10"\nfirst_standing = "0"\nevidence = "{EVIDENCE}"\n'
    )
    layout = MeterLayout.from_toml(exchange)
    assert layout.exchanges[0].at == "2024-05-01T10:00:00Z", "TOML has times"
    assert MeterLayout.from_toml(layout.to_toml()) == layout


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("name = ", "layout: not TOML: "),
        ("[" * 5000, "layout: not TOML: |layout"),
        ("a = " + "9" * 5000, "layout: not TOML: "),
        (PLANT.replace("zone", "zones"), r"layout: no field 'zones'; did you mean 'zone'\?"),
        (PLANT.replace("delimiter", "delimeter"), r"table: no field 'delimeter'; did you mean 'delimiter'\?"),
        (PLANT.replace("end_columns", "end_column"), r"time: no field 'end_column'; did you mean 'end_columns'\?"),
        (PLANT.replace("role", "rolle"), r"values: no field 'rolle'; did you mean 'role'\?"),
        (PLANT.replace("role", "xyz"), r"values: no field 'xyz'; known: column, unit, role"),
        (PLANT.replace("flags", "flag"), r"quality: no field 'flag'; did you mean 'flags'\?"),
        (PLANT.replace('name = "plant"', ""), "layout: the field 'name' is missing"),
        (PLANT.replace('"carry"', '"cary"'), r"remainder 'cary': did you mean 'carry'\?"),
        (PLANT.replace('"cp1252"', '"latin"'), r"encoding 'latin': "),
        (PLANT.replace("Europe/Berlin", "Europe/Bärlin"), "zone"),
        (PLANT.replace('"estimated"', '"guess"'), r"flags, 'E' 'guess': expected one of 'measured', 'estimated'"),
        (PLANT.replace('"Bezug"', '""'), "a column belongs to each value"),
        ('name = "a"\nzone = "UTC"\n[wide]\nfirst = "1"\n', "wide: the field 'last' is missing"),
    ],
)
def test_a_document_that_is_no_layout_is_refused(document: str, says: str) -> None:
    with pytest.raises((QuantityError, PeriodError), match=says):
        MeterLayout.from_toml(document)


WRONG = [
    "1",
    "1.5",
    "true",
    "1979-05-27",
    "1979-05-27T07:32:00Z",
    "07:32:00",
    "[]",
    "[1]",
    "[[]]",
    "{}",
    "{ a = 1 }",
    "[{}]",
    '""',
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_value_of_another_type_is_refused_in_every_field(wrong: str) -> None:
    """Each field of each part: a wrong value is refused by this library, or is what the field takes."""
    fields: dict[str, str] = {
        "": "name zone format table numbers time values wide meter_column channel_column skip_channels quality "
        "exchanges remainder source",
        "table": "kind delimiter encoding skip_lines header unit_row footers extra_cells sheet",
        "numbers": "decimal thousands missing missing_is exponent excel_text",
        "time": "columns end_columns format stamp offset summer_column summer interval_column step",
        "values": "column unit role kind multiplier channel modulus reset",
        "wide": "first last flags numbering",
        "quality": "column flags default",
        "exchanges": "at last_standing first_standing evidence meter register",
    }
    needed = {"wide": {"first": "1", "last": "2"}, "exchanges": EXCHANGE, "values": REGISTER, "time": {"columns": "t"}}
    value = tomllib.loads(f"x = {wrong}")["x"]
    for part, names in fields.items():
        for name in names.split():
            record: dict[str, Any] = {"name": "a", "zone": "UTC", "time": {"columns": "t"}, "values": REGISTER}
            if part:
                record[part] = needed.get(part, {}) | {name: value}
            else:
                record[name] = value
            try:
                layout = MeterLayout.from_record(record)
            except CarbonLedgerError as error:
                unnamed = not any(word in str(error) for word in (name, part or name, "value"))
            else:
                unnamed = MeterLayout.from_toml(layout.to_toml()) != layout
            assert not unnamed, (part, name)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda item: st.lists(item) | st.dictionaries(st.text(), item),
    )
)
def test_what_is_no_record_is_refused(record: Any) -> None:
    with pytest.raises(CarbonLedgerError):
        MeterLayout.from_record(record)
    with pytest.raises(CarbonLedgerError):
        MeterLayout.from_toml(record)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ""}, "name: empty"),
        ({"name": "a\nb"}, "name 'a.*expected one line of text"),
        ({"name": "\ud800"}, "name .*expected one line of text"),
        ({"time": {}}, "time: columns is missing"),
        ({"values": ()}, "values: missing; expected one or more columns"),
        ({"values": [{"column": "a"}, {"column": "a"}]}, "a column or channel is given twice for one role"),
        ({"values": [{"column": "a"}, {"column": "b", "role": "export"}]}, "net beside export; net is exp"),
        ({"channel_column": "c"}, "channel_column and the channel of each value: give both, or neither"),
        ({"values": {"column": "a", "channel": "B1"}}, "channel_column and the channel of each value"),
        ({"wide": {"first": "1", "last": "2"}}, "a column belongs to each value, or a wide layout to all of them"),
        ({"format": "nem12"}, "format nem12: the file itself says what its columns are"),
        ({"format": "csv"}, "format 'csv': expected one of"),
        ({"skip_channels": 5}, "skip_channels 5"),
        ({"values": REGISTER, "time": {"columns": "t", "stamp": "start-plus-step"}}, "a register has a standing"),
        ({"values": REGISTER, "time": {"columns": "t", "end_columns": "e"}}, "a register has a standing"),
        ({"values": REGISTER, "time": {"columns": "t", "interval_column": "n"}}, "a register has a standing"),
        ({"exchanges": EXCHANGE}, "exchanges: .* no value is of kind register"),
        ({"values": REGISTER, "exchanges": EXCHANGE | {"register": "x"}}, r"register 'x': expected one of \['kWh'\]"),
        ({"values": REGISTER, "exchanges": EXCHANGE | {"meter": "a"}}, "a layout without one names none"),
        ({"values": REGISTER, "exchanges": EXCHANGE, "meter_column": "m"}, "names the meter of each exchange"),
        ({"values": REGISTER, "exchanges": [EXCHANGE, EXCHANGE | {"at": "2024-05-01T02:00+02:00"}]}, "twice at"),
        (
            {
                "values": [REGISTER | {"role": "export"}, REGISTER | {"column": "b", "role": "import"}],
                "exchanges": EXCHANGE,
            },
            r"exchanges: register '': expected one of \['b', 'kWh'\]",
        ),
    ],
)  # fmt: skip
def test_parts_that_contradict_each_other_are_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(QuantityError, match=says):
        table_layout(**changes)


@pytest.mark.parametrize(
    "time",
    [
        {"step": "day"},
        {"step": ["1 hour", "15 min"]},
        {"columns": ["a", "b"]},
        {"end_columns": "e"},
        {"stamp": "end"},
        {"interval_column": "n"},
        {"format": "epoch s"},
        {"summer_column": "s", "summer": {"S": "summer"}},
        {"step": "7 min"},
    ],
)
def test_a_wide_layout_takes_a_day_and_one_step(time: dict[str, Any]) -> None:
    with pytest.raises(PeriodError, match="wide: "):
        table_layout(time={"columns": "day"} | time, values={}, wide={"first": "1", "last": "2"})


def test_flags_stand_in_one_place() -> None:
    with pytest.raises(QuantityError, match="flags stand in a column, or beside each value of a wide layout, not both"):
        table_layout(values={}, wide={"first": "1", "last": "2", "flags": "after"}, quality={"column": "q"})
    with pytest.raises(QuantityError, match="several values need a channel_column"):
        table_layout(values=[{"role": "import"}, {"role": "export"}], wide={"first": "1", "last": "2"})


def test_the_parts_are_public() -> None:
    parts = cl.TableLayout(), cl.NumberLayout(decimal=","), cl.TimeLayout(columns="t"), cl.QualityLayout()
    layout = cl.MeterLayout(
        name="a", zone="UTC", table=parts[0], numbers=parts[1], time=parts[2], quality=parts[3],
        values=cl.ValueColumn(column="kWh", kind="register"), exchanges=cl.MeterExchange(**EXCHANGE),
    )  # fmt: skip
    assert cl.MeterLayout.from_record(layout.to_record()) == layout
    assert cl.WideLayout(first="1", last="48").flags == "none"
