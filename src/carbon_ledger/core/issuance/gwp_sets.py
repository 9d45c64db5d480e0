"""The set of global warming potentials of a project's claims: values of different sets are never added."""

from typing import Final

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Registration, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import FactorNotApplicableError
from carbon_ledger.printing import quote
from carbon_ledger.projects import Project

_KIND: Final = "gwp-set"
_BEFORE_ALL: Final = -1


def kind_of(project: str) -> str:
    """The kind under which the issuance that determined a project's set is registered."""
    return f"{_KIND}/{project}"


def gwp_set_rows(view: View, entry: Entry, project: Project) -> list[Row]:
    """The row that an issuance adds if it determines the project's set; a factor in another set is refused.

    The project's first issuance with a factor in CO2e, whose record states a set, determines the set. It holds as long
    as the project has an issuance that is not voided: if all were voided, the next issuance determines it again. A
    factor in CO2 alone, or that states no set, goes with any set.

    Args:
        view: The state before the issuance.
        entry: The issuance. Of its waivers, only ``gwp-set`` has an effect; it does not change the project's set.
        project: The project.

    Raises:
        FactorNotApplicableError: The factor is in another set, and that is not waived.

    Source:
        ledger-model section 5; domain section 5: values of different sets never add.
    """
    event = entry.event
    factor = lookup.factor(view, event["factor"]) if "factor" in event else None
    used = None if factor is None else factor.co2e_set
    if used is None:
        return []
    kind = kind_of(project.id)
    numbers = view.registrations(kind)
    if not numbers or not _stands(view, project, int(numbers[-1])):
        return [Registration(kind, str(entry.n), entry.n)]
    first = int(numbers[-1])
    expected = lookup.factor(view, view.entry(first).event["factor"]).co2e_set
    if used != expected and all(item["name"] != "gwp-set" for item in event["waivers"]):
        raise FactorNotApplicableError(
            f"factor {factor}",
            f"it is in the GWP set {quote(used)}, but the claims of project {project.id} are in {quote(expected)}, the "
            f"set of its issuance of entry {first}; use a factor in that set, or pass Waiver('gwp-set', reason), which "
            "stays in the log",
            rule="gwp-set",
        )
    return []


def _stands(view: View, project: Project, n: int) -> bool:
    """Whether the issuance of entry *n*, or any other issuance of the project, is not voided."""
    return not lookup.issuance(view, n).voided or any(
        view.issued_after(_BEFORE_ALL, project.id, row.vintage) for row in view.carry(project.id)
    )
