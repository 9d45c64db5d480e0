"""Corrections: directions, sums, and the evidence of what they correct."""

from fractions import Fraction

import pytest
from tests.support.reviewed_ledgers import Story, begun, digest_of, months_of, r05

import carbon_ledger as cl
from carbon_ledger.review.rules.corrections import at_least


def corrected(changes: list[int], *, reasons: bool = True, evidence: int | None = None) -> list[cl.Flag]:
    """A year of days whose months are corrected by some Wh, one after another."""
    story: Story = begun()
    for k, period in enumerate(months_of(story, range(1, 12))):
        document = digest_of(10 + k)
        story.record(period, evidence=document)
        if k < len(changes):
            old = story.ledger.readings("plant", period)[0].net_wh
            story.ledger.correct_generation(
                "plant",
                period,
                net=f"{old + changes[k]} Wh",
                reason=f"day {k} was misread" if reasons else "the ratio of the transformer",
                evidence=document if evidence == k else digest_of(500 + k),
                by="meter-operator",
            )
            story.later(minutes=1)
        story.approve_and_issue(period)
    return [flag for flag in story.ledger.review().flags if flag.rule == "R15"]


@pytest.mark.parametrize(
    ("ups", "count", "chance"), [(5, 5, "1/32"), (7, 8, "9/256"), (9, 10, "11/1024"), (4, 5, "6/32")]
)
def test_the_chances_of_a_coin(ups: int, count: int, chance: str) -> None:
    assert at_least(ups, count) == Fraction(chance)
    assert (at_least(ups, count) < Fraction(1, 20)) == (chance != "6/32")


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([321] * 5, ["high"]),
        ([321] * 4, []),
        ([321, 321, 321, 321, -321], []),
        ([321] * 7 + [-321], ["high"]),
        ([-321] * 6, []),
        ([321, -321, 321, -321, 321, -321], []),
    ],
)
def test_corrections_that_go_up(changes: list[int], found: list[str]) -> None:
    assert [flag.severity for flag in corrected(changes)] == found


def test_one_reason_is_one_error() -> None:
    """A wrong ratio goes one way in every month."""
    assert [flag.severity for flag in corrected([321] * 6, reasons=False)] == ["medium"]


def test_more_than_a_hundredth_of_all_energy_is_high() -> None:
    (flag,) = corrected([400_000_000], reasons=False)
    assert flag.severity == "high"
    assert dict(flag.figures)["net_wh"] == 400_000_000


def test_a_correction_with_the_document_that_it_corrects() -> None:
    (flag,) = corrected([321, -321], evidence=1)
    assert (flag.severity, flag.entry_count) == ("medium", 2)
    assert "with the evidence of what is corrected: 1 correction" in flag.cause


def test_corrections_in_several_steps_are_compared_with_what_they_replace() -> None:
    (flag,) = (item for item in r05().ledger.review().flags if item.rule == "R15")
    assert dict(flag.figures)["up"] == 6
    assert flag.exposure_wh == r05().ledger.review().claimed_wh
