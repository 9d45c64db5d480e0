"""External identifiers: check digits, normal forms, and when two texts are one identifier."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.errors import QuantityError
from carbon_ledger.registries.identifiers import (
    checked_identifiers,
    comparable,
    eic_check_character,
    gsrn_check_digit,
)

# Codes that ENTSO-E publishes: Belgium, RTE, the Netherlands, Germany, ENTSO-E, APG, EnBW.
PUBLISHED = (
    "10YBE----------2",
    "10YFR-RTE------C",
    "10YNL----------L",
    "10Y1001A1001A83F",
    "10X1001A1001A450",
    "10YAT-APG------L",
    "10YDE-ENBW-----N",
)


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_eic_codes_have_their_check_character(code: str) -> None:
    assert eic_check_character(code[:15]) == code[15]
    assert dict(checked_identifiers({"EIC": code.lower()}, "device")) == {"eic": code}


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_of_a_gsrn_is_found(digits: str, place: int, by: int) -> None:
    wrong = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]
    assert gsrn_check_digit(digits) != gsrn_check_digit(wrong)
    whole = digits + gsrn_check_digit(digits)
    assert checked_identifiers({"GSRN": f" {whole[:9]}-{whole[9:]}"}, "device")["gsrn"] == whole
    with pytest.raises(QuantityError, match="expected the check digit"):
        checked_identifiers({"gsrn": wrong + gsrn_check_digit(digits)}, "device")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([("irec", "1")], "expected identifiers by scheme"),
        ({"i rec": "1"}, "identifier scheme 'i rec'"),
        ({1: "1"}, "identifier scheme 1"),
        ({"IREC": "1", "irec": "2"}, "two identifiers of the scheme irec"),
        ({"irec": ""}, "identifier irec ''"),
        ({"irec": "a\nb"}, "identifier irec"),
        ({"irec": 7}, "identifier irec 7"),
        ({"gsrn": "57131318040000001"}, "expected 18 digits"),
        ({"gsrn": "57131318040000001٨"}, "expected 18 digits"),
        ({"eic": "10YNL---------L"}, "expected 16"),
        ({"eic": "10YNL-----------"}, "expected 16"),
        ({"eic": "10YNL----------M"}, "expected L"),
    ],
)
def test_what_is_no_identifier_is_refused(given: object, words: str) -> None:
    with pytest.raises(QuantityError, match=words):
        checked_identifiers(given, "device a")


def test_schemes_are_in_small_letters_and_sorted() -> None:
    found = checked_identifiers({"meter-number": "B 7", "IREC": "Az-1"}, "device")
    assert list(found.items()) == [("irec", "Az-1"), ("meter-number", "B 7")]


def test_texts_that_differ_in_case_spaces_or_hyphens_are_one_identifier() -> None:
    assert len({comparable("irec", text) for text in ("az-1", "AZ 1", "az1", "AZ--1")}) == 1
    assert comparable("irec", "az1") != comparable("meter-number", "az1")
    assert comparable("irec", "-") != comparable("irec", "--")
    assert comparable("eic", PUBLISHED[2]) != comparable("eic", PUBLISHED[2].replace("-", ""))
    assert comparable("irec", "É") != comparable("irec", "é"), "only ASCII letters are folded"
