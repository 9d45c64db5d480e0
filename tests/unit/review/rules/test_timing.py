"""Days that were missed: last days of issuance, and calibrations."""

import pytest
from tests.support.reviewed_ledgers import begun, digest_of, factor, month, plant, register_credits, total

import carbon_ledger as cl


@pytest.mark.parametrize(
    ("produced", "issued", "found"),
    [(3, "2026-05-30T00:00Z", set()), (3, "2026-06-05T00:00Z", {"R28"}), (8, "2026-06-05T00:00Z", set())],
)
def test_the_last_day_of_issuance(produced: int, issued: str, found: set[str]) -> None:
    """Evident: until 31 May of the next year for January to June, until 30 September for July to December. [S]"""
    story = begun()
    story.goto(month(produced), 3)
    total(story, month(produced), 1_234_567_000)
    story.clock.now = "2026-01-01T00:00Z"
    story.ledger.open_account("later", name="Later")
    story.clock.now = issued
    story.issue(month(produced))
    assert {flag.rule for flag in story.ledger.review().flags} == found


def with_meter(due: str, done: str | None, *, before: bool = True, credited: bool = False) -> list[cl.Flag]:
    story = begun("open", plant(), projects=not credited)
    meter = cl.Meter(id="m", shares={"plant": 1}, accuracy_class="0.2", calibration_due=due)
    story.ledger.register_meter(meter)
    story.later(minutes=1)
    more: dict[str, object] = {}
    if credited:
        register_credits(story, "plant")
        text = cl.Waiver("methodology-text", "compared by the verifier with version 4.0")
        late = cl.Waiver("calibration-overdue", "the laboratory was closed in March")
        more = {"factor": factor("f", "0.4"), "waivers": [text, late]}
    story.goto(month(3), 3)
    story.record(month(3), [40_000_321] * 31)

    def calibrate() -> None:
        story.ledger.record_calibration(
            "m", due=due, done=done, maximum_error="0.2 %", evidence=digest_of(4), next_due="2027-01-01"
        )
        story.later(minutes=1)

    if done is not None and before:
        calibrate()
    story.approve_and_issue(month(3), "credits" if credited else "hydro", **more)
    if done is not None and not before:
        calibrate()
    return [flag for flag in story.ledger.review().flags if flag.rule == "R30"]


def test_energy_between_the_due_day_and_the_calibration() -> None:
    (flag,) = with_meter("2025-03-11", "2025-03-20")
    assert (flag.severity, flag.exposure_wh) == ("high", 10 * 40_000_321)
    assert dict(flag.figures) == {"error_share": "0.002", "error_wh": 10 * 40_000_321 * 2 // 1000}


def test_credits_whose_quantification_deducted_the_error_are_noted() -> None:
    (flag,) = with_meter("2025-03-11", "2025-03-20", credited=True)
    assert flag.severity == "low"
    (late,) = with_meter("2025-03-11", "2025-03-20", credited=True, before=False)
    assert late.severity == "high"


def test_an_outstanding_calibration_lasts_until_now() -> None:
    (flag,) = with_meter("2025-03-11", None)
    assert flag.exposure_wh == 21 * 40_000_321


def test_a_calibration_in_time_is_no_flag() -> None:
    assert with_meter("2025-03-20", "2025-03-11") == []
    assert with_meter("2026-03-20", None) == []
