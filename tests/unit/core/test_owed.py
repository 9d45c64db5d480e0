"""Apportioning a meter's steps by what its devices are owed (ledger-model section 2)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.core import owed as owed_module
from carbon_ledger.core.owed import apportion_column, apportion_step
from carbon_ledger.exact import apportion

WEIGHTS = st.lists(st.one_of(st.integers(1, 8), st.integers(1, 500)), min_size=1, max_size=12)
STEPS = st.lists(st.one_of(st.integers(-3, 3), st.integers(-(10**9), 10**9), st.sampled_from([1] * 5)), max_size=60)


def exact(weights, total):
    return [Fraction(total * weight, sum(weights)) for weight in weights]


@given(WEIGHTS, STEPS)
def test_every_device_stays_within_1_wh(weights, steps):
    """Parts sum to the step, have no other sign, and each device stays within 1 Wh of its exact share, for ever."""
    owed, given_wh, total = [0] * len(weights), [0] * len(weights), 0
    for step in steps:
        parts, owed = apportion_step(owed, weights, step)
        assert sum(parts) == step
        assert all(part * step >= 0 for part in parts)
        assert step or not any(parts)
        total += step
        given_wh = [before + part for before, part in zip(given_wh, parts, strict=True)]
        dues = [share - wh for share, wh in zip(exact(weights, total), given_wh, strict=True)]
        assert [due * sum(weights) for due in dues] == owed  # what is owed is exact
        assert max(map(abs, dues)) < 1


@given(WEIGHTS, st.integers(-(10**12), 10**12))
def test_a_first_step_is_the_method_of_the_largest_remainder(weights, step):
    """From nothing owed, up to three devices get what `apportion` gives; of more, the largest remainder may wait."""
    parts, _ = apportion_step([0] * len(weights), weights, step)
    sign = -1 if step < 0 else 1
    expected = [sign * part for part in apportion(abs(step), weights)]
    if len(weights) <= 3:
        assert parts == expected
    else:
        assert sorted(map(abs, (a - b for a, b in zip(parts, expected, strict=True))))[-1] <= 1


@given(WEIGHTS, STEPS, st.data())
def test_a_column_may_be_cut_anywhere(weights, steps, data):
    """A column has the same parts however it is cut into runs."""
    cut = data.draw(st.integers(0, len(steps)))
    start = [0] * len(weights)
    whole, after = apportion_column(start, weights, steps)
    first, between = apportion_column(start, weights, steps[:cut])
    second, end = apportion_column(between, weights, steps[cut:])
    assert [a + b for a, b in zip(first, second, strict=True)] == whole
    assert end == after


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(-40, 40)), min_size=2, max_size=6),
    st.lists(st.integers(-3, 3), max_size=30),
)
def test_what_a_correction_left_is_made_good(devices, steps):
    """From any debts that sum to zero, parts keep sum and sign, and each Wh goes to the device that is owed most."""
    weights = [weight for weight, _ in devices]
    owed = [debt for _, debt in devices]
    owed[0] -= sum(owed)
    for step in [*steps, 10_000]:
        parts, after = apportion_step(owed, weights, step)
        assert sum(parts) == step
        assert all(part * step >= 0 for part in parts)
        owed = after
    assert max(map(abs, owed)) < sum(weights)


def test_two_equal_devices_share_every_second_wh():
    """Scenario S23: of 288 steps of 1 Wh, each of two equal devices gets 144."""
    (one, other), owed = apportion_column([0, 0], [1, 1], [1] * 288)
    assert one == [1, 0] * 144
    assert sum(other) == 144
    assert owed == [0, 0]


# With these, the largest remainders alone leave a device more than 1 Wh away from its exact share.
HARD_WEIGHTS = [5, 5, 40, 8, 1, 1, 1, 3]
HARD_STEPS = [7, 2, 3, 7, 3, 3, 2, 1, 3, 7, 2, 3]


def _farthest(steps):
    """The farthest that a device of the hard weights is from its exact share. [Wh]"""
    owed, farthest = [0] * len(HARD_WEIGHTS), 0
    for step in steps:
        _, owed = apportion_step(owed, HARD_WEIGHTS, step)
        farthest = max(farthest, *map(abs, owed))
    return Fraction(farthest, sum(HARD_WEIGHTS))


def test_the_largest_remainder_waits_where_1_wh_needs_it(monkeypatch):
    """Without looking ahead, no Wh of another sign could keep every device within 1 Wh; with it, all stay within."""
    assert _farthest(HARD_STEPS) < 1
    monkeypatch.setattr(owed_module, "_lasts", lambda *_: True)
    assert _farthest(HARD_STEPS) >= 1


def test_what_cannot_last_goes_to_the_largest_remainders():
    """From debts that a correction left, no choice may keep 1 Wh for ever; then the largest remainders decide."""
    owed, weights = [90, 90, -90, -90], [40, 40, 10, 10]
    parts, after = apportion_step(owed, weights, 1)
    assert parts == [1, 0, 0, 0]
    assert after == [30, 130, -80, -80]
    assert apportion_step(after, weights, 2)[0] == [1, 1, 0, 0]
    assert apportion_step([85, 85, -85, -85], weights, 0) == ([0, 0, 0, 0], [85, 85, -85, -85])


@pytest.mark.parametrize(
    ("owed", "step", "parts"),
    [
        ([300, -300], 1, [1, 0]),
        ([300, -300], 4, [4, 0]),
        ([300, -300], 10, [8, 2]),
        ([300, -300], -1, [0, -1]),
        ([0, 0], 0, [0, 0]),
        ([50, 250, -300], 3, [0, 3, 0]),
    ],
)
def test_large_debts_are_made_good_first(owed, step, parts):
    """Each Wh goes to the device that is owed most, as far as no part has another sign than the step."""
    weights = [100 // len(owed)] * len(owed)
    assert apportion_step(owed, weights, step)[0] == parts
