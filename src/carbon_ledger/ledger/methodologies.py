"""The methodologies that a caller passes as objects: which objects are accepted, and the digest of their code.

An object comes from the caller's own program. Nothing is looked for in a ledger, in entry points or in the current
directory. Worker processes of an audit import the objects by the names that the caller's program has for them.
"""

import inspect
import json
import re
import sys
from collections.abc import Iterable
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Final

from carbon_ledger.canonical import digest
from carbon_ledger.core.methodologies import Known, OwnMethodology
from carbon_ledger.errors import MethodologyError
from carbon_ledger.exact import Rounding
from carbon_ledger.factors.record import CONFIDENCES, KINDS, VINTAGE_OPTIONS
from carbon_ledger.methodologies import METHODOLOGIES, Methodology, RoundingPoint
from carbon_ledger.methodologies.base import ISSUANCE_FLOOR
from carbon_ledger.methodologies.outcomes import OWN, is_own
from carbon_ledger.printing import one_of, quote
from carbon_ledger.texts import line, text

_NAME: Final = re.compile("[A-Za-z0-9.-]{1,60}")
_VERSION: Final = re.compile("[0-9A-Za-z.]{1,60}")
_LIBRARY: Final = __name__.partition(".")[0]


def known_methodologies(given: Iterable[Methodology]) -> Known:
    """The methodologies that a caller passed, checked, each with the digest of its code.

    Args:
        given: The objects.

    Raises:
        MethodologyError: An object is not a `Methodology` of the caller's own; one is passed twice, or two have one
            key; the source of the module that defines one cannot be read; or no name of that module is assigned to the
            object.
        QuantityError: A title, a source or the name of a rounding point is not valid text.
    """
    own: dict[str, OwnMethodology] = {}
    passed: list[Methodology] = []
    for item in _items(given):
        _require_own(item)
        if any(item is before for before in passed):
            raise MethodologyError(f"methodologies: {quote(item.key)} is passed twice; pass it once")
        passed.append(item)
        if same := [key for key in own if key.casefold() == item.key.casefold()]:
            raise MethodologyError(
                f"methodologies: {quote(item.key)} and {quote(same[0])} are passed, expected different names or "
                "versions; give one of them another version"
            )
        own[item.key] = _with_code(item)
    return Known(own=own)


def _items(given: Iterable[Methodology]) -> tuple[Methodology, ...]:
    if isinstance(given, Iterable) and not isinstance(given, str | bytes | Methodology):
        try:
            return tuple(given)
        except Exception as error:
            raise MethodologyError(
                f"methodologies {quote(given)}: {type(error).__name__} when it was read, expected a list of "
                "Methodology objects"
            ) from error
    raise MethodologyError(f"methodologies {quote(given)}: expected a list of Methodology objects")


def _require_own(item: object) -> None:
    if type(item) is not Methodology:
        raise MethodologyError(f"methodologies: {quote(item)}, expected a Methodology object")
    if not (isinstance(item.name, str) and _NAME.fullmatch(item.name)):
        raise MethodologyError(f"methodology name {quote(item.name)}: expected letters, digits, '.' and '-'")
    if not (isinstance(item.version, str) and _VERSION.fullmatch(item.version)):
        raise MethodologyError(
            f"methodology {item.name}, version {quote(item.version)}: expected letters, digits and '.'"
        )
    if item.key in METHODOLOGIES:
        raise MethodologyError(
            f"methodology {item.key}: this is a methodology of this library, which needs no methodologies=; give your "
            f"own a name that begins with {OWN}"
        )
    if not is_own(item.key):
        raise MethodologyError(
            f"methodology {item.key}: expected a name that begins with {OWN}, so that it never becomes that of a "
            f"methodology of this library; call it {OWN}{item.key}"
        )
    line(item.title, f"title of {item.key}")
    text(item.source, f"source of {item.key}")
    if not isinstance(item.confidence, str) or item.confidence not in CONFIDENCES:
        raise MethodologyError(
            f"methodology {item.key}: confidence {quote(item.confidence)}, "
            f"expected {one_of(item.confidence, CONFIDENCES)}"
        )
    _require_parts(item)


def _require_parts(item: Methodology) -> None:
    for name in ("checks", "roundings", "existing_roundings", "factor_kinds", "vintage_options"):
        if type(getattr(item, name)) is not tuple:
            raise MethodologyError(
                f"methodology {item.key}: {name} {quote(getattr(item, name))}, expected a tuple, such as (x, y) or ()"
            )
    points: tuple[object, ...] = item.rounding_table
    names = [point.name for point in points if isinstance(point, RoundingPoint) and type(point.rounding) is Rounding]
    for name in names:
        line(name, f"rounding point of {item.key}")
    if len(names) != len(points) or len(set(names)) != len(names) or ISSUANCE_FLOOR not in item.roundings:
        raise MethodologyError(
            f"methodology {item.key}: roundings {quote(names)}, expected RoundingPoint objects with different names, "
            "ISSUANCE_FLOOR among them"
        )
    for name, admitted in (("factor_kinds", KINDS), ("vintage_options", VINTAGE_OPTIONS)):
        values = getattr(item, name)
        if not values or not all(value in admitted for value in values):
            raise MethodologyError(
                f"methodology {item.key}: {name} {quote(values)}, expected some of {', '.join(admitted)}"
            )
    if item.limit_w is not None:
        raise MethodologyError(
            f"methodology {item.key}: limit_w {quote(item.limit_w)}, expected None, because only methodologies of this "
            "library cap a year; compare the capacity in a check"
        )
    if not item.vintage_options or not all(option in VINTAGE_OPTIONS for option in item.vintage_options):
        raise MethodologyError(
            f"methodology {item.key}: vintage_options {quote(item.vintage_options)}, expected some of "
            f"{', '.join(VINTAGE_OPTIONS)}"
        )
    if item.limit_w is not None or item.embodied is not None:
        raise MethodologyError(
            f"methodology {item.key}: limit_w {quote(item.limit_w)} and embodied {quote(item.embodied)}, expected "
            "None: only the calculations of this library use them; refuse a capacity in a check, and count embodied "
            "emissions in your calculation"
        )
    if type(item.text_seen) is not bool or not isinstance(item.tool, str):
        raise MethodologyError(f"methodology {item.key}: expected text_seen True or False, and tool as text")


