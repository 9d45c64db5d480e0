"""The types of amounts with units, as a caller passes them."""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, Union

if TYPE_CHECKING:
    import pint.registry

# Quoted, because importing pint takes half a second. By its module, because pyright loses the parameter of
# `pint.Quantity`.
Amount: TypeAlias = Union[str, "pint.registry.Quantity[int]", "pint.registry.Quantity[Decimal]"]
"""An amount with its unit: text such as ``"18600 MWh"``, or a pint quantity whose magnitude is an int or a Decimal."""

Duration: TypeAlias = Union[str, timedelta, "pint.registry.Quantity[int]", "pint.registry.Quantity[Decimal]"]
"""A duration: text such as ``"15 min"``, a timedelta, or a pint quantity."""
