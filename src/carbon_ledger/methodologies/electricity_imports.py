"""Electricity that a project takes through a meter of its own, with the CO2 of generating and delivering it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import field, frozen

from carbon_ledger.errors import QuantityError, UnitMismatchError
from carbon_ledger.exact import arithmetic, checked_decimal, plain
from carbon_ledger.metering.calibration import share_of
from carbon_ledger.methodologies import tool05
from carbon_ledger.methodologies.declared_quantities import require_described
from carbon_ledger.printing import quote
from carbon_ledger.records import Record, reads_record
from carbon_ledger.units import energy_wh, intensity_t_per_mwh

_LARGEST_T_PER_MWH: Final = 5  # no supply of electricity emits nearly as much


def _amount_wh(value: object) -> int:
    return energy_wh(value, "imported electricity")


@frozen(kw_only=True, repr=False)
class ImportedElectricity(Record):
    """Electricity that the project takes in one vintage through a meter that its net generation does not include.

    Net generation is export minus import at the grid meter, so import at that meter is already deducted, at the
    baseline factor. Declaring it here as well would deduct it twice. Declare only a supply that has a meter of its
    own, e.g. the feeder of a pumping station.

    Args:
        amount: The electricity that was taken. [energy; kWh, MWh, ...]
        emission_factor: Emission factor of that supply, or ``TOOL05 default`` for the 1.3 tCO2/MWh of the tool.
            [text; tCO2e/MWh, gCO2/kWh, ...]
        losses: Technical losses of transmission and distribution, as a share of the amount, or ``TOOL05 default`` for
            the value of the tool: 20 %, or 0 in scenario B and in case C.II. [text; ``20 %``]
        vintage: Calendar year of the project in which the electricity was taken.
        meter: The meter that measured it, in words.
        source: Where the emission factor and the losses are stated.
        evidence: Digest of the document, ``sha256:...``.
        scenario: Where the electricity comes from: ``A`` from the grid, ``B`` from a captive power plant without a
            grid, ``C.I``, ``C.II`` or ``C.III`` from both. A default value needs it.
        losses_year: Calendar year of the data that the losses were taken from, at most five years before *vintage*.

    Raises:
        QuantityError: A field is not what is listed here, *emission_factor* is more than 5 t/MWh, *losses* is not
            from 0 % to 100 %, a default value is named without a scenario, losses are given in a scenario that has
            none, or the data of the losses are older than five years.
        UnitMismatchError: *amount* is not an energy, or a number has no unit.
        UnknownUnitError: A unit is not on the list of spellings.
        InexactNumberError: A number is a float, or *amount* is finer than 1 Wh.

    Source:
        CDM TOOL05 v3.0, section 6.2.1, equation (1): EC x EF x (1 + TDL); paragraphs 20 and 28 and parameter table 3:
        default values, and data that are not older than 5 years. [P] Methodologies of this library have no source of
        the baseline that consumes electricity, so that the defaults of the project hold. [C]

    Example:
        >>> taken = ImportedElectricity(amount="10 MWh", emission_factor="0.5 tCO2e/MWh", losses="20 %",
        ...                             vintage=2024, meter="feeder of the pumps", source="ledger of the utility")
        >>> taken.emissions_t
        Decimal('6')
        >>> ImportedElectricity(amount="100 MWh", emission_factor="TOOL05 default", losses="TOOL05 default",
        ...                     scenario="A", vintage=2024, meter="feeder of the pumps",
        ...                     source="CDM TOOL05 v3.0, paragraph 20 and table 3").emissions_t
        Decimal('156')
    """

    amount_wh: int = field(alias="amount", converter=_amount_wh)
    emission_factor: str
    losses: str
    vintage: int
    meter: str
    source: str
    evidence: str | None = None
    scenario: str | None = None
    losses_year: int | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse numbers that cannot be multiplied, and numbers that would lower emissions."""
        what = f"imported electricity of {quote(self.meter)} in {quote(self.vintage)}"
        require_described(self.vintage, {"meter": self.meter, "source": self.source}, self.evidence, what)
        self._check_scenario(what)
        if self.amount_wh < 0:
            raise QuantityError(f"{what}: {self.amount_wh} Wh, expected 0 or more; export is metered, not declared")
        if not 0 < self.ef_t_per_mwh <= _LARGEST_T_PER_MWH:
            raise QuantityError(
                f"{what}: emission_factor {quote(self.emission_factor)}, expected above 0 and at most 5 t/MWh"
            )
        if self.losses_share > 1:
            raise QuantityError(f"{what}: losses {quote(self.losses)}, expected 0 % to 100 %")
        if self.scenario in tool05.WITHOUT_LOSSES and self.losses_share > 0:
            raise QuantityError(
                f"{what}: losses {quote(self.losses)} in scenario {self.scenario}, expected 0 %: electricity "
                f"{tool05.SCENARIOS[str(self.scenario)]} has no losses of a grid"
            )
        self._check_losses_year(what)

    def _check_scenario(self, what: str) -> None:
        """Refuse an unknown scenario, and a default value without its scenario."""
        if self.scenario is not None:
            tool05.require_scenario(self.scenario, what)
        elif tool05.DEFAULT in (self.emission_factor, self.losses):
            raise QuantityError(
                f"{what}: {tool05.DEFAULT} without a scenario; give scenario=, one of {', '.join(tool05.SCENARIOS)}, "
                "because the default value depends on it"
            )

    def _check_losses_year(self, what: str) -> None:
        """Refuse losses that were taken from data older than five years, or of a later year than the vintage."""
        year = self.losses_year
        if year is None:
            return
        if type(year) is not int or not self.vintage - tool05.OLDEST_LOSSES_YEARS <= year <= self.vintage:
            raise QuantityError(
                f"{what}: losses_year {quote(year)}, expected a year from "
                f"{self.vintage - tool05.OLDEST_LOSSES_YEARS} to {self.vintage}: the data of losses are at most "
                f"{tool05.OLDEST_LOSSES_YEARS} years old; use more recent data, or the default"
            )
        if self.losses == tool05.DEFAULT:
            raise QuantityError(
                f"{what}: losses_year {year} with {tool05.DEFAULT} losses, which have no data; leave it out"
            )

    @property
    def ef_t_per_mwh(self) -> Decimal:
        """The emission factor, exact. [tCO2e/MWh]

        Raises:
            UnitMismatchError: *emission_factor* is not a text with a number and a unit.
            UnknownUnitError: The unit is not on the list of spellings.
        """
        if self.emission_factor == tool05.DEFAULT:
            return tool05.default_factor(str(self.scenario))
        if not isinstance(self.emission_factor, str) or " " not in self.emission_factor:
            raise UnitMismatchError(
                f'emission_factor {quote(self.emission_factor)}: write it as text with its unit, e.g. "0.5 tCO2e/MWh"'
            )
        digits, _, unit = self.emission_factor.partition(" ")
        return plain(intensity_t_per_mwh(checked_decimal(digits, "emission_factor"), unit, "emission_factor"))

    @property
    def losses_share(self) -> Decimal:
        """The losses as a share, exact: 20 % is 0.2."""
        if self.losses == tool05.DEFAULT:
            return tool05.default_losses(str(self.scenario))
        return share_of(self.losses, "losses")

    @property
    def emissions_t(self) -> Decimal:
        """Amount x EF x (1 + losses), exact. [tCO2e]

        Raises:
            InexactNumberError: The product has more than 100 digits.
        """
        with arithmetic():
            return plain(Decimal(self.amount_wh).scaleb(-6) * self.ef_t_per_mwh * (1 + self.losses_share))

    def to_record(self) -> dict[str, Any]:
        """The fields as an entry pins them, without fields that were not given."""
        values = ("emission_factor", "losses", "losses_year", "scenario")
        names = ("amount_wh", *values, "vintage", "meter", "source", "evidence")
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    @classmethod
    @reads_record("imported electricity")
    def from_record(cls, record: Mapping[str, Any]) -> "ImportedElectricity":
        """The import that an entry pinned.

        Raises:
            QuantityError: *record* is not what `to_record` gives.
        """
        fields = dict(record)
        fields["amount"] = f"{fields.pop('amount_wh')} Wh"
        return cls(**fields)
