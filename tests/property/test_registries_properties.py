"""Serials of other registries: text and numbers stay what they were, whatever the grammar and the range."""

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.errors import SerialError
from carbon_ledger.registries.files import read_registry_csv
from carbon_ledger.registries.grammar import SerialReading
from carbon_ledger.registries.overlaps import earlier_overlaps
from carbon_ledger.registries.ranges import serial_of_range, serial_of_units
from carbon_ledger.registries.templates import KINDS, MAX_TEXT
from carbon_ledger.serials import GRAMMARS, RegistrySerial, SerialForm, SerialGrammar, parse_serial

NAMES = st.from_regex(r"[a-z][a-z_]{0,5}", fullmatch=True).filter(lambda name: name not in ("first", "last"))
PARTS = st.tuples(st.sampled_from(sorted(KINDS)), st.integers(1, 4), st.integers(0, 3))


EXAMPLES = {
    "acr": ["ACR-FR-1129-2025-2917-30932 to 35143"],
    "art-trees": ["ART-GY-102-2021-11-2759599 to 2760598", "FCPF-CI-130-2023-20-1 to 46404"],
    "car": ["CAR-1-US-293-1-120-CA-2006-102-1 to 29251"],
    "cercarbono": [
        "CDC_1_1_1_321_14_1 0 to 999",
        "CDC_1_1_1_321_14_1_2009 4426 to 4971",
        "CDC_7_1_1_321_14_CO_1_1 1526 to 4486",
        "CDC_7_3_1_323_14_CO_1_2_2019 22410 to 28813",
        "CDC_4_1_1_321_14_R1_XX_CO_1_2_2022 1 to 3552",
    ],
    "gold-standard": ["GS1-1-KE-GS7495-16-2025-30645-608-30350"],
    "isometric": ["ISO-1-BSTORE-GBR-F5X7-2024-78177-81177"],
    "m-rets": ["MIRECS-123-MI-01-2009-123-1 to 17"],
}


@st.composite
def ranges(draw: st.DrawFn, low: int = 1, high: int = 10**15 - 1) -> tuple[int, int]:
    first = draw(st.integers(low, high))
    return first, draw(st.one_of(st.integers(first, min(first + 20, high)), st.integers(first, high)))


@st.composite
def grammars(draw: st.DrawFn) -> tuple[SerialGrammar, list[tuple[str, str, int, int]]]:
    """A grammar of one's own, and its parts with their kinds and lengths."""
    names = draw(st.lists(NAMES, max_size=4, unique=True))
    parts = [(name, kind, least, least + more) for name in names for kind, least, more in [draw(PARTS)]]
    written = [f"{{{name}:{kind} {least}-{most}}}" for name, kind, least, most in parts]
    for number in ("{last}", "{first}"):
        written.insert(draw(st.integers(0, len(written))), number)
    template = draw(st.sampled_from(["", "X/", "ISO 7-"])) + "/".join(written) + draw(st.sampled_from(["", "/", " t"]))
    kept = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    form = SerialForm(template, space="/".join(f"{{{name}}}" for name in kept))
    return SerialGrammar(id="own", name="Own", forms=(form,)), parts


@st.composite
def serials(draw: st.DrawFn) -> RegistrySerial:
    """A serial of a drawn grammar."""
    grammar, parts = draw(grammars())
    first, last = draw(ranges())
    texts = {name: draw(st.text(sorted(KINDS[kind]), min_size=a, max_size=b)) for name, kind, a, b in parts}
    numbers = {"first": str(first), "last": str(last)}
    if draw(st.booleans()):
        numbers["first"] = numbers["first"].zfill(len(numbers["last"]))
    return grammar.parse(grammar.forms[0].write({**texts, **numbers}))


@given(serials())
def test_a_serial_is_its_text(serial: RegistrySerial) -> None:
    """Invariant 7: and its count is last - first + 1, for ever."""
    assert serial.grammar.parse(str(serial)) == serial
    assert serial.grammar.forms[0].write(serial.fields) == serial.text
    assert (int(serial.fields["first"]), int(serial.fields["last"])) == (serial.first, serial.last)
    assert serial.count == serial.last - serial.first + 1
    assert serial.grammar.parse(serial.text, count=serial.count) == serial
    with pytest.raises(SerialError):
        serial.grammar.parse(serial.text, count=serial.count - 1)


