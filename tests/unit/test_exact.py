"""Exact numbers: number arguments, the plain notation, roundings, and apportioning."""

import decimal
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.errors import InexactNumberError, QuantityError
from carbon_ledger.exact import (
    CONTEXT,
    DIRECTIONS,
    MAX_DIGITS,
    Rounding,
    apportion,
    arithmetic,
    checked_decimal,
    text_of,
    whole_below,
)
from carbon_ledger.instruments import Levy

QUANTIZE = {
    "floor": decimal.ROUND_FLOOR,
    "ceiling": decimal.ROUND_CEILING,
    "truncate": decimal.ROUND_DOWN,
    "half-up": decimal.ROUND_HALF_UP,
    "half-even": decimal.ROUND_HALF_EVEN,
}

CALLERS = {
    "three digits": decimal.Context(prec=3),
    "three digits up, float trap": decimal.Context(prec=3, rounding=decimal.ROUND_UP, traps=[decimal.FloatOperation]),
    "trapped": decimal.Context(prec=3, traps=[decimal.Inexact, decimal.Rounded, decimal.Clamped]),
}

plain_decimals = st.decimals(
    min_value=Decimal(-(10**20)), max_value=Decimal(10**20), allow_nan=False, allow_infinity=False, places=9
)
directions = st.sampled_from(DIRECTIONS)


@pytest.fixture(params=sorted(CALLERS))
def caller(request):
    """Put the test inside a Decimal context that some caller may have set."""
    with decimal.localcontext(CALLERS[request.param]):
        yield


under_every_caller = pytest.mark.usefixtures("caller")


class TestArithmetic:
    """The one context, whatever the caller's is."""

    @under_every_caller
    def test_is_exact_inside_any_callers_context(self):
        with arithmetic():
            product = Decimal("123456789.123456789") * Decimal("987654321.987654321")
        assert str(product) == "121932631356500531.347203169112635269"

    @under_every_caller
    def test_refuses_an_endless_quotient(self):
        with pytest.raises(InexactNumberError, match="pass a rounding"), arithmetic():
            Decimal(1) / Decimal(3)

    def test_a_result_of_a_hundred_digits_passes_and_one_more_does_not(self):
        with arithmetic():
            assert Decimal(10**99 + 1) * 1 == Decimal(10**99 + 1)
        with pytest.raises(InexactNumberError), arithmetic():
            Decimal(10**100 + 1) * 1

    @pytest.mark.parametrize(("left", "right"), [("1", "0"), ("0", "0")])
    def test_refuses_a_division_by_zero(self, left, right):
        with pytest.raises(QuantityError, match="the result of a calculation is not a number"), arithmetic():
            Decimal(left) / Decimal(right)

    def test_refuses_a_float_inside(self):
        with pytest.raises(QuantityError), arithmetic():
            Decimal(float("0.1"))

    def test_restores_the_callers_context_also_after_an_error(self):
        with decimal.localcontext(decimal.Context(prec=3)):
            with pytest.raises(InexactNumberError), arithmetic():
                Decimal(2) / Decimal(3)
            assert decimal.getcontext().prec == 3
            assert str(Decimal(2) / Decimal(3)) == "0.667"

    def test_leaves_no_flag_on_the_shared_context(self):
        with pytest.raises(InexactNumberError), arithmetic():
            Decimal(2) / Decimal(3)
        assert not any(CONTEXT.flags.values())


class TestCheckedDecimal:
    """The door for bare numbers."""

    @under_every_caller
    @pytest.mark.parametrize(
        ("value", "number"),
        [
            (7, "7"),
            (-7, "-7"),
            ("0.384", "0.384"),
            ("-0.5", "-0.5"),
            ("007", "7"),
            ("1.50", "1.50"),
            (Decimal("1E+3"), "1E+3"),
            ("9" * MAX_DIGITS, "9" * MAX_DIGITS),
        ],
    )
    def test_takes(self, value, number):
        assert str(checked_decimal(value, "value")) == number

    @pytest.mark.parametrize(
        "text",
        ["", " ", "-", ".", "5.", ".5", "+5", "1e3", "1_000", "2,5", "2 500", "0x10", "٣", "5²", "1.2.3"],
    )
    def test_refuses_text_that_is_not_plain(self, text):
        with pytest.raises(QuantityError, match=r"factor: .* not a plain decimal number"):
            checked_decimal(text, "factor")

    @pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-Infinity", "sNaN"])
    def test_refuses_text_that_is_not_a_number(self, text):
        with pytest.raises(QuantityError):
            checked_decimal(text, "factor")

    @pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity"])
    def test_refuses_a_decimal_that_is_not_finite(self, text):
        with pytest.raises(QuantityError, match="not a finite number"):
            checked_decimal(Decimal(text), "factor")

    @pytest.mark.parametrize("value", [0.1, 1.0, float("nan"), float("inf")])
    def test_refuses_a_float_and_shows_what_to_write(self, value):
        with pytest.raises(InexactNumberError, match=f'"{value!r}", an int or a Decimal'):
            checked_decimal(value, "factor")

    @pytest.mark.parametrize("value", [True, False, None, [], b"5", Fraction(1, 2), 5j])
    def test_refuses_other_types_and_names_them(self, value):
        with pytest.raises(QuantityError, match=r"^factor: ") as caught:
            checked_decimal(value, "factor")
        assert not isinstance(caught.value, InexactNumberError)

    @pytest.mark.parametrize(
        "value",
        [
            10**MAX_DIGITS + 1,
            pytest.param(-(10**5000), id="an int too long to print"),
            "1" * (MAX_DIGITS + 1),
            "0." + "0" * MAX_DIGITS + "1",
            Decimal("1E+61"),
            Decimal("1E-61"),
            Decimal("1E+400"),
        ],
    )
    def test_refuses_more_than_sixty_digits(self, value):
        with pytest.raises(InexactNumberError, match=r"factor: .* has more than 60 digits"):
            checked_decimal(value, "factor")


