"""The built-in layouts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from carbon_ledger.errors import QuantityError
from carbon_ledger.metering.layouts.layout import MeterLayout, checked_layouts
from carbon_ledger.metering.layouts.published import PUBLISHED
from carbon_ledger.printing import near, quote

LAYOUTS: Final[Mapping[str, MeterLayout]] = MappingProxyType(
    checked_layouts(
        (
            MeterLayout(
                name="nem12",
                zone="Australia/Brisbane",  # UTC+10 all year, as market time is: a day of the file is a local day
                format="nem12",
                source="AEMO, Meter Data File Format Specification NEM12 & NEM13, v1.02 to v2.6 [S]",
            ),
            MeterLayout(
                name="green-button",
                zone="UTC",  # of its local days; its times are instants
                format="green-button",
                source="NAESB REQ.21, Energy Services Provider Interface (ESPI) [M]",
            ),
            MeterLayout(
                name="entsoe",
                zone="UTC",
                format="entsoe",
                source="ENTSO-E, GL_MarketDocument of the transparency platform (IEC 62325) [M]",
            ),
            *PUBLISHED,
        )
    )
)


def meter_layouts() -> Mapping[str, MeterLayout]:
    """The built-in layouts, by name. Each says in `source` where its facts come from, and how certain they are.

    Example:
        >>> meter_layouts()["esb-hdf-kw"].time.stamp
        'end'
    """
    return LAYOUTS


def layout_named(name: str) -> MeterLayout:
    """A built-in layout.

    Raises:
        QuantityError: There is no such layout.

    Example:
        >>> layout_named("nem12").format
        'nem12'
    """
    if name in LAYOUTS:
        return LAYOUTS[name]
    close = near(name, LAYOUTS)
    hint = f"did you mean {quote(close[0])}?" if close else f"expected one of {', '.join(LAYOUTS)}, or a MeterLayout"
    if name.lower().endswith(".toml"):
        hint = f"it seems to be a file; read it with MeterLayout.read({quote(name, 60)}), and pass the layout"
    raise QuantityError(f"layout {quote(name, 60)}: {hint}")


def checked_layout(layout: MeterLayout | str) -> MeterLayout:
    """The layout that a caller gave, or named.

    Raises:
        QuantityError: *layout* is neither a layout nor the name of a built-in one.
    """
    if isinstance(layout, str):
        return layout_named(layout)
    if not isinstance(layout, MeterLayout):
        raise QuantityError(
            f"layout {quote(layout, 60)}: expected a MeterLayout, or the name of a built-in one; describe_meter_file "
            "gives one as .layout when all its questions are answered"
        )
    return layout
