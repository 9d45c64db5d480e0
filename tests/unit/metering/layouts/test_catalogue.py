"""The built-in layouts."""

import pytest

from carbon_ledger.errors import QuantityError
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.layouts.catalogue import LAYOUTS, checked_layout, layout_named
from carbon_ledger.metering.layouts.layout import checked_layouts


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_built_in_layout_has_a_source_and_comes_back_from_toml(name: str) -> None:
    layout = layout_named(name)
    assert layout.name == name
    assert layout.source
    assert MeterLayout.from_toml(layout.to_toml()) == layout


def test_a_name_that_is_not_built_in_is_refused() -> None:
    with pytest.raises(QuantityError, match=r"layout 'nem13': did you mean 'nem12'\?"):
        layout_named("nem13")
    with pytest.raises(QuantityError, match=r"layout 'x': expected one of nem12.*, or a MeterLayout"):
        layout_named("x")
    with pytest.raises(
        QuantityError, match=r"layout 'my.toml': it seems to be a file; read it with MeterLayout.read\('my"
    ):
        layout_named("my.toml")
    with pytest.raises(
        QuantityError, match=r"layout None: expected a MeterLayout.* when all its questions are answered"
    ):
        checked_layout(None)  # type: ignore[arg-type]


def test_a_name_is_used_once() -> None:
    with pytest.raises(QuantityError, match="layout 'nem12': the name is used twice"):
        checked_layouts([layout_named("nem12"), layout_named("nem12")])