class TestTextOf:
    """The one plain notation."""

    @under_every_caller
    @pytest.mark.parametrize(
        ("number", "text"),
        [
            ("26880.000", "26880"),
            ("100", "100"),
            ("1E+3", "1000"),
            ("-0", "0"),
            ("-0.000", "0"),
            ("0E+5", "0"),
            ("-0.50", "-0.5"),
            ("1E-7", "0.0000001"),
        ],
    )
    def test_writes_plainly(self, number, text):
        assert text_of(Decimal(number)) == text

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
    def test_refuses_numbers_that_are_not_finite(self, number):
        with pytest.raises(QuantityError, match="not a finite number"):
            text_of(Decimal(number))

    @given(plain_decimals)
    def test_is_read_back_as_the_same_number(self, number):
        text = text_of(number)
        assert checked_decimal(text, "value") == number
        assert text_of(checked_decimal(text, "value")) == text

    @given(plain_decimals, st.integers(0, 20))
    def test_equal_numbers_have_one_text(self, number, zeros):
        with arithmetic():
            longer = number.quantize(Decimal(1).scaleb(-9 - zeros))
        assert text_of(longer) == text_of(number)


class TestRounding:
    """A rounding has a direction and places, and is applied once to the exact value."""

    @given(plain_decimals, directions, st.integers(0, 12))
    def test_agrees_with_quantize(self, number, direction, places):
        with decimal.localcontext(decimal.Context(prec=200)):
            expected = number.quantize(Decimal(1).scaleb(-places), rounding=QUANTIZE[direction])
        rounded = Rounding(direction, places=places).apply(number)
        assert rounded == expected
        assert rounded.as_tuple().exponent == -places

    @given(st.integers(-(10**6), 10**6), st.sampled_from((0, 1, 2)), directions)
    def test_agrees_with_quantize_on_exact_halves(self, halves, places, direction):
        with decimal.localcontext(decimal.Context(prec=50)):
            number = Decimal(halves * 5).scaleb(-places - 1)
            expected = number.quantize(Decimal(1).scaleb(-places), rounding=QUANTIZE[direction])
        assert Rounding(direction, places=places).apply(number) == expected

    @given(st.fractions(), directions, st.integers(0, 9))
    def test_a_fraction_moves_less_than_one_last_place_the_right_way(self, number, direction, places):
        rounded = Fraction(Rounding(direction, places=places).apply(number))
        step = Fraction(1, 10**places)
        assert abs(rounded - number) < step
        assert rounded % step == 0
        if direction == "floor":
            assert rounded <= number
        elif direction == "ceiling":
            assert rounded >= number
        elif direction == "truncate":
            assert abs(rounded) <= abs(number)
        else:
            assert abs(rounded - number) <= step / 2

    @given(st.fractions(), st.integers(0, 9))
    def test_half_even_agrees_with_round(self, number, places):
        assert Rounding("half-even", places=places).apply(number) == round(number, places)

    @under_every_caller
    @pytest.mark.parametrize(
        ("direction", "texts"),
        [
            ("floor", ("2", "-3")),
            ("ceiling", ("3", "-2")),
            ("truncate", ("2", "-2")),
            ("half-up", ("3", "-3")),
            ("half-even", ("2", "-2")),
        ],
    )
    def test_two_and_a_half(self, direction, texts):
        rounding = Rounding(direction, places=0)
        assert (str(rounding.apply(Decimal("2.5"))), str(rounding.apply(Decimal("-2.5")))) == texts

    @under_every_caller
    def test_ignores_the_callers_context(self):
        assert str(Rounding("floor", places=3).apply(Decimal("277777.77777"))) == "277777.777"

    def test_published_division_is_floored(self):
        """730,000 t over 7 years is printed as 104,285 (domain section 4)."""
        assert Rounding("floor", places=0).apply(Fraction(730_000, 7)) == 104_285

    def test_a_levy_of_two_percent_rounds_up(self):
        """2% of 111,949 units leaves 109,710 (domain section 4)."""
        levy = Rounding("ceiling", places=0).apply(Fraction(111_949 * 2, 100))
        assert 111_949 - levy == 109_710

    @pytest.mark.parametrize("direction", ["nearest", "", "FLOOR", "half_up", None])
    def test_refuses_an_unknown_direction(self, direction):
        with pytest.raises(QuantityError, match="expected one of floor, ceiling"):
            Rounding(direction, places=0)

    @pytest.mark.parametrize("places", [-1, 41, True, "0", None, 1.0, Decimal(2)])
    def test_refuses_invalid_places(self, places):
        with pytest.raises(QuantityError, match="0 to 40"):
            Rounding("floor", places=places)

    def test_takes_the_limits(self):
        assert str(Rounding("floor", places=40).apply(Fraction(1, 3))) == "0." + "3" * 40
        assert str(Rounding("half-up", places=0)) == "half-up at 0 places"