def _with_code(item: Methodology) -> OwnMethodology:
    """A methodology with the digest of the source text of the module that defines it, and its place there."""
    module = _module_of(item, item.calculation)
    if _of_library(module):
        raise MethodologyError(
            f"methodology {item.key}: its calculation is a function of this library, expected one of your own module, "
            "which the digest covers; write a function that calls it"
        )
    checks = [_module_of(item, check) for check in item.checks]
    if others := sorted({found.__name__ for found in checks if found is not module and not _of_library(found)}):
        raise MethodologyError(
            f"methodology {item.key}: its calculation is defined in {module.__name__}, but checks in "
            f"{', '.join(others)}; move them into one module, so that one digest covers the code"
        )
    return OwnMethodology(methodology=item, code_digest=_code_digest(item, module), place=_place(item, module))


def _module_of(item: Methodology, function: object) -> ModuleType:
    """The module in whose text a function is defined, whatever the function states of itself."""
    if not isinstance(function, FunctionType):
        raise MethodologyError(
            f"methodology {item.key}: {quote(function)} as its calculation or a check, expected a function that is "
            "written with def or lambda in your module"
        )
    name = function.__globals__.get("__name__")
    module = sys.modules.get(name) if isinstance(name, str) else None
    if module is None or vars(module) is not function.__globals__:
        raise MethodologyError(
            f"methodology {item.key}: module {quote(name)}, which defines its calculation or a check, is not imported; "
            "import the methodology from it"
        )
    return module


def _of_library(module: ModuleType) -> bool:
    return module.__name__.partition(".")[0] == _LIBRARY


def _code_digest(item: Methodology, module: ModuleType) -> str:
    try:
        source = inspect.getsource(module).encode()
    except (OSError, TypeError, SyntaxError, UnicodeError) as error:
        raise MethodologyError(
            f"methodology {item.key}: the source text of module {module.__name__} cannot be read ({error}); write the "
            "methodology into a file, and import it from there"
        ) from None
    return digest(source)


def _place(item: Methodology, module: ModuleType) -> str | None:
    """``module:attribute`` of a methodology, or None for that of a script, from which another process cannot import."""
    found = next((name for name, value in vars(module).items() if value is item), None)
    if found is None:
        raise MethodologyError(
            f"methodology {item.key}: no name of module {module.__name__}, which defines its calculation, is assigned "
            "to it, so that the digest of that module does not cover it; write METHODOLOGY = Methodology(...) at the "
            "top level of the module"
        )
    return None if module.__name__ == "__main__" else f"{module.__name__}:{found}"


def places_of(known: Known) -> str:
    """The methodologies as text for a worker process: where it imports each, and which key and code it must have.

    Raises:
        MethodologyError: A methodology cannot be imported by its name.
    """
    for key, own in known.own.items():
        if own.place is None:
            raise MethodologyError(
                f"methodology {key}: worker processes cannot import it, because the running script defines it; move it "
                "to a module that can be imported, or audit with workers=1"
            )
    return json.dumps([[key, own.code_digest, own.place] for key, own in known.own.items()])


def imported_methodologies(places: str) -> Known:
    """The methodologies that `places_of` names, imported in a worker process.

    Raises:
        MethodologyError: A methodology cannot be imported, or it is not the one of the process that started this one.
    """
    wanted = json.loads(places)
    known = known_methodologies([_imported(key, place) for key, _, place in wanted])
    for key, code_digest, place in wanted:
        own = known.own.get(key)
        if own is None or own.code_digest != code_digest:
            raise MethodologyError(
                f"methodology {key}: a worker process imports another one from {place}, because worker processes use "
                "other directories or files changed meanwhile; install the module, or audit with workers=1"
            )
    return known


def _imported(key: str, place: str) -> Methodology:
    module, _, attribute = place.partition(":")
    try:
        found: Methodology = getattr(import_module(module), attribute)
    except Exception as error:
        raise MethodologyError(
            f"methodology {key}: a worker process cannot import {place} ({type(error).__name__}: {error}); worker "
            "processes import nothing from the current directory, from that of the running script or from that of the "
            "ledger: install the module, or audit with workers=1"
        ) from None
    return found
