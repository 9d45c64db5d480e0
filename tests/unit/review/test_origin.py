"""The origin of every claimed Wh, in parts that sum to the whole; and which waivers were needed."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.reviewed_ledgers import (
    BAKU,
    Story,
    begun,
    digest_of,
    factor,
    month,
    plant,
    r00,
    r05,
    r06,
    r10,
    r13,
    register_credits,
    total,
)

import carbon_ledger as cl
from carbon_ledger.review.results import ORIGINS


def only(story: Story) -> cl.Origin:
    (found,) = story.ledger.review().origins
    return found


def test_energy_of_a_sound_plant_is_metered() -> None:
    found = only(r00())
    assert found.metered_wh == found.claimed_wh > 0
    assert found.shares_ppm == {"metered": 1_000_000} | dict.fromkeys(
        ("corrected", "apportioned", "split", "estimated", "without_evidence"), 0
    )


def test_corrected_energy_and_energy_without_evidence() -> None:
    corrected, without = only(r05()), only(r06())
    assert corrected.corrected_wh == corrected.claimed_wh
    assert without.without_evidence_wh + without.metered_wh == without.claimed_wh
    assert 0 < without.without_evidence_wh < without.claimed_wh


def shared(values: list[int], *, evidence: bool = True) -> cl.Origin:
    """Three plants on one meter, whose steps cross the new year."""
    names = ("plant", "second", "third")
    story = begun("open", *(plant(name, name=name) for name in names), projects=False)
    story.ledger.register_meter(cl.Meter(id="feeder", shares={"plant": 3, "second": 2, "third": 2}))
    story.ledger.register_project(cl.Project(id="hydro", instrument="I-REC-E", zone=BAKU, devices=names))
    story.clock.now = "2026-02-01T00:00Z"
    story.ledger.record_meter_readings(
        "feeder",
        start="2025-12-31T18:30Z",
        step="1 hour",
        net_wh=values,
        evidence=digest_of(5) if evidence else None,
    )
    story.later(days=1)
    end = cl.Period.of("2025-12-31T18:30Z", "2026-01-01T00:30Z")
    story.issue(end, waivers=[cl.Waiver("straddling-step", "half hours of another clock")])
    return only(story)


@given(st.lists(st.integers(1, 9_000_000), min_size=6, max_size=6), st.booleans())
def test_the_parts_sum_to_the_whole(values: list[int], evidence: bool) -> None:
    """Domain: every claimed Wh has one origin."""
    found = shared(values, evidence=evidence)
    assert sum(getattr(found, name) for name in ORIGINS) == found.claimed_wh == sum(values)
    if evidence:
        assert found.split_wh == values[1]  # midnight in Baku is at 20:00 UTC
        assert found.apportioned_wh == found.claimed_wh - found.split_wh
    else:
        assert found.without_evidence_wh == found.claimed_wh
    assert sum(found.shares_ppm.values()) == 1_000_000


def test_estimated_energy_is_estimated_even_if_it_is_divided() -> None:
    story = begun()
    story.goto(month(3), 3)
    total(story, month(3), 1_234_567_000, quality="estimated")
    story.issue(month(3), waivers=[cl.Waiver("estimated-readings", "the meter was out of order")])
    assert only(story).estimated_wh == 1_234_567_000
    (waiver,) = story.ledger.review().waivers
    assert (waiver.needed, waiver.idle, waiver.lifted_wh, waiver.lifted_units) == (1, 0, 1_234_567_000, 1234)


def test_whether_a_waiver_was_needed() -> None:
    """Of seven waivers, an assumption lifts nothing, and only what would have been refused was needed."""
    found = {item.name: (item.needed, item.idle) for item in r13().ledger.review().waivers}
    assert found == {
        "assumption/x": (0, 0),
        "methodology-text": (1, 0),
        "factor-method": (0, 1),
        "gap": (0, 1),
        "straddling-step": (0, 1),
        "expired-factor": (0, 1),
        "factor-region": (0, 1),
    }


def test_a_waiver_of_a_gap_lifts_no_energy() -> None:
    (found,) = r10().ledger.review().waivers
    assert (found.name, found.needed, found.lifted_wh, found.reason) == ("gap", 1, 0, "logger")


def test_a_waiver_of_a_reading_lifts_its_energy() -> None:
    story = begun()
    story.goto(month(3), 3)
    total(story, month(3), 3_100_000_000, waivers=[cl.Waiver("implausible-reading", "two meters were read at once")])
    story.issue(month(3))
    (found,) = story.ledger.review().waivers
    assert (found.name, found.uses, found.lifted_wh) == ("implausible-reading", 1, 3_100_000_000)


@pytest.mark.parametrize("region", ["AZ", "GE"])
def test_a_factor_of_another_region_needs_its_waiver(region: str) -> None:
    story = begun("open", plant(), projects=False)
    register_credits(story, "plant")
    story.goto(month(3), 3)
    total(story, month(3), 1_234_567_000)
    waivers = [
        cl.Waiver("methodology-text", "compared by the verifier with version 4.0"),
        cl.Waiver("factor-region", "the grids are connected, and no other is published"),
    ]
    story.later(days=1)
    story.issue(month(3), "credits", factor=factor("f", "0.4", region=region), waivers=waivers)
    found = {item.name: item.needed for item in story.ledger.review().waivers}
    assert found == {"methodology-text": 1, "factor-region": int(region == "GE")}
    assert story.clock.now - timedelta(hours=1) > month(3).end