class TestWholeBelow:
    """Floor, once and exactly."""

    @given(plain_decimals)
    def test_is_the_greatest_whole_number_not_above(self, number):
        whole = whole_below(number)
        assert whole <= number
        assert Fraction(number) - whole < 1

    @under_every_caller
    def test_ignores_the_callers_context(self):
        assert whole_below(Decimal("13981.999999999999999999999999999999999999")) == 13_981
        assert whole_below(Decimal("-0.000000000000000000000000000000000000001")) == -1


class TestApportion:
    """Largest remainder: the parts sum to the whole."""

    totals = st.integers(-(10**15), 10**15)
    weights = st.lists(st.integers(1, 10**7), min_size=1, max_size=12)

    @given(totals, weights)
    def test_parts_sum_to_the_whole(self, total, weights):
        parts = apportion(total, weights)
        assert len(parts) == len(weights)
        assert sum(parts) == total

    @given(totals, weights)
    def test_each_part_is_within_one_of_its_share(self, total, weights):
        whole = sum(weights)
        for part, weight in zip(apportion(total, weights), weights, strict=True):
            assert abs(part - Fraction(total * weight, whole)) < 1

    @given(totals, weights)
    def test_no_smaller_remainder_is_rounded_up_before_a_larger_one(self, total, weights):
        whole = sum(weights)
        shares = [Fraction(total * weight, whole) for weight in weights]
        floors = [share.numerator // share.denominator for share in shares]
        parts = apportion(total, weights)
        remainders = [(share - floor, -at) for at, (share, floor) in enumerate(zip(shares, floors, strict=True))]
        raised = [left for left, part, floor in zip(remainders, parts, floors, strict=True) if part > floor]
        kept = [left for left, part, floor in zip(remainders, parts, floors, strict=True) if part == floor]
        assert not raised or not kept or min(raised) > max(kept)

    @given(st.integers(-(10**9), 10**9), weights)
    def test_whole_shares_are_returned_exactly(self, each, weights):
        assert apportion(each * sum(weights), weights) == [each * weight for weight in weights]

    @pytest.mark.parametrize(
        ("total", "weights", "parts"),
        [
            (10, [1, 1, 1], [4, 3, 3]),
            (-10, [1, 1, 1], [-3, -3, -4]),
            (-1, [1, 1], [0, -1]),
            (1, [1, 1], [1, 0]),
            (0, [3, 5], [0, 0]),
            (5, [1], [5]),
            (1, [1, 2], [0, 1]),
        ],
    )
    def test_ties_go_to_the_earlier_position(self, total, weights, parts):
        assert apportion(total, weights) == parts

    def test_scenario_s13_of_the_ledger_model(self):
        """70 GWh on a feeder shared by six plants, by capacity (ledger-model S13)."""
        assert apportion(70_000_000_000, [440, 833, 360, 633, 530, 340]) == [
            9_821_428_571,
            18_593_750_000,
            8_035_714_286,
            14_129_464_286,
            11_830_357_143,
            7_589_285_714,
        ]

    @pytest.mark.parametrize("weights", [[], [0], [1, 0], [3, -1]])
    def test_refuses_invalid_weights(self, weights):
        with pytest.raises(QuantityError, match="at least 1"):
            apportion(10, weights)


def test_a_share_may_be_a_percentage() -> None:
    assert Levy(share="2%").to_record() == Levy(share="0.02").to_record() == {"share": "0.02"}
