"""TOOL07, paragraphs 84 and 90 to 92: the simplified combined margin."""

from decimal import Decimal
from typing import Any

import pytest
from tests.support.electricity_systems import THREE, by_symbol, follows, grid

from carbon_ledger.errors import InexactNumberError, MethodologyError, MissingDataError, QuantityError
from carbon_ledger.methodologies.tool07 import (
    Tool07Result,
    average_operating_margin,
    simple_operating_margin,
    simplified_combined_margin,
)

WHY = "commissioning dates are not published"


def simplified(**more: Any) -> Tool07Result:
    """The average operating margin is 0.307596."""
    fields: dict[str, Any] = {
        "no_build_margin": WHY,
        "factor_id": "f",
        "region": "X",
        "technology": "hydro",
        "crediting_period_ordinal": 1,
    }
    return simplified_combined_margin(average_operating_margin(grid(100, 300, 600), THREE), **(fields | more))


@pytest.mark.parametrize(
    ("share", "gas_used", "build"),
    [
        ("0", True, "0.326"),
        ("0.199999", True, "0.326"),
        ("0.199999", False, "0.568"),
        ("0.2", True, "0"),
        ("0.2", False, "0"),
        (1, False, "0"),
    ],
)
def test_the_build_margin_by_share_and_gas(share: Any, gas_used: bool, build: str) -> None:
    """Paragraph 91. At exactly 20% both cases hold: the lower value, 0. [C]"""
    found = simplified(renewable_share=share, gas_used=gas_used)
    assert found.line("EF_BM").value == Decimal(build)
    assert found.line("EF_CM,exact").value == (Decimal("0.307596") + Decimal(build)) / 2
    assert found.factor.build_margin == build


@pytest.mark.parametrize(
    ("technology", "ordinal", "exact"),
    [("wind", 1, "0.312197"), ("hydro", 2, "0.321399"), ("solar", 3, "0.312197"), ("hydro", 3, "0.321399")],
)
def test_the_weights_are_those_of_technology_and_period(technology: str, ordinal: int, exact: str) -> None:
    more: dict[str, Any] = {"renewable_share": "0.1", "gas_used": True}
    found = simplified(technology=technology, crediting_period_ordinal=ordinal, **more)
    assert found.line("EF_CM,exact").value == Decimal(exact)


@pytest.mark.parametrize("host", ["ldc", "sids", "fewer-than-10-projects"])
def test_the_operating_margin_alone(host: str) -> None:
    """Paragraph 90: w_OM is 1, in every period."""
    for ordinal in (1, 2, 3):
        found = simplified(host=host, crediting_period_ordinal=ordinal).factor
        assert (found.value, found.weights, found.build_margin) == ("0.3075", ("1", "0"), None)


def test_the_factor_says_why_and_the_trace_has_every_number() -> None:
    found = simplified(renewable_share="0.1", gas_used=True)
    assert WHY in found.factor.source
    assert found.factor.tool == "TOOL07@7.0"
    lines = by_symbol(found.lines)
    assert lines["EF_BM"].source == "TOOL07 v7.0, paragraph 91, simplified combined margin"
    assert all(follows(lines, line) for line in found.lines if line.inputs and "rounded" not in line.formula)
    assert Tool07Result.from_record(found.to_record()) == found
    assert simplified(host="ldc", region="TR").factor.flags == ("derived-not-published", "system-in-annex-i")


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({}, MissingDataError, "expected renewable_share, and gas_used"),
        ({"renewable_share": "0.1"}, MissingDataError, "expected renewable_share, and gas_used"),
        ({"gas_used": True}, MissingDataError, "expected renewable_share, and gas_used"),
        ({"renewable_share": "20", "gas_used": True}, QuantityError, "20"),
        ({"renewable_share": 0.1, "gas_used": True}, InexactNumberError, "renewable_share"),
        ({"host": "urc"}, QuantityError, "'urc': expected one of ldc, sids, fewer-than-10-projects"),
        ({"host": "ldc", "no_build_margin": ""}, QuantityError, "no_build_margin"),
        ({"host": "ldc", "crediting_period_ordinal": 4}, QuantityError, "expected 1, 2 or 3"),
    ],
)
def test_what_is_missing_or_wrong_is_refused(fields: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        simplified(**fields)


def test_the_operating_margin_is_the_average_one() -> None:
    """Paragraph 92."""
    simple = simple_operating_margin(grid(300, 300, 400), THREE)
    more: dict[str, Any] = {"region": "X", "technology": "hydro", "crediting_period_ordinal": 1}
    with pytest.raises(MethodologyError, match=r"of a simple operating_margin: expected .* paragraph 92"):
        simplified_combined_margin(simple, no_build_margin=WHY, factor_id="f", host="ldc", **more)
