"""The built-in layouts."""

from pathlib import Path

import pytest

from carbon_ledger.errors import QuantityError
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.layouts.catalogue import LAYOUTS, checked_layout, layout_named
from carbon_ledger.metering.layouts.layout import checked_layouts

PINNED = Path(__file__).parent / "pinned"


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_built_in_layout_has_a_source_and_comes_back_from_toml(name: str) -> None:
    layout = layout_named(name)
    assert layout.name == name
    assert layout.source
    assert MeterLayout.from_toml(layout.to_toml()) == layout


def test_no_built_in_layout_has_another_text() -> None:
    """A layout is frozen with the first ledger that records it: a ledger has its text, and a later version writes it.

    A changed layout gets a new name. The text of a new layout is added here by hand.
    """
    texts = {path.stem: path.read_text(encoding="utf-8") for path in PINNED.iterdir()}
    assert {name: layout.to_toml() for name, layout in LAYOUTS.items()} == texts


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
