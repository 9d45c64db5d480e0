"""Samples: the draw against one of few lines, and against JavaScript; sizes, factors and evaluation."""

import json
import math
import shutil
import subprocess
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.reviewed_ledgers import begun, hours, month, r00, r02, r06

import carbon_ledger as cl
from carbon_ledger.errors import InexactNumberError, QuantityError
from carbon_ledger.review.sampling import FACTORS

JAVASCRIPT = """
const crypto = require("crypto")
const {root, seed, size, values} = JSON.parse(require("fs").readFileSync(0, "utf8"))
const total = values.reduce((sum, wh) => sum + BigInt(wh), 0n)
const i = total / BigInt(size)
const s = BigInt("0x" + crypto.createHash("sha256").update(root + "|" + seed).digest("hex")) % i
let before = 0n, next = s
const chosen = []
values.forEach((wh, k) => {
  before += BigInt(wh)
  let hits = 0
  while (next < before) { hits += 1; next += i }
  if (hits) chosen.push([k, hits])
})
console.log(JSON.stringify(chosen))
"""


def steps(values: list[int]) -> list[cl.ClaimedStep]:
    return [
        cl.ClaimedStep(device="plant", start_utc=3600 * k, end_utc=3600 * (k + 1), net_wh=wh, entry=7)
        for k, wh in enumerate(values)
    ]


def in_few_lines(values: list[int], root: str, seed: str, size: int) -> list[tuple[int, int]]:
    """The draw, position by position."""
    interval = sum(values) // size
    offset = int(sha256(f"{root}|{seed}".encode()).hexdigest(), 16) % interval
    holder = [k for k, wh in enumerate(values) for _ in range(wh)]
    hits = holder[offset::interval]
    return [(k, hits.count(k)) for k in sorted(set(hits))]


