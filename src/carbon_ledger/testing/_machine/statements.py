"""The arguments of a verifier's statement, for the model and for the ledger."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from carbon_ledger.testing._machine.naming import Names

STATED: Final = "state_verification"


def statement_for_model(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that the model expects, which knows neither sizes nor roots.

    Args:
        given: The arguments of the action.
    """
    return {name: value for name, value in given.items() if name not in ("size", "root")}


def statement_for_ledger(names: Names, given: Mapping[str, Any], *, respelled: bool) -> dict[str, Any]:
    """The arguments that a ledger expects: replaced statements by the numbers of their entries.

    Args:
        names: What the ledger calls things.
        given: The arguments of the action.
        respelled: Give the root as bytes, and the quantities as numbers.
    """
    fields = {name: value for name, value in given.items() if name not in ("seen", "wrong")}
    fields["replaces"] = [names.entry_of.get(number, 0) for number in given["replaces"]]
    if respelled:
        fields["root"] = bytes.fromhex(given["root"])
        fields["quantities"] = {year: Decimal(text) for year, text in given["quantities"].items()}
    return fields
