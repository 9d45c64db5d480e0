"""Meter error and delayed calibration: one spelling, one bound, always to the project's disadvantage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.errors import InexactNumberError, QuantityError, UnitMismatchError
from carbon_ledger.exact import Rounding
from carbon_ledger.metering.calibration import MeterError, calibrated_net, delayed_calibration_error, share_of

WH = st.integers(0, 10**13)
ERRORS = st.integers(0, 499).map(lambda hundredths: MeterError(f"{hundredths // 100}.{hundredths % 100:02} %"))


def test_class_02_on_1000_and_10_mwh() -> None:
    """Domain section 4, CDM VVS for project activities v2 para 369: 998 - 10.02 = 987.980 MWh. [P]"""
    assert calibrated_net("1000 MWh", "10 MWh", MeterError("0.2 %")) == 987_980_000


def test_the_metered_volume_counts_and_not_the_invoiced_one() -> None:
    """Domain section 4: metered 48,372.840 MWh, not the 48,389.279 of the invoices. [P]"""
    none = MeterError("0 %")
    assert calibrated_net("48797160 kWh", "424320 kWh", none) == 48_372_840_000
    assert calibrated_net("48804719 kWh", "415440 kWh", none) == 48_389_279_000


@pytest.mark.parametrize("wrong", ["20 %", "20%", "5 %", "5.0 %", "100 %", "2000 %"])
def test_twenty_percent_instead_of_point_two_is_caught_by_the_bound(wrong: str) -> None:
    with pytest.raises(QuantityError, match="expected below 5 %"):
        MeterError(wrong)


@pytest.mark.parametrize(
    "wrong",
    ["0.2", "20", "0.002", 20, 0.2, None, True, "-0.2 %", "+0.2 %", "0,2 %", "0.2  %", " 0.2 %", "0.2 %\n", "%"],
)
def test_what_is_no_percentage_is_caught_by_its_type(wrong: object) -> None:
    with pytest.raises(QuantityError, match=r"expected text with a percent sign.*a percentage or a share"):
        MeterError(wrong)


def test_an_error_is_shown_as_it_is_written() -> None:
    assert str(MeterError("0.50%")) == "0.5 %"
    assert MeterError("0.50%") == MeterError("0.5 %")
    assert MeterError("4.999 %") > MeterError("0.2 %")
    assert str(MeterError("0 %")) == "0 %"
    assert share_of("20 %", "losses") == share_of("20.0%", "losses")


@pytest.mark.parametrize(
    ("identified", "taken"),
    [(None, "0.2 %"), ("0 %", "0.2 %"), ("0.1999 %", "0.2 %"), ("0.2 %", "0.2 %"), ("0.2001 %", "0.2001 %")],
)
def test_the_larger_of_permissible_and_identified_error(identified: str | None, taken: str) -> None:
    """CDM VVS for project activities v2 para 369: the permissible error, or the identified one if larger. [P]"""
    found = None if identified is None else MeterError(identified)
    assert delayed_calibration_error(MeterError("0.2 %"), found) == MeterError(taken)


def test_what_is_finer_than_a_wh_needs_a_named_rounding() -> None:
    with pytest.raises(InexactNumberError, match="between 0 and 1 Wh"):
        calibrated_net("1 Wh", "0 Wh", MeterError("0.2 %"))
    assert calibrated_net("1 Wh", "0 Wh", MeterError("0.2 %"), rounding=Rounding("floor", places=0)) == 0
    assert calibrated_net("1 Wh", "0 Wh", MeterError("0.2 %"), rounding=Rounding("half-up", places=0)) == 1
    with pytest.raises(QuantityError, match="places=0"):
        calibrated_net("1 Wh", "0 Wh", MeterError("0.2 %"), rounding=Rounding("floor", places=3))


def test_an_error_that_is_no_meter_error_is_refused() -> None:
    with pytest.raises(QuantityError, match="expected a MeterError"):
        calibrated_net("1000 MWh", "10 MWh", "0.2 %")


@pytest.mark.parametrize(("export", "import_"), [("-1 MWh", "0 MWh"), ("1 MWh", "-1 MWh")])
def test_a_negative_volume_is_refused(export: str, import_: str) -> None:
    with pytest.raises(QuantityError, match="expected both to be 0 or more"):
        calibrated_net(export, import_, MeterError("0.2 %"))


def test_energy_needs_its_unit() -> None:
    with pytest.raises(UnitMismatchError):
        calibrated_net(1000, "10 MWh", MeterError("0.2 %"))


@given(WH, WH, ERRORS, ERRORS)
def test_a_larger_error_never_credits_more(export: int, import_: int, one: MeterError, other: MeterError) -> None:
    down = Rounding("floor", places=0)
    small, large = sorted((one, other))
    corrected = [calibrated_net(f"{export} Wh", f"{import_} Wh", error, rounding=down) for error in (small, large)]
    assert corrected[1] <= corrected[0] <= export - import_
    assert delayed_calibration_error(one, other) == large
