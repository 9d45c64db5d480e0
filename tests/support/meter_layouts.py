"""Layouts of meter files for properties: every field, in combinations that a layout allows."""

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.layouts.layout import FORMATS, REMAINDERS
from carbon_ledger.metering.layouts.parts import ENCODINGS, FLAGS, KINDS, NUMBERINGS, ROLES, STAMPS, THOUSANDS
from carbon_ledger.metering.readings import QUALITIES

ZONES = ("UTC", "Asia/Baku", "Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut")
FORMATS_OF_TIME = (None, "%d.%m.%Y %H:%M", "%Y-%m-%d", "%m/%d/%y %I:%M %p", "epoch s", "epoch ms", "%Y%m%d%H%M")

# Any text of one line, with quotes, backslashes, tabs, control characters, and letters of any script.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\0"), max_size=12)
NAMES = TEXTS.filter(bool)
NUMBERS = st.decimals("0.001", 10**9, places=3).map(str)


def _some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


def _words(choices: tuple[str, ...]) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(TEXTS, st.sampled_from(choices), max_size=4)


TABLES = _some(
    kind=st.sampled_from(("csv", "excel")), delimiter=st.sampled_from((",", ";", "\t", "|")),
    encoding=st.sampled_from(ENCODINGS), skip_lines=st.integers(0, 10_000), header=st.just(True),
    unit_row=st.booleans(), footers=st.lists(TEXTS.filter(str.strip), max_size=3) | NAMES.filter(str.strip),
    extra_cells=st.booleans(), sheet=TEXTS,
)  # fmt: skip
NUMBER_PARTS = _some(
    decimal=st.just("."), thousands=st.sampled_from([mark for mark in THOUSANDS if mark != "."]),
    missing=st.lists(TEXTS, max_size=3), missing_is=st.sampled_from(("refuse", "gap")), exponent=st.booleans(),
    excel_text=st.booleans(),
) | st.fixed_dictionaries(
    {"decimal": st.just(",")}, optional={"thousands": st.sampled_from(("", ".", " "))}
)  # fmt: skip
TIMES = st.fixed_dictionaries(
    {"columns": NAMES | st.lists(NAMES, min_size=1, max_size=2)},
    optional={
        "end_columns": st.lists(NAMES, max_size=2), "format": st.sampled_from(FORMATS_OF_TIME),
        "stamp": st.sampled_from(STAMPS), "offset": st.sampled_from(("", "+10:00", "-03:30")),
        "step": st.sampled_from(("15 min", "day", "month", ["1 hour", "15 min"], "30 s")),
    },
)  # fmt: skip
SUMMER = st.fixed_dictionaries(
    {
        "columns": NAMES, "summer_column": NAMES,
        "summer": _words(("summer", "winter")).filter(bool),
    },
    optional={"interval_column": NAMES},
)  # fmt: skip
EXCHANGES = st.fixed_dictionaries(
    {
        "at": st.sampled_from(("2024-05-01T00:00:00Z", "2024-05-01T12:00:00+02:00")), "last_standing": NUMBERS,
        "first_standing": NUMBERS, "evidence": st.sampled_from(("sha256:" + "0" * 64, "sha256:" + "f" * 64)),
    },
)  # fmt: skip


@st.composite
def value_columns(draw: st.DrawFn, *, wide: bool, channel: bool) -> dict[str, Any]:
    """The fields of a `ValueColumn`."""
    kind = draw(st.sampled_from(KINDS))
    value: dict[str, Any] = {"role": draw(st.sampled_from(ROLES)), "kind": kind, "multiplier": draw(NUMBERS)}
    value["unit"] = draw(st.sampled_from(("kW", "MW") if kind == "power" else ("Wh", "kWh", "MWh")))
    if not wide:
        value["column"] = draw(NAMES)
    if channel:
        value["channel"] = draw(NAMES)
    if kind == "register":
        value |= draw(st.sampled_from(({}, {"modulus": "1000000"}, {"reset": "day"})))
    return value


@st.composite
def layouts(draw: st.DrawFn) -> MeterLayout:
    """A layout that the library takes."""
    wide, channel = draw(st.booleans()), draw(st.booleans())
    fields: dict[str, Any] = {
        "name": draw(NAMES), "zone": draw(st.sampled_from(ZONES)), "table": draw(TABLES), "numbers": draw(NUMBER_PARTS),
        "remainder": draw(st.sampled_from(REMAINDERS)), "source": draw(TEXTS),
    }  # fmt: skip
    if draw(st.integers(0, 9)) == 0:
        fields["format"] = draw(st.sampled_from(FORMATS[1:]))
    else:
        column = value_columns(wide=wide, channel=channel)
        fields["values"] = draw(column | st.lists(column, min_size=1, max_size=3))
        fields["time"] = draw(TIMES | SUMMER)
        fields["meter_column"] = draw(TEXTS)
        if channel:
            fields |= {"channel_column": draw(NAMES), "skip_channels": draw(st.lists(TEXTS, max_size=2))}
        if wide:
            fields["time"] = {"columns": draw(NAMES), "step": draw(st.sampled_from(("15 min", "1 hour")))}
            fields["wide"] = {
                "first": draw(NAMES), "last": draw(NAMES), "flags": draw(st.sampled_from(FLAGS)),
                "numbering": draw(st.sampled_from(NUMBERINGS)),
            }  # fmt: skip
        fields["quality"] = {
            "flags": draw(_words(QUALITIES)), "default": draw(st.sampled_from(QUALITIES)),
            "column": "" if wide else draw(TEXTS),
        }  # fmt: skip
        if draw(st.booleans()):
            meter = {"meter": draw(NAMES)} if fields["meter_column"] else {}
            fields["exchanges"] = [item | meter for item in draw(st.lists(EXCHANGES, max_size=2))]
    try:
        return MeterLayout(**fields)
    except CarbonLedgerError:
        assume(False)  # parts that contradict each other
        raise
