"""What a methodology of a caller's own returns: lines and amounts are checked, and exceptions are translated."""

from decimal import Decimal

import pytest
from tests.conftest import dump
from tests.support.metered_project import MAY
from tests.support.own_methodology import FACTOR, Write, opened, registered, write

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.methodologies.outcomes import guarded

__all__ = ["write"]


def line(**fields: str) -> str:
    """An attack that adds a line."""
    given = {"symbol": '"X"', "name": '"x"', "value": "Decimal(1)", "unit": '"1"', "source": '"s"'} | fields
    return f"lines += (base.Line({', '.join(f'{name}={value}' for name, value in given.items())}),)"


ATTACKS = {
    "returns nothing": ("return None", "returned None, expected a tuple of lines"),
    "returns one tuple": ("return (lines,)", "expected a tuple of lines"),
    "returns lists": ("return list(lines), list(amounts)", "expected a tuple of lines"),
    "returns an iterator": ("return iter(lines), amounts", "expected a tuple of lines"),
    "a line that is none": ("lines += (7,)", "returned 7 among its lines, expected a Line"),
    "a line of a class of its own": (
        "class Mine(base.Line): pass\n    lines += (Mine(symbol='X', name='', value=Decimal(1), unit='1'),)",
        "returned <Mine> among its lines, expected a Line",
    ),
    "a float in a line": (line(value="1.5"), "has the value 1.5 in line X, expected a finite Decimal"),
    "an int in a line": (line(value="1"), "has the value 1 in line X, expected a finite Decimal"),
    "not a number": (line(value='Decimal("NaN")'), "expected a finite Decimal"),
    "infinite": (line(value='Decimal("Infinity")'), "expected a finite Decimal"),
    "a number that fills the memory": (line(value='Decimal("1E+999999999")'), "of at most 100 digits"),
    "a number with too many digits": (line(value='Decimal("1" * 101)'), "of at most 100 digits"),
    "no symbol": (line(symbol="7"), "has a line with the symbol 7"),
    "a symbol with a blank": (line(symbol='"X Y"'), "has a line with the symbol 'X Y'"),
    "the symbol of an attested text": (line(symbol='"Text"'), "has a line with the symbol 'Text'"),
    "the symbol of a flag": (line(symbol='"EF_flag_outlier"'), "has a line with the symbol 'EF_flag_outlier'"),
    "the symbol of an estimate": (line(symbol='"ER_expected"'), "has a line with the symbol 'ER_expected'"),
    "a symbol twice": (f"{line()}; {line()}", "has the line X twice"),
    "a unit in words": (line(unit='"t of CO2"'), "has the unit 't of CO2' in line X"),
    "no source": (line(source='" "'), "has no name or no source in line X"),
    "no name": (line(name='""'), "has no name or no source in line X"),
    "a confidence of its own": (line(confidence='"sure"'), "has the confidence 'sure' in line X"),
    "inputs that are a list": (line(inputs='["EG[2024]"]'), "has the inputs ['EG[2024]'] in line X"),
    "an input that has no hash": (line(inputs="([],)"), "has the inputs ([],) in line X"),
    "an input that comes later": (line(inputs='("LATER",)'), "has the input 'LATER' in line X"),
    "a declared emission that nobody declared": (
        line(symbol='"LE[2024,1]"'),
        "declared emissions ['LE[2024,1]'], expected []",
    ),
    "a name with a control character": (line(name='"a" + chr(27)'), "its lines cannot be recorded"),
    "a name that never ends": (line(name='"a" * 10_001'), "its lines cannot be recorded"),
    "a source with a lone surrogate": (line(source="chr(0xD800)"), "its lines cannot be recorded"),
    "no amounts": ("amounts = ()", "has amounts of (), expected one of each vintage, (2024,)"),
    "another vintage": ("amounts = ((2023, Decimal(45)),)", "has amounts of (2023,)"),
    "one vintage twice": ("amounts *= 2", "has amounts of (2024, 2024)"),
    "a float as an amount": ("amounts = ((2024, 45.0),)", "has the amount (2024, 45.0)"),
    "an int as an amount": ("amounts = ((2024, 45),)", "has the amount (2024, 45)"),
    "an infinite amount": ("amounts = ((2024, Decimal('Infinity')),)", "has the amount (2024, Decimal('Infinity'))"),
    "an amount alone": ("amounts = (Decimal(45),)", "has the amount Decimal('45')"),
    "an amount without its line": ("amounts = ((2024, Decimal(46)),)", "has the amount 46 of 2024, expected the value"),
    "no line of reductions": (
        "lines = lines[:-1]",
        "has the amount 45 of 2024, expected the value",
    ),
    "an exception of Python": ("raise KeyError('gone')", "its calculation raised KeyError ('gone')"),
    "an exception whose text raises": (
        "class Bad(Exception):\n        def __str__(self):\n            return 1 / 0\n    raise Bad('x', 2)",
        "its calculation raised Bad (('x', 2))",
    ),
    "endless recursion": ("return calculate(methodology, activity, factor)", "its calculation raised RecursionError"),
    "another result each time": (
        "import itertools; n = globals().setdefault('n', itertools.count()); lines = (*lines[:-1], base.Line("
        "symbol='ER[2024]', name=str(next(n)), value=amounts[0][1], unit='tCO2e', source='s'))",
        "returned two different results for the same activity",
    ),
}
CHECKS = {
    "an exception in a check": ("return {}['x']", "a check raised KeyError ('x')"),
    "a check that returns a truth value": ("return True", "a check returned True, expected a Condition"),
    "a check that is neither met nor not": (
        "return base.Condition(name='n', met=1, detail='d', source='s', confidence='C')",
        "expected a Condition whose met is True or False",
    ),
    "a check without words": (
        "return base.Condition(name='n', met=False, detail=None, source='s', confidence='C')",
        "expected texts in its fields",
    ),
}


