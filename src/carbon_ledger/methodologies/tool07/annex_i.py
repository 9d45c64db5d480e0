"""Whether an electricity system lies in a country of Annex I, where the tool is not for projects of the CDM."""

import re
from collections.abc import Iterable
from typing import Final

from carbon_ledger.errors import QuantityError
from carbon_ledger.methodologies.tool07.records import checked_items
from carbon_ledger.printing import quote

# The parties of Annex I of the UNFCCC, by ISO 3166-1; the European Union is EU. [M]
ANNEX_I: Final = frozenset(
    (
        *("AT", "AU", "BE", "BG", "BY", "CA", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "EU", "FI"),
        *("FR", "GB", "GR", "HR", "HU", "IE", "IS", "IT", "JP", "LI", "LT", "LU", "LV", "MC", "MT"),
        *("NL", "NO", "NZ", "PL", "PT", "RO", "RU", "SE", "SI", "SK", "TR", "UA", "US"),
    )
)
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_REGION: Final = re.compile(r"([A-Z]{2})(?:-[A-Z0-9]{1,3})?")


def in_annex_i(region: str, countries: Iterable[str] = ()) -> bool:
    """Whether an electricity system lies wholly or partly in a country of Annex I of the UNFCCC.

    Args:
        region: ISO 3166 code of a country or of a part of it, or the name of an electricity system.
        countries: ISO 3166 codes of further countries in which the system lies. A named system without countries counts
            as outside Annex I.

    Raises:
        QuantityError: A country is not an ISO 3166 code of two letters.

    Source:
        TOOL07 v7.0, paragraph 5. [P] The parties of Annex I are memory of the Convention. [M]

    Example:
        >>> in_annex_i("TR"), in_annex_i("AZ"), in_annex_i("western pool", ["AZ", "TR"])
        (True, False, True)
    """
    several = (countries,) if isinstance(countries, str) else checked_items(countries, "countries")
    for country in several:
        if not isinstance(country, str) or not _COUNTRY.fullmatch(country):
            raise QuantityError(f"country {quote(country)}: expected an ISO 3166 code such as AZ")
    code = _REGION.fullmatch(region) if isinstance(region, str) else None
    return not ANNEX_I.isdisjoint((*several, *((code[1],) if code else ())))
