"""Emissions that a project declares: fuel burned on site, imported electricity, and leakage.

Small emissions are declared, too: no rule allows emissions under one percent to be left out. A quantity is a text with
a unit and stays as it was written, so that the log shows the same text as the source document.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.exact import arithmetic, plain, text_of
from carbon_ledger.methodologies.declared_quantities import require_described
from carbon_ledger.methodologies.electricity_imports import ImportedElectricity
from carbon_ledger.methodologies.fuel_uses import BASES, FuelUse
from carbon_ledger.printing import quote
from carbon_ledger.records import Record, reads_record
from carbon_ledger.units.spellings import EMISSIONS, read_amount

__all__ = ["BASES", "FuelUse", "ImportedElectricity", "Leakage"]


def _tonnes(value: object) -> Decimal:
    number, unit = read_amount(value, "leakage", EMISSIONS)
    with arithmetic():
        return plain(number * unit.size.numerator / unit.size.denominator)


@frozen(kw_only=True, repr=False)
class Leakage(Record):
    """Emissions that the project causes elsewhere in one vintage, as the project document calculates them.

    Args:
        amount: The emissions. [CO2e; tCO2e, kgCO2e, ...]
        vintage: Calendar year of the project.
        reason: What causes the emissions, e.g. that the turbine was taken from another plant.
        source: Where the amount is calculated.
        evidence: Digest of the document, ``sha256:...``.

    Raises:
        QuantityError: A field is not what is listed here, or *amount* is negative.
        UnitMismatchError: *amount* has no unit, or is not an amount of CO2e.
        UnknownUnitError: The unit of *amount* is not on the list of spellings.
        InexactNumberError: The number of *amount* is a float.

    Source:
        AMS-I.D v18: leakage counts where equipment is transferred; ACM0002 v22: none. [S]

    Example:
        >>> Leakage(amount="12.5 tCO2e", vintage=2024, reason="turbine taken from another plant",
        ...         source="project document, section B.6").amount_t
        Decimal('12.5')
    """

    amount_t: Decimal = field(alias="amount", converter=_tonnes)
    vintage: int
    reason: str
    source: str
    evidence: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse leakage that is negative: it would add credits."""
        what = f"leakage in {quote(self.vintage)}"
        require_described(self.vintage, {"reason": self.reason, "source": self.source}, self.evidence, what)
        if self.amount_t < 0:
            raise QuantityError(f"{what}: {self.amount_t} tCO2e, expected 0 or more; leakage never adds credits")

    def to_record(self) -> dict[str, Any]:
        """The fields as an entry pins them, without fields that were not given."""
        record: dict[str, Any] = {
            "amount_t": text_of(self.amount_t),
            "vintage": self.vintage,
            "reason": self.reason,
            "source": self.source,
        }
        if self.evidence is not None:
            record["evidence"] = self.evidence
        return record

    @classmethod
    @reads_record("leakage")
    def from_record(cls, record: Mapping[str, Any]) -> "Leakage":
        """The leakage that an entry pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        fields = dict(record)
        fields["amount"] = f"{fields.pop('amount_t')} tCO2e"
        return cls(**fields)