def refusal(ledger: cl.Ledger) -> str:
    """Quantifying and issuing are refused alike, and nothing has changed."""
    before = dump(ledger)
    with pytest.raises(errors.MethodologyError) as quantified:
        ledger.quantify("toys", MAY, factor=FACTOR)
    with pytest.raises(errors.MethodologyError) as issued:
        ledger.issue("toys", MAY, factor=FACTOR, to="op")
    assert dump(ledger) == before
    assert str(quantified.value) == str(issued.value)
    return str(issued.value)


@pytest.mark.parametrize("case", ATTACKS)
def test_what_a_calculation_must_not_return_is_refused(write: Write, case: str) -> None:
    attack, expected = ATTACKS[case]
    found = refusal(registered(opened(":memory:", write(attack=attack).METHODOLOGY)))
    assert found.startswith("OWN-TOY@1.0: ")
    assert expected in found


@pytest.mark.parametrize("case", CHECKS)
def test_what_a_check_must_not_return_is_refused(write: Write, case: str) -> None:
    check, expected = CHECKS[case]
    assert expected in refusal(registered(opened(":memory:", write(check=check).METHODOLOGY)))


def test_a_condition_that_is_not_met_refuses_the_project(write: Write) -> None:
    check = "return base.Condition(name='size', met=False, detail='too large', source='rule 0', confidence='C')"
    ledger = registered(opened(":memory:", write(check=check).METHODOLOGY))
    with pytest.raises(errors.NotApplicableError, match=r"does not apply: too large \[size; rule 0\]"):
        ledger.issue("toys", MAY, factor=FACTOR, to="op")


def test_a_float_in_arithmetic_and_a_rounded_result_are_refused_by_the_library_itself(write: Write) -> None:
    for attack, kind in (
        ("return Decimal(1) + 0.5", errors.MethodologyError),
        ("return Decimal(1) * Decimal(0.1)", errors.QuantityError),
        ("return Decimal(1) / 3", errors.InexactNumberError),
    ):
        ledger = registered(opened(":memory:", write(attack=attack).METHODOLOGY))
        before = dump(ledger)
        with pytest.raises(kind):
            ledger.issue("toys", MAY, factor=FACTOR, to="op")
        assert dump(ledger) == before


def test_an_error_of_this_library_is_the_methodologys_own_refusal(write: Write) -> None:
    attack = "from carbon_ledger.errors import MissingDataError; raise MissingDataError('no boiler')"
    ledger = registered(opened(":memory:", write(attack=attack).METHODOLOGY))
    with pytest.raises(errors.MissingDataError, match="no boiler"):
        ledger.issue("toys", MAY, factor=FACTOR, to="op")


def test_an_interrupt_passes_and_leaves_no_trace(write: Write) -> None:
    ledger = registered(opened(":memory:", write(attack="raise KeyboardInterrupt").METHODOLOGY))
    before = dump(ledger)
    with pytest.raises(KeyboardInterrupt):
        ledger.issue("toys", MAY, factor=FACTOR, to="op")
    assert dump(ledger) == before


def test_a_negative_amount_makes_no_unit_and_is_carried(write: Write) -> None:
    """Domain invariants 20 and 28: it is a debit, as under any methodology."""
    ledger = registered(opened(":memory:", write(share="-0.9").METHODOLOGY))
    assert ledger.issue("toys", MAY, factor=FACTOR, to="op") == ()
    assert ledger.carry("toys").debit == Decimal(45)
    assert ledger.audit().passed


def test_a_declared_emission_that_is_left_out_is_refused(write: Write) -> None:
    """A project emission is not dropped, however small it is."""
    leaked = cl.methodologies.Leakage(amount="1 tCO2e", vintage=2024, reason="pipes", source="section B.6")
    for attack in (
        "lines = tuple(item for item in lines if not item.symbol.startswith('LE['))",
        "lines = tuple(item for item in lines if not item.symbol.startswith('LE['))\n    "
        + line(symbol='"LE[2024,2]"', unit='"tCO2e"'),
    ):
        ledger = registered(opened(":memory:", write(attack=attack).METHODOLOGY))
        with pytest.raises(errors.MethodologyError, match=r"of declared emissions .*, expected \['LE\[2024,1\]'\]"):
            ledger.issue("toys", MAY, factor=FACTOR, to="op", emissions=[leaked])
    complete = write(module="own_complete").METHODOLOGY
    ledger = registered(opened(":memory:", complete))
    (batch,) = ledger.issue("toys", MAY, factor=FACTOR, to="op", emissions=[leaked])
    assert batch.count == 45


def test_the_kind_of_a_factor_is_the_one_that_the_methodology_admits(write: Write) -> None:
    """The kinds are part of the document; any other needs the waiver, which the log shows."""
    ledger = registered(opened(":memory:", write().METHODOLOGY))
    for kind in ("combined_margin", "lifecycle"):
        other = cl.EmissionFactor(
            factor_id=kind, value="0.5", unit="tCO2e/MWh", kind=kind, region="AZ", source="a test"
        )
        with pytest.raises(errors.FactorNotApplicableError) as refused:
            ledger.quantify("toys", MAY, factor=other)
        assert refused.value.rule == "factor-kind"
        ledger.quantify("toys", MAY, factor=other, waivers=[cl.Waiver("factor-kind", "the only one that is published")])


def test_what_is_right_is_returned() -> None:
    assert guarded("OWN-X@1", "a check", lambda: 7) == 7
