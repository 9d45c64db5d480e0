"""A quantification in a notebook, and the comparison of two quantifications line by line."""

from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import attrs
import pytest

from carbon_ledger.methodologies import DeviceSteps, Line, Quantification
from carbon_ledger.periods import Period
from carbon_ledger.waivers import Waiver

PERIOD = Period.year(2024, zone="Asia/Baku")


def line(symbol: str, value: str, **more: Any) -> Line:
    fields: dict[str, Any] = {"symbol": symbol, "name": f"the {symbol}", "value": Decimal(value), "unit": "tCO2e"}
    return Line(**(fields | more))


LINES = (
    line("BE[2024]", "26880.000", formula="EG x EF", inputs=("EG", "EF"), source="ACM0002 v22.0", confidence="S"),
    line("PE[2024]", "0"),
)


def made(**more: Any) -> Quantification:
    fields: dict[str, Any] = {
        "project": "kalbajar-hydro",
        "period": PERIOD,
        "unit": "tCO2e",
        "methodology": "GCCM001@4.0",
        "factor_id": "f",
        "lines": LINES,
        "amounts": ((2024, Decimal("26880.5")),),
    }
    return Quantification(**(fields | more))


class Table(HTMLParser):
    """The cells of a table, and whether every tag was closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.caption = ""
        self.tags: list[str] = []
        self.seen: set[str] = set()
        self.feed(text)
        assert self.tags == []

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.seen.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.tags.pop() == tag

    def handle_data(self, data: str) -> None:
        if "caption" in self.tags:
            self.caption += data
        else:
            self.rows[-1][-1] += data


def test_a_notebook_shows_a_row_a_line() -> None:
    table = Table(made(waivers=(Waiver("gap", "feeder down"),))._repr_html_())
    assert table.rows == [
        ["symbol", "name", "value", "unit", "formula", "source"],
        ["BE[2024]", "the BE[2024]", "26880", "tCO2e", "EG x EF", "ACM0002 v22.0 [S]"],
        ["PE[2024]", "the PE[2024]", "0", "tCO2e", "", ""],
        ["", "vintage 2024: may be issued", "26880.5", "tCO2e", "", ""],
        ["", "waived: gap", "", "", "", "feeder down"],
    ]
    assert table.caption == f"Quantification of kalbajar-hydro, {PERIOD}: GCCM001@4.0 with factor f"


def test_energy_certificates_are_shown_as_net_energy() -> None:
    steps = DeviceSteps(device="plant", steps=1, net_wh=1, gross_wh=None, claimed=((0, 3600),))
    energy = {"methodology": None, "factor_id": None}
    assert Table(made(**energy, steps=(steps,))._repr_html_()).caption.endswith(": net energy")
    assert Table(made(**energy)._repr_html_()).caption.endswith(": units of carry")


@pytest.mark.parametrize("field", ["symbol", "name", "unit", "formula", "source", "confidence"])
def test_no_text_becomes_markup(field: str) -> None:
    hostile = "<script>alert('a') & \"b\"</script>"
    html = made(lines=(attrs.evolve(LINES[0], **{field: hostile}),))._repr_html_()
    assert "<script" not in html
    table = Table(html)
    assert any(hostile in cell for row in table.rows for cell in row)
    assert table.seen == {"table", "caption", "thead", "tbody", "tr", "th", "td"}


def test_a_reason_and_a_project_are_escaped_too() -> None:
    html = made(project="<b>", waivers=(Waiver("gap", "<i>"),))._repr_html_()
    assert "<b>" not in html
    assert "<i>" not in html


# --- differences --------------------------------------------------------------------------------------


def test_equal_quantifications_do_not_differ() -> None:
    assert made().differences(made()) == ()
    same = made(lines=(attrs.evolve(LINES[0], value=Decimal("26880")), LINES[1]))
    assert made().differences(same) == ()  # 26880.000 is pinned as 26880


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": Decimal(26_881)}, "line BE[2024]: 26880 tCO2e here, 26881 tCO2e in the other"),
        ({"unit": "tCO2"}, "line BE[2024]: 26880 tCO2e here, 26880 tCO2 in the other"),
        ({"formula": "EG"}, "line BE[2024]: formula 'EG x EF' here, 'EG' in the other"),
        ({"inputs": ("EG",)}, "line BE[2024]: inputs ['EG', 'EF'] here, ['EG'] in the other"),
        ({"name": "n"}, "line BE[2024]: name 'the BE[2024]' here, 'n' in the other"),
        ({"source": ""}, "line BE[2024]: source 'ACM0002 v22.0' here, None in the other"),
        ({"confidence": "P"}, "line BE[2024]: confidence 'S' here, 'P' in the other"),
    ],
)
def test_the_line_that_differs_is_named(change: dict[str, Any], said: str) -> None:
    other = made(lines=(attrs.evolve(LINES[0], **change), LINES[1]))
    assert made().differences(other) == (said,)


def test_a_line_that_only_one_has_is_named() -> None:
    longer = made(lines=(*LINES, line("LE[2024]", "1.50")))
    assert made().differences(longer) == ("line LE[2024]: no such line here, 1.5 tCO2e in the other",)
    assert longer.differences(made()) == ("line LE[2024]: 1.5 tCO2e here, no such line in the other",)


def test_another_order_is_a_difference() -> None:
    assert made().differences(made(lines=LINES[::-1])) == ("lines: the same lines, in another order",)


@pytest.mark.parametrize(
    "change",
    [
        {"project": "other"},
        {"period": Period.year(2023, zone="Asia/Baku")},
        {"unit": "MWh"},
        {"methodology": None},
        {"factor_id": "g"},
        {"waivers": (Waiver("gap", "why"),)},
        {"amounts": ((2024, Decimal(1)),)},
    ],
)
def test_every_other_part_is_compared(change: dict[str, Any]) -> None:
    (said,) = made().differences(made(**change))
    part = next(iter(change)).removesuffix("_id")
    assert said.startswith(f"{part}: ")
    assert said.endswith(" in the other")


def test_several_differences_are_all_said() -> None:
    other = made(lines=(line("BE[2024]", "1"), line("X", "2")), amounts=())
    said = made().differences(other)
    assert [text.split(":")[0] for text in said] == [
        "line BE[2024]",
        "line BE[2024]",
        "line BE[2024]",
        "line BE[2024]",
        "line BE[2024]",
        "line PE[2024]",
        "line X",
        "amounts",
    ]
