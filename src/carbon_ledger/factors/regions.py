"""The region codes of this library, ISO 3166-1 alpha-2, by the codes and names that publishers use."""

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType


def alpha2_of(code_or_name: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country, by its alpha-3 code or by a name that a bundled table uses.

    Nothing is guessed: a spelling that is not in the table has no code.

    Args:
        code_or_name: The code or the name: ``AZE``, ``Azerbaijan``, ``Iran, Islamic Republic of``, ...

    Returns:
        The code, or ``None`` if the table has no such spelling. Kosovo is ``XK``, a user-assigned code.

    Example:
        >>> alpha2_of("AZE"), alpha2_of("Iran, Islamic Republic of"), alpha2_of("Azores (Portugal)")
        ('AZ', 'IR', None)
    """
    return _spellings().get(_plain(code_or_name))


def slug(text: str) -> str:
    """A text in a form that can be part of a factor_id: lower-case ASCII letters, digits and hyphens.

    Example:
        >>> slug("Côte d'Ivoire (West Africa)")
        'cote-d-ivoire-west-africa'
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


@cache
def _spellings() -> Mapping[str, str]:
    text = (files("carbon_ledger.factors") / "data" / "tables" / "regions.json").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            _plain(spelling): row["alpha2"]
            for row in json.loads(text)["rows"]
            for spelling in (row["alpha3"], row["name"], *row.get("aliases", ()))
        }
    )
