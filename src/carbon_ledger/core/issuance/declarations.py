"""Emissions that an issuance declares besides its readings: fuel burned, electricity imported separately, leakage."""

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from carbon_ledger.errors import BrokenLogError, CarbonLedgerError, MethodologyError
from carbon_ledger.mappings import listed
from carbon_ledger.methodologies import FuelUse, ImportedElectricity, Leakage
from carbon_ledger.printing import quote

Emission = FuelUse | ImportedElectricity | Leakage


@frozen(kw_only=True)
class Declarations:
    """The emissions that an issuance declares, in the form that its event pins."""

    fuel_uses: tuple[FuelUse, ...] = ()
    imports: tuple[ImportedElectricity, ...] = ()
    leakages: tuple[Leakage, ...] = ()

    @classmethod
    def of(cls, emissions: Iterable[object]) -> "Declarations":
        """The declarations of a list of emissions, which may be in any order.

        Raises:
            MethodologyError: *emissions* is not a list, or contains something that is not a declared emission.
        """
        items = listed(emissions if emissions is not None else ())
        if items is None:
            raise MethodologyError(
                f"emissions {quote(emissions)}: expected a list of FuelUse, ImportedElectricity or Leakage"
            )
        for item in items:
            if not isinstance(item, Emission):
                raise MethodologyError(
                    f"emission {quote(item)}: expected a FuelUse, an ImportedElectricity or a Leakage"
                )
        return cls(
            fuel_uses=tuple(item for item in items if isinstance(item, FuelUse)),
            imports=tuple(item for item in items if isinstance(item, ImportedElectricity)),
            leakages=tuple(item for item in items if isinstance(item, Leakage)),
        )

    def to_record(self) -> dict[str, Any]:
        """The fields of the issuance's event; kinds of emissions that were not declared are absent."""
        lists: dict[str, tuple[Emission, ...]] = {
            "fuel_uses": self.fuel_uses,
            "imports": self.imports,
            "leakages": self.leakages,
        }
        return {name: [item.to_record() for item in items] for name, items in lists.items() if items}

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "Declarations":
        """The declarations that an issuance's event pins.

        Raises:
            BrokenLogError: A record is not that of a declared emission.
        """
        try:
            return cls(
                fuel_uses=tuple(FuelUse.from_record(item) for item in event.get("fuel_uses", ())),
                imports=tuple(ImportedElectricity.from_record(item) for item in event.get("imports", ())),
                leakages=tuple(Leakage.from_record(item) for item in event.get("leakages", ())),
            )
        except (CarbonLedgerError, TypeError, KeyError) as error:
            raise BrokenLogError(f"the record of a declared emission is invalid: {error}") from None
