"""What a report is about: the state, and the projects and accounts that it is restricted to."""

from functools import cached_property

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.state.store import Store
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import QuantityError
from carbon_ledger.mappings import listed
from carbon_ledger.printing import quote


@frozen
class Scope:
    """What a report is about.

    Attributes:
        view: The state.
        store: The store, whose first `view.size` entries the report is about.
        at_utc: The time of the report, at which expiry is checked. [s since 1970-01-01 UTC]
        only_projects: The projects that the report is restricted to, or None.
        only_accounts: The accounts that the report is restricted to, or None.
    """

    view: View
    store: Store
    at_utc: int
    only_projects: tuple[str, ...] | None = None
    only_accounts: tuple[str, ...] | None = None

    @property
    def ledger_id(self) -> str:
        """The ledger's id."""
        return str(self.view.entry(0).event["ledger"])

    @cached_property
    def projects(self) -> tuple[str, ...]:
        """The projects of the report."""
        return tuple(self.view.registrations("project")) if self.only_projects is None else self.only_projects

    @cached_property
    def devices(self) -> frozenset[str]:
        """The devices of these projects."""
        return frozenset(name for item in self.projects for name in lookup.project(self.view, item).devices)

    def has_project(self, name: str) -> bool:
        """Whether the report is about a project."""
        return self.only_projects is None or name in self.only_projects

    def has_account(self, name: str) -> bool:
        """Whether the report is about an account."""
        return self.only_accounts is None or name in self.only_accounts

    def has_device(self, name: str) -> bool:
        """Whether the report is about a device."""
        return self.only_projects is None or name in self.devices

    @property
    def is_whole(self) -> bool:
        """Whether the report is about the whole ledger, so that the page can show every entry."""
        return self.only_projects is None and self.only_accounts is None


def checked_names(view: View, names: object, kind: str) -> tuple[str, ...] | None:
    """The ids that a report is restricted to, in the given order and each once; None for all.

    Args:
        view: The state.
        names: The ids, or None.
        kind: ``projects`` or ``accounts``.

    Raises:
        QuantityError: *names* is a text or not a sequence.
        UnknownProjectError: There is no such project.
        UnknownAccountError: There is no such account.
    """
    if names is None:
        return None
    found = None if isinstance(names, str | bytes) else listed(names)
    if found is None:
        raise QuantityError(f"report({kind}={quote(names)}): expected a sequence of ids, or None for all")
    if kind == "projects":
        return tuple(dict.fromkeys(lookup.project(view, name).id for name in found))
    return tuple(dict.fromkeys(lookup.account(view, name) for name in found))
