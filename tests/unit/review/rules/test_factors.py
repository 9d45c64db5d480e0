"""Factors: superseded before and after, flags, and missing places. An absent field is equal to no field."""

import pytest
from attrs import evolve
from tests.support.reviewed_ledgers import Story, begun, factor, month, plant, r13, register_credits, total

import carbon_ledger as cl
from carbon_ledger.review.rules.factors import supersedes

TEXT = cl.Waiver("methodology-text", "compared by the verifier with version 4.0")


def issued_with(used: cl.EmissionFactor, *others: cl.EmissionFactor) -> Story:
    story = begun("open", plant(), projects=False)
    register_credits(story, "plant")
    story.goto(month(3), 3)
    total(story, month(3), 1_234_567_000)
    for other in others:
        story.ledger.adopt_factor(other, by="registrar")
        story.later(minutes=1)
    story.approve_and_issue(month(3), "credits", factor=used, waivers=[TEXT])
    return story


def severities(story: Story) -> list[str]:
    return [flag.severity for flag in story.ledger.review().flags if flag.rule == "R22"]


OLD = factor("old", "0.62", series="az", revision=1)


@pytest.mark.parametrize(
    ("newer", "found"),
    [
        ({"series": "az", "revision": 2, "published_at": "2025-02-01"}, ["high"]),
        ({"series": "az", "revision": 2, "published_at": "2025-09-01"}, ["medium"]),
        ({"supersedes": "old", "published_at": "2025-02-01"}, ["high"]),
        ({"supersedes": "old"}, ["medium"]),
        ({"supersedes": "another"}, []),
        ({"series": "ge", "revision": 2, "published_at": "2025-02-01"}, []),
        ({"published_at": "2025-02-01"}, []),
    ],
)
def test_a_factor_that_was_superseded(newer: dict[str, object], found: list[str]) -> None:
    assert severities(issued_with(OLD, factor("new", "0.41", **newer))) == found


def test_units_at_the_newer_factor_are_a_figure() -> None:
    """813 credits would be 537, as far as whole units tell."""
    story = r13()
    (flag,) = (item for item in story.ledger.review().flags if item.rule == "R22")
    units = story.ledger.review().units
    assert dict(flag.figures) == {"units_at_new": units * 41 // 62}


def test_an_absent_field_is_equal_to_no_field() -> None:
    bare = factor("a", "0.5")
    assert not supersedes(factor("b", "0.5"), bare)
    assert not supersedes(factor("b", "0.5", revision=2), evolve(bare, revision=1))
    assert not supersedes(factor("b", "0.5", series="az"), evolve(bare, series="az"))
    assert supersedes(factor("b", "0.5", series="az", revision=2), evolve(bare, series="az", revision=1))


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"flags": ("newer-version-published: 2",)}, "newer-version-published"), ({"place": None}, "neither a digest")],
)
def test_what_the_record_says_is_shown(fields: dict[str, object], words: str) -> None:
    (flag,) = (item for item in issued_with(factor("f", "0.4", **fields)).ledger.review().flags if item.rule == "R22")
    assert flag.severity == "medium"
    assert words in flag.cause


def test_an_energy_certificate_has_no_factor() -> None:
    """It lacks a factor, as another factor lacks the name of the one that it supersedes: nothing follows from that."""
    story = begun()
    story.goto(month(3), 3)
    total(story, month(3), 1_234_567_000)
    story.ledger.adopt_factor(factor("f", "0.4"), by="registrar")
    story.approve_and_issue(month(3))
    assert story.ledger.review().flags == ()
