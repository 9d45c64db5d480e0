"""What the readers of named formats share: exact numbers, refusals, and channels of a meter that belong together."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.errors import MissingDataError, OverlapError, QuantityError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.formats.channels import Channel, UnreadableError, exact, of_whole_meters, quality_of, whole
from carbon_ledger.metering.layouts import MeterLayout


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**12), max_value=10**12))
def test_a_number_is_its_digits_and_places(number: Decimal) -> None:
    found = exact(f"{number:f}")
    assert found is not None
    digits, places = found
    assert Fraction(digits, 10**places) == Fraction(number)


@pytest.mark.parametrize(
    "text", ["", "-", ".", "1e3", "1,000", "1 000", "NaN", "inf", "٣", "0x1", "1_0", "1.2.3", "9" * 61]
)
def test_what_is_not_a_plain_number_is_not_a_number(text: str) -> None:
    assert exact(text) is None


@pytest.mark.parametrize(("text", "found"), [("5.", (5, 0)), (".5", (5, 1)), ("+07.50", (750, 2)), ("-0", (0, 0))])
def test_numbers_may_be_written_as_xml_writes_them(text: str, found: tuple[int, int]) -> None:
    assert exact(text) == found


def test_a_whole_number_has_at_most_18_digits() -> None:
    assert (whole("-12"), whole("9" * 19), whole("1.0")) == (-12, None, None)


def test_a_refusal_is_an_error_with_its_place_or_a_line_of_the_report() -> None:
    refusal = UnreadableError(3, "value", "x: expected y", MissingDataError)
    with pytest.raises(MissingDataError, match=r"^a\.xml, line 3, value: x: expected y$"):
        refusal.refuse(FileReport("a.xml"))
    report = FileReport("a.xml", "report")
    refusal.refuse(report)
    assert [(item.line, item.column, item.error) for item in report.refused] == [(3, "value", "MissingDataError")]
    with pytest.raises(OverlapError, match=r"^a.xml, line 3: twice \[overlap\]$"):
        UnreadableError(3, "", "twice", OverlapError).refuse(FileReport("a.xml"))


LAYOUT = MeterLayout(name="x", zone="UTC", format="nem12", quality={"flags": {"S14": "estimated", "Q": "measured"}})


def test_the_layout_goes_before_the_format_and_the_whole_flag_before_its_letter() -> None:
    known = {"S": "substituted"}
    assert quality_of(("S14", "S"), LAYOUT, known, 1, "flag") == "estimated"
    assert quality_of(("S15", "S"), LAYOUT, known, 1, "flag") == "substituted"
    assert quality_of(("Q",), LAYOUT, known, 1, "flag") == "measured"
    with pytest.raises(UnreadableError, match="the quality flag 'Z1' is not one of S; if you know"):
        quality_of(("Z1", "Z"), LAYOUT, known, 1, "flag")


def channel(role: str, *values: tuple[int, int, str], meter: str = "m", **fields: object) -> Channel:
    made = Channel(meter, role, role, f"the {role}", Fraction(1), **fields)  # type: ignore[arg-type]
    for line, (start, step_s, text) in enumerate(values, 1):
        number = exact(text)
        assert number is not None
        made.add(start, step_s, number, "measured", line)
    return made


def test_energies_have_the_smallest_denominator() -> None:
    steps = channel("export", (0, 900, "1.50"), (900, 900, "0.25"), (1800, 900, "2")).steps()
    assert ([*steps.numerators], steps.denominator) == ([6, 1, 8], 4)
    assert channel("export", (0, 900, "1.000")).steps().denominator == 1


def test_average_power_is_multiplied_by_the_length_of_its_step() -> None:
    steps = channel("export", (0, 900, "10"), (900, 600, "1"), is_power=True).steps()
    assert [Fraction(value, steps.denominator) for value in steps.numerators] == [Fraction(5, 2), Fraction(1, 6)]


def test_a_step_left_out_of_one_channel_is_left_out_of_the_meter() -> None:
    report = FileReport("a.xml")
    out, taken = channel("export", (0, 900, "1"), (900, 900, "2")), channel("import", (900, 900, "3"))
    taken.leave_out(0, 900)
    both = list(of_whole_meters([out, taken], report))
    assert [(step.role, [*step.start_utc], step.extent_utc) for step in both] == [
        ("export", [900], (0, 1800)),
        ("import", [900], (0, 1800)),
    ]
    assert report.notes == ["meter m: 1 values were left out, since another channel has no value at their time"]


def test_a_meter_whose_channels_have_other_steps_is_refused_and_the_others_are_read() -> None:
    channels = [
        channel("export", (0, 900, "1"), (900, 900, "2")),
        channel("import", (0, 900, "3")),
        channel("export", (0, 900, "4"), meter="other"),
    ]
    report = FileReport("a.xml", "report")
    assert [step.meter for step in of_whole_meters(channels, report)] == ["other"]
    assert report.refused[0].reason == (
        "a.xml, line 2, the export: the step of 900 s from 1970-01-01T00:15:00Z has a value here and none in the "
        "import; ask for the data again, or leave the step out of the file"
    )
    with pytest.raises(MissingDataError):
        list(of_whole_meters(channels, FileReport("a.xml")))


def test_an_error_has_the_class_of_its_kind() -> None:
    with pytest.raises(QuantityError):
        UnreadableError(1, "", "x").refuse(FileReport("a.xml"))
