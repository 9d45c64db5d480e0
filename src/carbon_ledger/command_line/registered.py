"""What is registered in a ledger: the ids of a kind, and the fields of each thing."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carbon_ledger.ledger.reader import Reader

KINDS = ("account", "device", "meter", "project", "factor", "methodology")


def ids_of(reader: "Reader", kind: str) -> tuple[str, ...]:
    """The ids of everything of a kind, in the order in which it was registered.

    Args:
        reader: The ledger.
        kind: One of `KINDS`.
    """
    return tuple(reader._view().registrations(kind))


def things_of(reader: "Reader", kind: str) -> list[Any]:
    """The records of everything of a kind, as they are in force now, in the order in which they were registered.

    Args:
        reader: The ledger.
        kind: ``account``, ``device``, ``meter``, ``project`` or ``factor``.
    """
    if kind == "account":
        return [reader.account(name) for name in reader.accounts()]
    return list(getattr(reader, f"{kind}s")())


def is_registered(reader: "Reader", kind: str, name: str) -> bool:
    """Whether something of a kind has an id.

    Args:
        reader: The ledger.
        kind: One of `KINDS`.
        name: The id.
    """
    return reader._view().registration(kind, name) is not None


def fields_of(reader: "Reader", kind: str, name: str) -> dict[str, Any]:
    """The fields of something that is registered, as it is in force now, as plain values.

    Args:
        reader: The ledger.
        kind: One of `KINDS`, but ``methodology``.
        name: Its id.

    Raises:
        UnknownThingError: There is no such thing.
    """
    found: dict[str, Any] = getattr(reader, kind)(name).to_dict()
    return found
