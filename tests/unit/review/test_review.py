"""Reviews: their scope, what is new since an earlier one, as of an entry, and their words."""

import pytest
from tests.support.reviewed_ledgers import r00, r06, r07, r17

import carbon_ledger as cl
from carbon_ledger.errors import QuantityError, UnknownProjectError


def test_a_review_of_some_projects_asks_about_their_devices_alone() -> None:
    story = r07()
    assert {flag.rule for flag in story.ledger.review().flags} == {"R17b"}
    assert story.ledger.review(["hydro"]).flags == ()
    assert story.ledger.review(scope=["second", "hydro"]).projects == ("hydro", "second")


def test_a_review_since_an_entry_has_the_flags_that_rest_on_later_entries() -> None:
    ledger = r17().ledger
    (flag,) = ledger.review().flags
    assert ledger.review(since=flag.last_entry).flags == (flag,)
    assert ledger.review(since=flag.last_entry + 1).flags == ()


def test_a_review_as_of_an_entry_is_of_the_entries_until_then() -> None:
    ledger = r17().ledger
    (flag,) = ledger.review().flags
    before = ledger.as_of(entry=flag.entries[0] - 1).review()
    assert before.flags == ()
    assert before.size == flag.entries[0]
    assert before.root == ledger.as_of(entry=flag.entries[0] - 1).root()


def test_figures_and_exposure_of_a_debit() -> None:
    """Corrected from 1,311 to 311 MWh after the sale: a thousand units stand on nothing."""
    (flag,) = r17().ledger.review().flags
    assert (flag.severity, flag.exposure_units) == ("critical", 1000)
    assert flag.cause.startswith("1,000 units without energy behind them, since entry ")


def test_the_exposure_of_missing_evidence_is_its_energy_and_units() -> None:
    """Four of twelve months have no evidence."""
    story = r06()
    found = story.ledger.review()
    (flag,) = (item for item in found.flags if item.rule == "R16")
    figures = dict(flag.figures)
    assert flag.exposure_wh == figures["without_evidence_wh"]
    assert figures["claimed_wh"] == found.claimed_wh
    assert flag.entry_count == len(flag.entries) == 4
    units, claimed = found.units, found.claimed_wh
    assert flag.exposure_units == -(-flag.exposure_wh * units // claimed)


def test_a_document_that_shows_the_future_is_named_with_the_entry_that_first_used_it() -> None:
    (flag,) = (item for item in r06().ledger.review().flags if item.rule == "R17a")
    assert flag.entry_count == 8  # the first use, and seven later months


def test_a_review_never_approves() -> None:
    text = str(r00().ledger.review())
    assert "passed" not in text
    assert "0 critical, 0 high, 0 medium, 0 low" in text


def test_thresholds_decide_and_are_printed() -> None:
    strict = cl.ReviewParameters(span_days=10_000, early_s=10**9)
    found = r06().ledger.review(parameters=strict)
    assert {flag.rule for flag in found.flags} == {"R16"}
    assert "early_s = 1000000000, span_days = 10000" in str(found)


def test_flags_are_a_listing_the_most_severe_first() -> None:
    flags = r06().ledger.review().flags
    assert [flag.severity for flag in flags] == ["critical", "high", "medium"]
    assert flags.columns[0].name == "rule"
    assert flags.rows()[0]["severity"] == "critical"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"scope": "hydro"}, QuantityError),
        ({"scope": ["nothing"]}, UnknownProjectError),
        ({"since": -1}, QuantityError),
        ({"since": "3"}, QuantityError),
        ({"parameters": {}}, QuantityError),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        r00().ledger.review(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [0, -1, True, "5"])
def test_a_threshold_is_a_whole_number(wrong: object) -> None:
    with pytest.raises(QuantityError, match="whole number of at least 1"):
        cl.ReviewParameters(late_days=wrong)  # type: ignore[arg-type]
