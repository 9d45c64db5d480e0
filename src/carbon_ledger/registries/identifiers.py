"""External identifiers of devices: their schemes, their check digits, and when two texts are the same identifier."""

import re
from collections.abc import Mapping
from typing import Final

from carbon_ledger.canonical import IDENTIFIER
from carbon_ledger.errors import QuantityError
from carbon_ledger.mappings import FrozenMapping
from carbon_ledger.printing import quote
from carbon_ledger.texts import line

GSRN: Final = "gsrn"
EIC: Final = "eic"
_GSRN: Final = re.compile("[0-9]{18}")
_EIC: Final = re.compile("[0-9A-Z-]{15}[0-9A-Z]")
_EIC_CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
# Only ASCII letters are folded: what another letter folds to depends on the version of Unicode.
_UPPER: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOWER: Final = {upper: lower for lower, upper in _UPPER.items()}


def gsrn_check_digit(digits: str) -> str:
    """The check digit of the first 17 digits of a GSRN, the Global Service Relation Number of GS1.

    Source:
        GS1 General Specifications: weights 3 and 1 in turn, modulo 10; gs1.dk, application identifiers 8017 and 8018:
        in Denmark it identifies metering points, and "the 18th digit is a check digit". [S]

    Example:
        >>> gsrn_check_digit("57131318040000001")
        '8'
    """
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(digits))
    return str(-total % 10)


def eic_check_character(characters: str) -> str:
    """The check character of the first 15 characters of an EIC, the Energy Identification Code of ENTSO-E.

    Source:
        The EIC Reference Manual's algorithm, from memory [M]; seven codes that ENTSO-E publishes agree with it. [C]

    Example:
        >>> eic_check_character("10YNL----------")
        'L'
    """
    weighted = (_EIC_CHARACTERS.index(item) * (16 - place) for place, item in enumerate(characters))
    return _EIC_CHARACTERS[36 - (sum(weighted) - 1) % 37]


def _gsrn(value: str, where: str) -> str:
    digits = re.sub("[ -]", "", value)
    if not _GSRN.fullmatch(digits):
        raise QuantityError(f"{where}: GSRN {quote(value)}, expected 18 digits")
    if digits[-1] != (expected := gsrn_check_digit(digits[:-1])):
        raise QuantityError(
            f"{where}: GSRN {quote(value)} ends with {digits[-1]}, expected the check digit {expected}; check it"
        )
    return digits


def _eic(value: str, where: str) -> str:
    code = value.replace(" ", "").translate(_UPPER)
    if not _EIC.fullmatch(code):
        raise QuantityError(f"{where}: EIC {quote(value)}, expected 16 capital letters, digits and hyphens")
    if code[-1] != (expected := eic_check_character(code[:-1])):
        raise QuantityError(
            f"{where}: EIC {quote(value)} ends with the check character {code[-1]}, expected {expected}; check each "
            "character"
        )
    return code


def checked_identifiers(value: object, where: str) -> Mapping[str, str]:
    """External identifiers by scheme, checked and in normal form: schemes in small letters, in alphabetical order.

    Args:
        value: A mapping of schemes, such as ``GSRN``, ``EIC``, ``irec`` or ``meter-number``, to identifiers.
        where: What has the identifiers, for messages.

    Returns:
        The identifiers by scheme. A GSRN is its 18 digits; an EIC has capital letters and no spaces; any other
        identifier is unchanged.

    Raises:
        QuantityError: *value* is not such a mapping, a scheme is given twice, or a check digit is wrong.

    Example:
        >>> dict(checked_identifiers({"EIC": "10ynl----------l", "irec": "AZ-0042"}, "device a"))
        {'eic': '10YNL----------L', 'irec': 'AZ-0042'}
    """
    if not isinstance(value, Mapping):
        raise QuantityError(
            f"{where}: identifiers {quote(value)}, expected identifiers by scheme, e.g. "
            "{'GSRN': '571313180400000018'}"
        )
    found: dict[str, str] = {}
    for given, text in value.items():
        if not isinstance(given, str) or not IDENTIFIER.fullmatch(given):
            raise QuantityError(
                f"{where}: identifier scheme {quote(given)}, expected letters, digits, '.', '_' and '-', e.g. GSRN, "
                "EIC, irec or meter-number"
            )
        scheme = given.translate(_LOWER)
        if scheme in found:
            raise QuantityError(f"{where}: two identifiers of the scheme {scheme}; expected one")
        checks = {GSRN: _gsrn, EIC: _eic}
        checked = line(text, f"{where}: identifier {scheme}")
        if scheme not in checks and not (checked.isascii() and checked.isprintable()):
            raise QuantityError(
                f"{where}: identifier {scheme} {quote(checked)}, expected letters, digits and signs of ASCII, of which "
                "no two look alike"
            )
        found[scheme] = checks[scheme](checked, where) if scheme in checks else checked
    return FrozenMapping(dict(sorted(found.items())))


def comparable(scheme: str, value: str) -> str:
    """The text under which an identifier is unique in a ledger, such as ``gsrn:571313180400000018``.

    Two texts of a scheme are the same identifier if they differ only in small and capital letters, spaces and hyphens;
    hyphens of an EIC count, because they are characters of the code.

    Example:
        >>> comparable("irec", "az-00 42") == comparable("irec", "AZ0042")
        True
    """
    folded = value.translate(_LOWER).replace(" ", "")
    return f"{scheme}:{folded if scheme == EIC else folded.replace('-', '') or folded}"
