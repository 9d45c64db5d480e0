"""Write the API reference, `docs/reference/api.md`: every public name with its signature and its one line.

The one line of each is the first of its docstring. Run it when a public name, a signature or such a line
has changed; a test compares the page with what this writes::

    python scripts/write_api.py
"""

import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, get_origin

import attrs

import carbon_ledger as cl
import carbon_ledger.testing
from carbon_ledger.ledger.reader import Reader
from carbon_ledger.methodologies import tool05, tool07, vt0011

API = Path(__file__).resolve().parents[1] / "docs" / "reference" / "api.md"

HEAD = """# API

```python
import carbon_ledger as cl
```

Every public name, in the order in which one meets them. Signatures show names and defaults; the types, units,
errors and an example of each are in its docstring: `help(cl.Ledger.issue)`.

Wherever an amount is taken, it is text such as `"18600 MWh"` or a pint quantity with an int or Decimal magnitude
([numbers](numbers.md)). Wherever a time is taken, it is an aware `datetime`, ISO 8601 text with its zone, or a date
where a day of a named zone is meant ([time and zones](../explanation/time-and-zones.md)). A period is always a
`Period`, and `waivers` a list of `Waiver`.

Every command takes `key`, an idempotency key ([retry safely](../how-to/retry-safely.md)), and `by`, the actor.
What is refused is in [errors](errors.md).
"""

PARTS_HEAD = "Returned by the methods above, and not made by hand."
TESTING_HEAD = """Tools for the tests of [applications](../how-to/test-your-application.md) and of
[stores](../how-to/test-your-own-store.md), to import by name: `from carbon_ledger.testing import sample_ledger`."""
TOOLS_HEAD = "Modules to import by name: `from carbon_ledger.methodologies import tool07`."
TOOLS = {"tool05": tool05, "tool07": tool07, "vt0011": vt0011}

# How the methods of a ledger are told apart; one that is in no group stops this script.
GROUPS = {
    "Register": (
        "open_account",
        "register_device",
        "register_meter",
        "register_project",
        "adopt_methodology",
        "adopt_factor",
    ),
    "Amend and describe": (
        "amend_device",
        "amend_account",
        "describe_document",
        "declare_relation",
        "end_relation",
    ),
    "Record": (
        *("record_generation", "record_readings", "record_run", "record_many", "record_meter", "record_meter_readings"),
        "record_meter_file",
        "record_calibration",
    ),
    "Correct": ("correct_generation", "correct_readings", "correct_meter", "void", "withdraw"),
    "Issue": ("quantify", "issue", "quantify_carry", "issue_carry"),
    "Move": ("transfer", "retire", "cancel"),
    "Hold": ("lock", "release", "release_buffer", "cancel_buffer"),
    "Offer": ("offer", "accept", "reject", "revoke_offer", "time_out"),
    "Other registries": ("register_registry", "import_block", "export"),
    "Label and convert": ("label", "unlabel", "convert"),
    "Say who may do what": ("grant", "revoke", "approve", "revoke_approval"),
    "Verify": ("state_verification",),
    "Adjust time": ("advance_clock", "adopt_zone"),
    "Publish": ("publish", "receipt", "entry_bytes"),
    "The whole ledger": ("as_of", "audit", "batch", "backup", "rebuild", "close"),
}
ASK = "These are also methods of the `Reader` that `as_of` gives: a view of the past, without commands."

