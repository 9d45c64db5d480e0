"""An activity is refused with this library's errors, whatever its fields hold."""

from typing import Any

import pytest
from tests.support.hostile_values import VALUES
from tests.unit.test_methodologies import FIRST_MONTHS, activity

from carbon_ledger.errors import CarbonLedgerError, PeriodError, QuantityError
from carbon_ledger.methodologies import Activity, VintageGeneration
from carbon_ledger.methodologies.known_fuels import is_liquid, known_fuel, lower_limits

FIELDS = tuple(item.name for item in Activity.__attrs_attrs__)


@pytest.mark.parametrize("name", FIELDS)
def test_whatever_a_field_holds_only_errors_of_this_library_come_out(name: str) -> None:
    """Invariant 36."""
    for value in VALUES.values():
        try:
            made = activity(**{name: value()})
        except CarbonLedgerError:
            continue
        assert made.vintages is not None


@pytest.mark.parametrize("name", ["vintage", "device", "net_wh", "gross_wh"])
def test_the_same_of_what_a_device_generated(name: str) -> None:
    good: dict[str, Any] = {"vintage": 2023, "device": "chirag-1", "net_wh": 1, "gross_wh": None}
    for value in VALUES.values():
        one, other = VintageGeneration(**good), VintageGeneration(**(good | {name: value()}))
        for pair in ((one, other), (other, one), (other,)):
            try:
                made = activity(*pair)
            except CarbonLedgerError:
                continue
            assert made.vintages is not None


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(QuantityError, match="activity: devices 'chirag-1': expected a list of Device"):
        activity(devices="chirag-1")  # type: ignore[arg-type]
    with pytest.raises(QuantityError, match=r"generation .*: expected a list of VintageGeneration"):
        activity(generation=[(2023, "chirag-1", 1)])
    with pytest.raises(QuantityError, match=r"claimed_before .*: expected pairs of a year and a whole number"):
        activity(claimed_before=((2023, "1"),))
    with pytest.raises(PeriodError, match="period '2023': expected a Period"):
        activity(period="2023")
    assert activity(period=FIRST_MONTHS, crediting_period=None).period == FIRST_MONTHS


@pytest.mark.parametrize("ask", [is_liquid, known_fuel, lower_limits])
def test_a_fuel_is_a_text(ask: Any) -> None:
    for value in VALUES.values():
        try:
            ask(value())
        except CarbonLedgerError:
            continue
    with pytest.raises(CarbonLedgerError, match="fuel 3"):
        ask(3)
