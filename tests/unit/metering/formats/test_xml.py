"""XML documents: what is read of them, and what is refused before it can do harm."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.errors import CarbonLedgerError, QuantityError
from carbon_ledger.metering.formats import xml
from carbon_ledger.metering.formats.channels import UnreadableError
from carbon_ledger.metering.formats.xml import Element, parts_of


def read(document: str | bytes) -> list[Element]:
    data = document.encode() if isinstance(document, str) else document
    return list(parts_of(data, "a.xml", lambda _: None))


def test_the_children_of_the_root_come_with_names_lines_and_texts() -> None:
    first, second = read('<r xmlns="urn:a" xmlns:b="urn:b">\n <x k="1"> 1<!-- no -->2 <y/>\n</x>\n<b:z>&lt;</b:z></r>')
    assert (first.name, first.namespace, first.line, first.text) == ("x", "urn:a", 2, "12")
    assert first.attributes == {"k": "1"}
    assert [child.name for child in first.children] == ["y"]
    assert (second.name, second.namespace, second.line, second.text) == ("z", "urn:b", 4, "<")


def test_a_part_does_not_depend_on_where_the_parser_is_fed(monkeypatch: pytest.MonkeyPatch) -> None:
    document = "<r>" + "".join(f"<x>{k}</x>" for k in range(50)) + "</r>"
    monkeypatch.setattr(xml, "_CHUNK_BYTES", 7)
    assert [part.text for part in read(document)] == [str(k) for k in range(50)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_of_unicode_are_read(encoding: str) -> None:
    assert read("<r><x>Şimal</x></r>".encode(encoding))[0].text == "Şimal"


def test_an_encoding_is_that_of_the_declaration() -> None:
    assert read(b'<?xml version="1.0" encoding="windows-1252"?><r><x>\x80</x></r>')[0].text == "\u20ac"


def test_a_style_sheet_is_ignored() -> None:
    assert len(read('<?xml version="1.0"?><?xml-stylesheet href="https://example.org/x.xslt"?><r><x/></r>')) == 1


BOMB = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><r><x>&b;</x></r>'
OUTSIDE = '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r><x>&a;</x></r>'
REFUSED = {
    "entities": (BOMB, "line 1: the document has a document type"),
    "a file": (OUTSIDE, "line 1: the document has a document type"),
    "a document type elsewhere": ('<!DOCTYPE r SYSTEM "r.dtd"><r/>', "line 1: the document has a document type"),
    "an instruction": ("<r>\n<?php x?></r>", "line 2: the processing instruction 'php' is not known"),
    "an unknown entity": ("<r><x>&a;</x></r>", "line 1: not well-formed XML: undefined entity"),
    "an end": ("<r><x></r>", "not well-formed XML: mismatched tag"),
    "half of it": ("<r><x>1</x>\n", "line 2: not well-formed XML: no element found"),
    "nothing": ("", "line 1: not well-formed XML: no element found"),
    "text": ("time,kWh\n1,2\n", "line 1: not well-formed XML: syntax error"),
    "an encoding": ('<?xml version="1.0" encoding="utf-7"?><r/>', "the encoding 'utf-7' cannot be read"),
    "depth": ("<r>" * 33, "line 1: elements are nested more than 32 deep"),
    "attributes": ("<r " + " ".join(f"a{k}=''" for k in range(33)) + "/>", "more than 32 attributes"),
    "a long attribute": ("<r a='" + "x" * 65_537 + "'/>", "or one of more than 65,536 characters"),
    "a long text": (f"<r><x>{'x' * 70_000}</x></r>", "a text of more than 65,536 characters"),
    "many texts": ("<r><x>" + "<!---->".join(["y" * 4_000] * 20) + "</x></r>", "a text of more than 65,536 characters"),
    "a namespace": ("<a:r/>", "not well-formed XML: unbound prefix"),
    "a long namespace": (f"<r xmlns='{'u' * 301}'/>", "line 1: a name with its namespace is longer than 300"),
    "a long name": (f"<r>\n<{'u' * 301}/></r>", "line 2: a name with its namespace is longer than 300"),
    "a long namespace of an attribute": (
        f"<r xmlns:a='{'u' * 301}' a:b='1'/>",
        "line 1: a name with its namespace is longer than 300",
    ),
    "a long comment": (f"<r>\n<x/><!--{'x' * 2_000_000}--></r>", "line 2: a tag or comment of more than 1,048,576"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_do_harm_is_refused_by_name(name: str) -> None:
    document, text = REFUSED[name]
    with pytest.raises(QuantityError) as raised:
        read(document)
    assert text in str(raised.value)
    assert str(raised.value).startswith("a.xml")


def test_a_part_has_a_limit_of_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "MOST_ELEMENTS", 3)
    assert len(read("<r>" + "<x><y/><y/></x>" * 5 + "</r>")) == 5
    with pytest.raises(QuantityError, match="more than 3 elements; divide the file"):
        read("<r><x><y/><y/><y/></x></r>")


def test_the_root_is_checked_before_its_children_are_read() -> None:
    def refuse(root: Element) -> None:
        raise QuantityError(f"{root.path}, line {root.line}: {root.name} of {root.namespace}")

    with pytest.raises(QuantityError, match=r"a\.xml, line 1: r of urn:a"):
        list(parts_of(b'<r xmlns="urn:a"><x>', "a.xml", refuse))


def test_a_child_that_comes_twice_is_refused_where_one_is_expected() -> None:
    (part,) = read("<r><x>\n<y>1</y>\n<y>2</y></x></r>")
    with pytest.raises(UnreadableError, match="x of line 1 has 2 of them; expected one") as raised:
        part.text_of("y")
    assert (raised.value.line, raised.value.column) == (3, "y")
    assert part.child("z") is None
    assert part.text_of("z") == ""
    assert len(part.all("y")) == 2


def test_children_of_another_namespace_have_another_name() -> None:
    (part,) = read('<r xmlns:b="urn:b"><x><b:y>1</b:y></x></r>')
    assert part.text_of("y") == ""


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused_by_an_error_of_this_library(data: bytes) -> None:
    for start in (b"", b"<r><x>", b'<?xml version="1.0" encoding="'):
        with suppress(CarbonLedgerError):
            read(start + data)


def test_white_space_in_a_text_stays_wherever_the_parser_is_fed(monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (1, 2, 3, 1 << 16):
        monkeypatch.setattr(xml, "_CHUNK_BYTES", size)
        assert read("<r><x>\n 1  2 \n</x></r>")[0].text == "1  2"


def test_a_text_with_elements_in_it_is_not_the_text_of_a_value() -> None:
    (part,) = read("<r><x>\n<y>1<z/>2</y></x></r>")
    with pytest.raises(UnreadableError, match="a text with elements in it; expected a text alone") as raised:
        part.text_of("y")
    assert (raised.value.line, raised.value.column) == (2, "y")


def test_many_texts_of_an_element_are_read_in_time_that_grows_with_their_length() -> None:
    with pytest.raises(QuantityError, match="a text of more than 65,536 characters"):
        read(f"<r><x>{'y<z/>' * 70_000}</x></r>")


def test_parts_share_their_names_so_that_a_small_document_does_not_become_large() -> None:
    (part,) = read(f"<r><x xmlns='{'u' * 290}'>{'<yes/>' * 3}</x></r>")
    assert len({id(child.namespace) for child in part.children}) == 1
    assert len({id(child.name) for child in part.children}) == 1
    assert len({id(child.attributes) for child in part.children}) == 1
