"""Lines are computed from each other where a formula gives exactly the value, and are given as they are elsewhere."""

from decimal import Decimal

from carbon_ledger.methodologies import Line
from carbon_ledger.reports.computed import COMPUTED, GIVEN, NOT_COMPUTED, ROUNDED, Computation, ComputedLine
from carbon_ledger.reports.limbs import FromFormula, Literal, Sheet, limbs_needed


def line(symbol: str, value: str, formula: str = "", *inputs: str, unit: str = "tCO2e") -> Line:
    return Line(symbol=symbol, name=symbol, value=Decimal(value), unit=unit, formula=formula, inputs=inputs)


def computed(*lines: Line) -> list[ComputedLine]:
    return Computation({}, "C", "Calculation").lines(0, lines, 7)


def ways(*lines: Line) -> list[str]:
    return [item.how for item in computed(*lines)]


def test_a_sum_may_come_before_its_parts() -> None:
    found = computed(line("T", "3", "A + B", "A", "B"), line("A", "1"), line("B", "2"))
    assert [item.how for item in found] == [COMPUTED, GIVEN, GIVEN]
    assert [item.formula for item in found] == ["C8+C9", "", ""]


def test_a_formula_that_does_not_give_the_value_is_not_followed() -> None:
    assert ways(line("A", "1"), line("B", "3", "A + A", "A")) == [GIVEN, NOT_COMPUTED]
    assert ways(line("A", "2.0000001"), line("B", "2.000001", "A", "A")) == [GIVEN, ROUNDED]
    assert ways(line("A", "-2.0000009"), line("B", "-2", "A", "A")) == [GIVEN, NOT_COMPUTED]
    assert ways(line("A", "3"), line("B", "11", "A x 44/12", "A")) == [GIVEN, NOT_COMPUTED]
    assert ways(line("A", "3"), line("B", "3", "floor(A)", "A")) == [GIVEN, NOT_COMPUTED]


def test_a_part_that_is_not_below_zero() -> None:
    formula = "max(0, A - B) - max(0, B - A) + 2 x (A + 0.5)"
    found = computed(line("A", "1"), line("B", "3"), line("C", "1", formula, "A", "B"))
    assert [item.how for item in found] == [GIVEN, GIVEN, COMPUTED]
    assert found[2].formula == "MAX(0,C7-C8)-MAX(0,C8-C7)+2*(C7+(1/2))"


def test_the_quick_formula_is_there_even_where_the_exact_one_is_not() -> None:
    found = computed(line("A", "3"), line("B", "11", "A x 44/12", "A"), line("C", "7", "mean(A, B)", "A", "B"))
    assert [item.formula for item in found] == ["", "C7*(11/3)", "AVERAGE(C7,C8)"]


def test_lines_that_use_each_other_lack_an_input_or_appear_twice_are_given() -> None:
    assert ways(line("A", "1", "B", "B"), line("B", "1", "A", "A")) == [NOT_COMPUTED, COMPUTED]
    assert ways(line("A", "1", "X", "X")) == [NOT_COMPUTED]
    found = computed(line("A", "1"), line("A", "2"), line("B", "1", "A", "A"))
    assert [(item.node.value, item.how) for item in found] == [
        (Decimal(1), GIVEN),
        (Decimal(2), NOT_COMPUTED),
        (Decimal(1), COMPUTED),
    ]


def test_a_number_with_more_digits_than_a_cell_is_written_as_limbs() -> None:
    found = computed(line("A", "99999999.999999"), line("B", "100000000.000000000001"), line("C", "1E+20"))
    assert [type(item.node.how) for item in found] == [FromFormula, Literal, Literal]
    assert found[1].node.text == "100000000.000000000001"


def test_a_sum_of_many_lines_is_computed_in_parts() -> None:
    """A formula of a workbook has at most 8,192 characters: a spreadsheet does not open a file with a longer one."""
    parts = [line(f"EG[2024,d{k}]", f"{k}.000001", unit="MWh") for k in range(2_000)]
    names = [item.symbol for item in parts]
    total = line("EG[2024]", "1999000.002", " + ".join(names), *names, unit="MWh")
    computation = Computation({}, "C", "Calculation")
    *_, found = computation.lines(0, [*parts, total], 7)
    assert (found.how, found.formula, found.node.value) == (COMPUTED, "", Decimal("1999000.002000"))
    sheet = Sheet(limbs_needed(computation.nodes), {node: 100_000 + k for k, node in enumerate(computation.nodes)})
    formulas = [formula for node in computation.nodes for formula, _ in sheet.cells(node).values()]
    assert max(map(len, formulas)) < 8_192
    assert len(computation.nodes) == 2_000 + 5 + 1


def test_a_product_with_too_many_digits_is_given() -> None:
    product = " x ".join(["A"] * 200)
    computation = Computation({}, "C", "Calculation")
    found = computation.lines(0, [line("A", "3.000001"), line("B", "1", product, "A")], 7)
    assert [item.how for item in found] == [GIVEN, NOT_COMPUTED]
    assert len(computation.nodes) == 2


def test_the_deviation_of_one_number_has_no_quick_formula() -> None:
    assert computed(line("A", "3"), line("B", "0", "stdev(A)", "A"))[1].formula == ""
