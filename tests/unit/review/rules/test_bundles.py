"""Small-scale projects: just below the limit, and several of one owner."""

import pytest
from tests.support.reviewed_ledgers import BAKU, Story, begun, factor, month, plant, total

import carbon_ledger as cl
from carbon_ledger.review.flags import Flag

Small = tuple[str, str]  # capacity and account


def small(projects: tuple[Small, ...], methodology: str = "AMS-I.D@18.0", **places: tuple[str, str]) -> Story:
    """Projects p0, p1, ... of one plant each, whose units go to an account each."""
    fields = [dict(zip(("latitude", "longitude"), places.get(f"p{k}", ()), strict=False)) for k in range(len(projects))]
    devices = (
        plant(f"d{k}", name=f"Plant {k}", capacity=capacity, **fields[k]) for k, (capacity, _) in enumerate(projects)
    )
    story = begun("open", *devices, projects=False)
    for k in range(len(projects)):
        story.ledger.register_project(
            cl.Project(
                id=f"p{k}",
                instrument="CDM-CER",
                zone=BAKU,
                devices=(f"d{k}",),
                methodology=methodology,
                baseline="greenfield",
                crediting_period=cl.Period.years("2024-01-01", 10, zone=BAKU),
            )
        )
        story.later(minutes=1)
    story.goto(month(3), 3)
    waivers = [cl.Waiver("methodology-text", "compared by the verifier with version 18.0")]
    for k, (_, account) in enumerate(projects):
        total(story, month(3), 2_345_678_901 + 111_111_117 * k, f"d{k}")
        story.approve_and_issue(month(3), f"p{k}", account, factor=factor("ef", "0.41"), waivers=waivers)
    return story


def flags(story: Story) -> list[Flag]:
    return [flag for flag in story.ledger.review().flags if flag.rule == "R29"]


@pytest.mark.parametrize(
    ("capacity", "is_found"), [("15 MW", True), ("14.3 MW", True), ("14.2 MW", False), ("9 MW", False)]
)
def test_a_project_just_below_the_limit(capacity: str, is_found: bool) -> None:
    found = flags(small(((capacity, "op"),)))
    assert len(found) == is_found
    if is_found:
        assert (found[0].severity, found[0].subject) == ("medium", "project p0")
        assert found[0].exposure_wh == 2_345_678_901


def test_a_large_scale_project_has_no_such_limit() -> None:
    assert not flags(small((("14.9 MW", "op"),), "ACM0002@22.0"))


@pytest.mark.parametrize(
    ("accounts", "capacity", "is_found"),
    [
        (("op", "op"), "8 MW", True),
        (("op", "op"), "7 MW", False),  # 14 MW together
        (("op", "buyer"), "8 MW", False),
    ],
)
def test_projects_of_one_account_that_together_pass_the_limit(
    accounts: tuple[str, str], capacity: str, is_found: bool
) -> None:
    found = flags(small(tuple((capacity, account) for account in accounts)))
    assert len(found) == is_found
    if is_found:
        assert found[0].subject == "project p0; project p1"
        assert dict(found[0].figures) == {"capacity_w": 16_000_000, "projects": 2}
        assert "16 MW together" in found[0].cause


def test_one_legal_id_or_a_declared_relation_makes_one_owner() -> None:
    story = small((("8 MW", "op"), ("8 MW", "buyer")))
    evidence = "sha256:" + "a" * 64
    for account in ("op", "buyer"):
        assert not flags(story)
        story.ledger.amend_account(
            account, effective="2025-01-01", reason="register", evidence=evidence, legal_id="LEI:1"
        )
    assert len(flags(story)) == 1
    story = small((("8 MW", "op"), ("8 MW", "buyer")))
    story.ledger.declare_relation(
        "op", "buyer", relation="owner", reason="the register of companies", evidence=evidence
    )
    assert len(flags(story)) == 1
    story.ledger.end_relation("op", "buyer", relation="owner", reason="sold")
    assert not flags(story)


def test_plants_that_are_far_apart_are_no_parts_of_one() -> None:
    two = (("8 MW", "op"), ("8 MW", "op"))
    assert not flags(small(two, p0=("40.1", "46.0"), p1=("40.2", "46.0")))
    assert len(flags(small(two, p0=("40.1", "46.0"), p1=("40.105", "46.0")))) == 1
    assert len(flags(small(two, p0=("40.1", "46.0")))) == 1  # the other place is not registered