@given(serials())
def test_a_serial_is_read_again_from_its_record(serial: RegistrySerial) -> None:
    grammar = SerialGrammar.from_record(serial.grammar.to_record())
    assert RegistrySerial.from_record(serial.to_record(), grammar) == serial


@given(serials(), st.lists(st.integers(1, 10**15), max_size=5))
def test_a_cut_partitions_its_serial(serial: RegistrySerial, counts: list[int]) -> None:
    """Invariant 8: into any number of parts, none empty, none lost, none twice."""
    if sum(counts) > serial.count:
        with pytest.raises(SerialError):
            serial.cut(*counts)
        return
    parts = serial.cut(*counts)
    assert [part.count for part in parts[: len(counts)]] == counts
    assert (parts[0].first, parts[-1].last) == (serial.first, serial.last)
    assert all(before.last + 1 == after.first for before, after in pairwise(parts))
    assert {part.space for part in parts} == {serial.space}
    assert not any(before.overlaps(after) for before, after in pairwise(parts))
    others = [{name: text for name, text in part.fields.items() if name not in ("first", "last")} for part in parts]
    assert all(other == others[0] for other in others)


@given(serials(), st.data())
def test_a_part_of_a_part_is_a_part(serial: RegistrySerial, data: st.DataObject) -> None:
    outer = serial.part(*data.draw(ranges(serial.first, serial.last)))
    inner = outer.part(*data.draw(ranges(outer.first, outer.last)))
    assert inner == serial.part(inner.first, inner.last)
    assert inner.overlaps(serial)
    assert serial.overlaps(inner)
    assert len(inner.fields["first"]) <= len(serial.fields["last"])


@given(st.sampled_from(sorted(GRAMMARS)), st.data())
def test_what_a_built_in_grammar_writes_is_read_by_it_alone(registry: str, data: st.DataObject) -> None:
    """Without its registry named: no other grammar reads it."""
    form = data.draw(st.sampled_from(GRAMMARS[registry].forms))
    first, last = data.draw(ranges())
    texts = {
        part.name: data.draw(
            st.text(sorted(KINDS[part.kind]), min_size=part.least, max_size=min(part.most, part.least + 5))
        )
        for part, _ in form._steps
        if not isinstance(part, str)
    }
    # A year, or dates as day, month and year: the first before the last.
    days = sorted(data.draw(st.tuples(st.dates(), st.dates())))
    stated = {"vintage": f"{days[0]:%Y}".zfill(4), "year": f"{days[0]:%Y}".zfill(4)}
    stated |= {f"vintage_{name}": f"{day:%d%m}{day.year:04d}" for name, day in zip(("start", "end"), days, strict=True)}
    if registry != "m-rets":
        texts |= {name: text for name, text in stated.items() if name in texts}
    text = form.write({**texts, "first": str(first), "last": str(last)})
    serial = parse_serial(text)
    assert (serial.registry, serial.first, serial.last, str(serial)) == (registry, first, last, text)
    if registry == "cdm" and texts.get("unit") == "5":
        del texts["unit"]  # it is fixed text in the form of CERs, which is read first
    assert {name: part for name, part in serial.fields.items() if name in texts and name not in ("first", "last")} == {
        name: part for name, part in texts.items() if name not in ("first", "last")
    }


@given(st.one_of(st.text(max_size=MAX_TEXT + 5), st.text("ACR-US1290 to", max_size=60)))
def test_any_text_is_read_as_it_stands_or_refused_by_name(text: str) -> None:
    if any(isinstance(grammar.read(text), SerialReading) for grammar in GRAMMARS.values()):
        assert str(parse_serial(text)) == text
        return
    with pytest.raises(SerialError, match=r"(?s)\Aserial .*: not a serial of any of acr, "):
        parse_serial(text)