GIVEN = ("Device", "Meter", "Project", "Estimate", "Instrument", "EmissionFactor", "Waiver", "Period", "Rounding")
GIVEN += ("MeterLayout", "ConsumptionProfile", "Selection", "SerialForm", "SerialGrammar")
RETURNED = ("Batch", "Block", "Retirement", "Quantification", "Reconciliation", "AuditReport", "Finding", "AuditNote")
RETURNED += ("Account", "Amendment", "DocumentDescription", "Relation")
RETURNED += ("Attestation", "MeterFile", "HourlyMatch", "Offer", "RegistrySerial", "RegistryRows")
RETURNED += ("RegistryBalances", "RecordedFile", "VerificationStatement")
FUNCTIONS = ("open_ledger", "read_meter_csv", "digest_file", "quantity", "convert", "verify_receipt", "audit_published")
FUNCTIONS += ("parse_serial", "read_registry_csv", "read_registry_balances")
PARTS = ("Recorded", "Readings", "Correction", "Balance", "VintageCarry", "Issuance", "Reading", "Piece")
PARTS += ("Statement", "Movement", "CarryChange", "Trace", "Source", "Revision", "Entry", "Grant", "ApprovalStatus")
PARTS += ("HourMatch", "ClaimedSteps", "LabelledUnits", "Published", "VerifiedEntry", "Production")
PARTS += ("RegistryRow", "RefusedRow", "RegistryBalance", "BalanceFinding", "LedgerState", "Share", "MeterError")
PARTS += ("Parameter", "Equipment", "MeteredRun", "RecordedVolume", "Calculation", "CorrectionNote", "DividedRun")
PARTS += ("DividedStep", "ReportTable", "SerialReading", "SerialPart", "SerialMismatch", "ZoneRules")
# The methods of `Record`, which every record has.
OF_EVERY = {"to_dict"}


class Shown:
    """A default that prints as the reference writes it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def signature(thing: Callable[..., Any], name: str, *, of_class: bool = False) -> str:
    """A call as a reader types it, e.g. ``take(count)``; a default that has no short text is ``...``.

    Args:
        thing: What is called.
        name: Its name.
        of_class: Whether it is a method, whose first parameter the caller does not give.
    """
    parameters = []
    for parameter in list(inspect.signature(thing).parameters.values())[of_class:]:
        if parameter.name == "self":
            continue
        default: object = parameter.default
        if default is not parameter.empty:
            simple = default if isinstance(default, tuple) else (default,)
            plain = all(item is None or isinstance(item, str | int) for item in simple)
            default = Shown(repr(default) if plain else "...")
        parameters.append(parameter.replace(annotation=parameter.empty, default=default))
    return f"{name}{inspect.Signature(parameters)}"


def fields(kind: type) -> list[str]:
    """The public fields of a record."""
    return [item.name for item in attrs.fields(kind) if not item.name.startswith("_")] if attrs.has(kind) else []


def members(kind: type) -> list[str]:
    """The public methods and properties of a class, beside its fields."""
    shared = OF_EVERY if inspect.isclass(kind) and issubclass(kind, cl.Record) and kind is not cl.Record else set()
    return [name for name in dir(kind) if not name.startswith("_") and name not in {*fields(kind), *shared}]


def line(thing: object) -> str:
    """The first line of a docstring, in a table's cell."""
    return (inspect.getdoc(thing) or "").partition("\n")[0].replace("|", "\\|")


def row(thing: object, name: str, *, of_class: bool = False) -> str:
    """A name with its one line."""
    call = signature(thing, name, of_class=of_class) if callable(thing) and not inspect.isclass(thing) else name
    return f"| `{call}` | {line(thing)} |"


def made(thing: object, name: str) -> str:
    """The name, or how a record is made if its docstring describes arguments, and so a caller makes it."""
    given = inspect.isclass(thing) and attrs.has(thing) and "\nArgs:" in (inspect.getdoc(thing) or "")
    return signature(thing, name) if given else name


def table(rows: Iterable[str]) -> str:
    """Rows below a head."""
    return "\n".join(["| name | what it does or is |", "|---|---|", *rows, ""])


def method(kind: type, name: str) -> object:
    """A method, or a property itself."""
    item = inspect.getattr_static(kind, name)
    return item if isinstance(item, property) else getattr(kind, name)


def methods(kind: type, names: Iterable[str]) -> str:
    """A table of methods and properties."""
    return table(
        row(found, name, of_class=inspect.isfunction(found)) for name, found in ((n, method(kind, n)) for n in names)
    )


def record(kind: type) -> str:
    """A section on a record: how it is made, its fields, and what it can be asked."""
    parts = [f"### {kind.__name__}\n", line(kind) + "\n"]
    if kind.__name__ in GIVEN:
        parts.append(f"`{signature(kind, kind.__name__)}`\n")
    if names := fields(kind):
        parts.append(f"Fields: {', '.join(f'`{name}`' for name in names)}.\n")
    if names := members(kind):
        parts.append(methods(kind, names))
    return "\n".join(parts)


