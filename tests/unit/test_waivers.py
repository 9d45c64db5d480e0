"""Waivers: a named refusal is lifted, with a reason."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.errors import CarbonLedgerError, WaiverError
from carbon_ledger.waivers import WAIVABLE, Waiver, waived

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.mark.parametrize("name", sorted(WAIVABLE))
def test_every_waivable_refusal_can_be_waived_and_is_explained(name):
    waiver = Waiver(name, "the report of 14 May says why")
    assert waived(name, [waiver])
    assert WAIVABLE[name].strip()


def test_the_list_of_what_can_be_waived_is_a_contract():
    assert sorted(WAIVABLE) == [
        "calibration-overdue",
        "capacity-changes",
        "claim-period",
        "crediting-period",
        "estimated-readings",
        "expired-factor",
        "factor-kind",
        "factor-method",
        "factor-region",
        "gap",
        "gwp-set",
        "implausible-factor",
        "implausible-reading",
        "issuance-deadline",
        "methodology-life",
        "methodology-text",
        "straddling-step",
    ]


@pytest.mark.parametrize("name", ["double-issuance", "Gap", "gap ", " gap", "", "gaps", "not-holder"])
def test_what_is_not_waivable_is_refused_and_the_choice_is_shown(name):
    with pytest.raises(WaiverError, match=r"expected one of gap, straddling-step, .*, or assumption/"):
        Waiver(name, "because")


@pytest.mark.parametrize("reason", ["", "   ", "\n\t", None, 5])
def test_a_waiver_without_a_reason_is_refused(reason):
    with pytest.raises(WaiverError, match="waiver 'gap': reason"):
        Waiver("gap", reason)


@given(st.text(LETTERS + "-", min_size=1, max_size=63).filter(lambda words: words[0] != "-"))
def test_any_assumption_in_words_with_hyphens_is_taken(words):
    assert Waiver(f"assumption/{words}", "a reader must know").name == f"assumption/{words}"


@pytest.mark.parametrize(
    "name",
    [
        "assumption/",
        "assumption/-feeder",
        "assumption/One-Feeder",
        "assumption/one feeder",
        "assumption/one_feeder",
        "assumption/one-feeder\n",
        "assumption/fünf",
        "assumption/a/b",
        "assumption",
        "assumption/" + "a" * 64,
    ],
)
def test_an_assumption_that_is_not_in_words_with_hyphens_is_refused(name):
    with pytest.raises(WaiverError):
        Waiver(name, "because")


def test_waived_looks_for_exactly_the_name():
    waivers = (Waiver("gap", "feeder down"), Waiver("assumption/one-feeder", "no report says it"))
    assert waived("gap", waivers)
    assert waived("assumption/one-feeder", waivers)
    assert not waived("straddling-step", waivers)
    assert not waived("assumption/one", waivers)
    assert not waived("gap", ())


def test_waived_reads_a_generator():
    assert waived("gap", (Waiver(name, "why") for name in ("expired-factor", "gap")))


def test_a_waiver_cannot_be_changed():
    waiver = Waiver("gap", "feeder down")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        waiver.reason = "something else"
    assert waiver == Waiver("gap", "feeder down")
    assert len({waiver, Waiver("gap", "feeder down")}) == 1


def test_the_error_is_one_of_the_librarys():
    assert issubclass(WaiverError, CarbonLedgerError)
    assert issubclass(WaiverError, ValueError)