@given(st.lists(ranges(1, 60), max_size=30))
def test_an_overlap_is_found_as_by_counting_each_unit(drawn: list[tuple[int, int]]) -> None:
    """Invariant 27: a unit is kept once; against a set of every unit kept so far."""
    kept: dict[int, int] = {}
    for position, ((first, last), found) in enumerate(zip(drawn, earlier_overlaps(drawn), strict=True)):
        holders = {kept[unit] for unit in range(first, last + 1) if unit in kept}
        if found is None:
            assert not holders
            kept.update(dict.fromkeys(range(first, last + 1), position))
        else:
            assert found in holders


@given(st.sampled_from(sorted({*GRAMMARS} - {"verra", "undp", "cdm"})), st.data())
def test_a_range_in_columns_is_the_serial_that_its_registry_writes(registry: str, data: st.DataObject) -> None:
    """Of a series and two numbers, and of the serials of two units."""
    grammar = GRAMMARS[registry]
    text = data.draw(st.sampled_from(EXAMPLES[registry]))
    whole = grammar.parse(text)
    serial = whole.part(*data.draw(ranges(whole.first, whole.last)))
    first, last = str(serial.first), str(serial.last)
    ending = text[
        text.rindex(whole.fields["first"] + ("-" if registry in ("isometric", "gold-standard") else " to ")) :
    ]
    series = text.removesuffix(ending)
    assert serial_of_range(series[:-1], first, last, (grammar,)) == serial
    assert serial_of_units(series + first, series + last, (grammar,)) == serial
    assert serial_of_range(series[:-1], first, last, tuple(GRAMMARS.values())) == serial
    with pytest.raises(SerialError):
        serial_of_range(series[:-1], last + "0", first, (grammar,))


REVISED = st.lists(st.tuples(ranges(1, 40), st.integers(0, 3)), max_size=20)


@given(REVISED, st.booleans())
def test_a_revision_is_accepted_as_by_counting_each_unit(
    drawn: list[tuple[tuple[int, int], int]], newest: bool
) -> None:
    """Invariant 27: no unit is in two accepted rows, and no newer row gives way to an older one."""
    rows = [f"ACR-US-1-2024-7-{first} to {last},{last - first + 1},R{mark}" for (first, last), mark in drawn]
    with TemporaryDirectory() as folder:
        path = Path(folder, "export.csv")
        path.write_text("S,Q,R\n" + "\n".join(rows))
        export = read_registry_csv(
            path,
            serial_column="S",
            quantity_column="Q",
            revision_column="R",
            revisions="newest" if newest else "refuse",
        )
    order = sorted(range(len(drawn)), key=lambda k: -drawn[k][1]) if newest else range(len(drawn))
    kept: dict[int, int] = {}
    for k in order:
        units = range(drawn[k][0][0], drawn[k][0][1] + 1)
        if not any(unit in kept for unit in units):
            kept |= dict.fromkeys(units, k + 2)
    assert [row.line for row in export.rows] == sorted(set(kept.values()))
    assert export.quantity == len(kept)
    assert {row.rule for row in export.refused} <= ({"overlap", "superseded"} if newest else {"overlap"})


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from("pq")), max_size=8), st.integers(-1, 1), st.booleans())
def test_a_total_is_counted_once_or_its_rows_are_refused(drawn: list[tuple[int, str]], more: int, within: bool) -> None:
    """However often a total is printed, the sum is that of the serials, which the totals state, too."""
    totals = {name: sum(count for count, of in drawn if of == name) + (more if name == "p" else 0) for name in "pq"}
    starts = [1 + sum(count for count, _ in drawn[:k]) for k in range(len(drawn))]
    rows = [
        f"ACR-US-1-2024-7-{start} to {start + count - 1},{totals[name]},{name}"
        for start, (count, name) in zip(starts, drawn, strict=True)
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder, "export.csv")
        path.write_text("S,Q,P\n" + "\n".join(rows))
        kind = "within-parent-total" if within else "parent-total"
        export = read_registry_csv(path, serial_column="S", quantity_column="Q", quantity=kind, parent_columns=["P"])
    fits = {"q"} | ({"p"} if more == 0 or (within and more > 0) else set())
    assert export.quantity == sum(count for count, name in drawn if name in fits)
    assert len(export.refused) == sum(name not in fits for _, name in drawn)
    assert {row.rule for row in export.refused} <= {"parent-total"}