def public(module: ModuleType) -> list[tuple[str, Any]]:
    """The public names of a module: those it lists, else those that are its own."""
    names = getattr(module, "__all__", None) or [
        name
        for name, item in vars(module).items()
        if not name.startswith("_") and (name.isupper() or getattr(item, "__module__", "") == module.__name__)
    ]
    return [(name, getattr(module, name)) for name in sorted(names)]


def room(name: str, module: ModuleType, above: Iterable[object] = ()) -> str:
    """A section on a module that is public as a whole, and on the modules in it."""
    told = list(above)
    parts = [f"### {name}\n", line(module) + "\n"]
    rows, constants, types, rooms = [], [], [], []
    for key, thing in public(module):
        if inspect.ismodule(thing):
            rooms.append((key, thing))
        elif get_origin(thing) is not None:
            types.append(f"`{key}`")
        elif not callable(thing):
            constants.append(f"`{key}`")
        elif not any(thing is item for item in told):
            rows.append(row(thing, key if key in cl.__all__ else made(thing, key)))
            if inspect.isclass(thing) and key not in cl.__all__:
                rows += [row(method(thing, member), f"{key}.{member}") for member in members(thing)]
    parts += [table(rows)] if rows else []
    parts += [f"Constants: {', '.join(constants)}.\n"] if constants else []
    parts += [f"Types: {', '.join(types)}.\n"] if types else []
    told += [thing for _, thing in public(module)]
    return "\n".join([*parts, *(room(f"{name}.{key}", thing, told) for key, thing in rooms)])


def text() -> str:
    """The whole page."""
    asked = members(Reader)
    grouped = [name for names in GROUPS.values() for name in names]
    told_twice = {"batch"}  # of a reader, a batch of units; of a ledger, a transaction as well
    if sorted([*asked, *grouped]) != sorted([*members(cl.Ledger), *told_twice]):
        lost = set(members(cl.Ledger)) ^ {*asked, *grouped}
        raise SystemExit(f"methods of a ledger that are in no group, or in two: {sorted(lost)}")
    rooms = [name for name in cl.__all__ if inspect.ismodule(getattr(cl, name))]
    told = {"Ledger", "Reader", *GIVEN, *RETURNED, *FUNCTIONS, *PARTS, *rooms, "CarbonLedgerError"}
    parts = [HEAD, "## Functions\n", table(row(getattr(cl, name), name) for name in FUNCTIONS)]
    parts += [
        "## Ledger\n",
        "A `Ledger` is what `open_ledger` gives: a context manager that any number of threads may share.\n",
    ]
    for heading, names in GROUPS.items():
        parts += [f"### {heading}\n", methods(cl.Ledger, names)]
    parts += ["### Ask\n", f"{ASK}\n", methods(Reader, asked)]
    parts += ["## What you give\n", *(record(getattr(cl, name)) for name in GIVEN)]
    parts += ["## What comes back\n", *(record(getattr(cl, name)) for name in RETURNED)]
    others = [name for name in cl.__all__ if name not in told]
    parts += ["## Other names\n", *(record(getattr(cl, name)) for name in others)] if others else []
    parts += ["## Parts of answers\n", f"{PARTS_HEAD}\n", *(record(getattr(cl, name)) for name in PARTS)]
    parts += ["## Rooms\n", "Modules that are public as a whole.\n"]
    parts += ["### errors\n", "Every error, below `CarbonLedgerError`: [errors](errors.md).\n"]
    parts += [room(name, getattr(cl, name)) for name in rooms if name != "errors"]
    parts += [
        "## Tools of methodologies\n",
        f"{TOOLS_HEAD}\n",
    ]
    parts += [room(f"methodologies.{name}", module) for name, module in TOOLS.items()]
    kit = table(row(thing, name) for name, thing in public(carbon_ledger.testing))
    parts += ["## Testing kit\n", f"{TESTING_HEAD}\n", "### testing\n", kit]
    return "\n".join(parts).rstrip("\n") + "\n"


if __name__ == "__main__":
    API.write_text(text(), encoding="utf-8")
    print(f"{API}: {text().count(chr(10))} lines")