@given(st.lists(st.integers(1, 200), min_size=31, max_size=60), st.text("abc123", min_size=1, max_size=9))
def test_a_draw_is_that_of_its_definition(values: list[int], seed: str) -> None:
    """Domain: a sample is drawn from root and seed by whole numbers alone."""
    found = cl.draw_sample(steps(values), "ab" * 32, seed, tolerable="10%")
    chosen = [(item.step.start_utc // 3600, item.hits) for item in found.items]
    assert chosen == in_few_lines(values, "ab" * 32, seed, 30)
    assert all(item.is_key == (item.step.net_wh >= found.interval_wh) for item in found.items)
    keys = {k for k, wh in enumerate(values) if wh >= found.interval_wh}
    assert keys <= {k for k, _ in chosen}


@pytest.mark.outside
def test_javascript_draws_the_same() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    values = [1 + k * 7919 % 4_000_000 for k in range(2_000)]
    found = cl.draw_sample(steps(values), "cd" * 32, "winter 7", tolerable="2%")
    asked = {"root": "cd" * 32, "seed": "winter 7", "size": found.size, "values": values}
    done = subprocess.run([node, "-e", JAVASCRIPT], input=json.dumps(asked), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[item.step.start_utc // 3600, item.hits] for item in found.items]


def test_another_seed_or_root_is_another_sample() -> None:
    values = [1000 + k for k in range(500)]
    one, two = (cl.draw_sample(steps(values), "ab" * 32, seed, tolerable="10%") for seed in ("a", "b"))
    three = cl.draw_sample(steps(values), "ac" * 32, "a", tolerable="10%")
    assert len({item.offset_wh for item in (one, two, three)}) == 3


@pytest.mark.parametrize(("confidence", "sizes"), [(95, [300, 150, 60, 30]), (90, [231, 116, 47, 24])])
def test_sizes_are_those_of_the_logarithm(confidence: int, sizes: list[int]) -> None:
    shares = ["1%", "2%", "5%", "10%"]
    assert [cl.sample_size(confidence, share) for share in shares] == sizes
    exact = [math.ceil(-math.log(1 - confidence / 100) / (int(share[:-1]) / 100)) for share in shares]
    assert exact == sizes


@pytest.mark.parametrize("confidence", sorted(FACTORS))
def test_factors_are_those_of_poisson(confidence: int) -> None:
    """The factor of k errors is the mean at which k or fewer have the remaining probability."""
    for k, hundredths in enumerate(FACTORS[confidence]):
        rest = 1 - confidence / 100

        def chance(mean: float, k: int = k) -> float:
            return sum(math.exp(-mean) * mean**j / math.factorial(j) for j in range(k + 1))

        assert chance(hundredths / 100 + 0.01) <= rest + 1e-9
        assert chance(hundredths / 100 - 0.01) >= rest - 1e-9


def test_an_evaluation_without_errors_is_three_intervals() -> None:
    found = cl.draw_sample(steps([1000] * 3000), "ab" * 32, "a", tolerable="2%")
    result = cl.evaluate_sample(found, {})
    assert (result.projected_wh, result.upper_wh, result.accept) == (0, 3 * found.interval_wh, True)


def test_taints_are_taken_in_descending_order_with_their_factors() -> None:
    found = cl.draw_sample(steps([1000] * 3000), "ab" * 32, "a", tolerable="2%")
    keys = [(item.step.device, item.step.start_utc) for item in found.items[:3]]
    result = cl.evaluate_sample(found, {keys[0]: 900, keys[1]: 500, keys[2]: 1100})
    i = found.interval_wh
    assert (result.errors, result.understated) == (2, 1)
    assert result.projected_wh == i * 6 // 10
    assert 1000 * result.upper_wh == i * (3000 + 1750 * 5 // 10 + 1550 // 10)
    assert not result.accept


def test_a_key_item_counts_with_its_own_error() -> None:
    found = cl.draw_sample(steps([1000] * 100 + [10**6]), "ab" * 32, "a", tolerable="10%")
    key = next(item for item in found.items if item.is_key)
    result = cl.evaluate_sample(found, {("plant", key.step.start_utc): 10**6 - 5})
    assert result.projected_wh == 5
    assert result.upper_wh == 3 * found.interval_wh + 5


def test_a_small_population_is_tested_as_a_whole() -> None:
    found = cl.draw_sample(steps([3, 4]), "ab" * 32, "a")
    assert (len(found.items), found.interval_wh) == (2, 0)
    assert cl.evaluate_sample(found, {("plant", 0): 2}).upper_wh == 1


def test_a_ledgers_population_is_every_claimed_step_above_zero_once() -> None:
    story = r02()
    found = story.ledger.sample("a", tolerable="10%")
    assert found.total_wh == story.ledger.review().claimed_wh
    assert found.steps == 28 * 24
    assert found.root == story.ledger.root()
    assert {item.step.evidence is None for item in found.items} == {False}


def test_unclaimed_steps_and_steps_not_above_zero_are_in_no_population() -> None:
    story = begun()
    story.goto(month(3), 3)
    hours(story, month(3), [0, -5, 1_234_567] * 248)
    assert story.ledger.sample("a").steps == 0
    story.approve_and_issue(month(3))
    assert story.ledger.sample("a").steps == 248


def test_thresholds_of_programmes() -> None:
    shares = [cl.materiality("CDM", t).share for t in (600_000, 500_000, 300_001, 300_000)]
    assert list(map(str, shares)) == ["0.005", "0.01", "0.01", "0.02"]
    assert str(cl.materiality("CDM", "39561", scale="small").threshold_t) == "1978.05"
    assert str(cl.materiality("EU ETS", 500_000).share) == "0.05"
    with pytest.raises(QuantityError, match="materiality of 'GCC'"):
        cl.materiality("GCC", 1)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"confidence_percent": 99}, QuantityError),
        ({"tolerable": 0.02}, InexactNumberError),
        ({"tolerable": "0"}, QuantityError),
        ({"tolerable": "100%"}, QuantityError),
        ({"seed": ""}, QuantityError),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        r00().ledger.sample(**({"seed": "a"} | arguments))  # type: ignore[arg-type]


def test_a_step_that_was_not_chosen_has_no_result() -> None:
    found = cl.draw_sample(steps([1000] * 3000), "ab" * 32, "a", tolerable="10%")
    with pytest.raises(QuantityError, match="was not chosen"):
        cl.evaluate_sample(found, {("other", 0): 5})


def test_what_is_tested_in_full() -> None:
    found = {item.what: item.count for item in r06().ledger.review().in_full}
    assert found == {"critical and high flags": 12}
    assert [item.what for item in r00().ledger.review().in_full] == []
