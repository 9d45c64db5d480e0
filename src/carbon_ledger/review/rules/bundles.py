"""Rules about projects that one owner may have divided, so that each keeps below the limit of small scale."""

from collections.abc import Iterator
from decimal import Decimal

from attrs import define

from carbon_ledger.core.entries.events import RELATION_DECLARED
from carbon_ledger.core.in_force import account_at
from carbon_ledger.core.relations import kind_of
from carbon_ledger.review.causes import Cause, some
from carbon_ledger.review.flags import MEDIUM, Cited
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.questions import Questions
from carbon_ledger.review.rules.devices import is_near

_SMALL = "AMS-"  # the methodologies of small-scale projects of the CDM


@define
class _Small:
    """A small-scale project: its capacity, and who received its units."""

    id: str
    capacity_w: int
    parties: set[str]


def debundled(questions: Questions, parameters: ReviewParameters) -> Iterator[Cause]:
    """R29: small-scale projects just below the limit, and those of one owner that together pass it."""
    projects = [_small(questions, name) for name in questions.projects if _is_small(questions, name)]
    for item in projects:
        least = parameters.small_scale_w * (100 - parameters.small_scale_near_percent)
        if least <= 100 * item.capacity_w <= 100 * parameters.small_scale_w:
            yield Cause(
                severity=MEDIUM,
                subject=f"project {item.id}",
                text=f"its capacity, {_mega(item.capacity_w)} MW, is at most {parameters.small_scale_near_percent}% "
                f"below the limit of {_mega(parameters.small_scale_w)} MW",
                cited=_registered(questions, [item]),
                figures=(("capacity_w", item.capacity_w),),
                claimed_wh={item.id: questions.claimed_wh(item.id)},
            )
    for group in _of_one_owner(questions, projects, parameters):
        together = sum(item.capacity_w for item in group)
        if len(group) > 1 and together > parameters.small_scale_w:
            parties = sorted({name for item in group for name in item.parties})
            yield Cause(
                severity=MEDIUM,
                subject="; ".join(f"project {item.id}" for item in group[:10]),
                text=f"{some(len(group), 'small-scale project')} whose units went to one owner have "
                f"{_mega(together)} MW together, above the limit of {_mega(parameters.small_scale_w)} MW; the owner: "
                f"{', '.join(parties[:10])}",
                cited=_registered(questions, group),
                figures=(("capacity_w", together), ("projects", len(group))),
                claimed_wh={item.id: questions.claimed_wh(item.id) for item in group},
            )


def _is_small(questions: Questions, name: str) -> bool:
    return (questions.project(name).methodology or "").startswith(_SMALL)


def _small(questions: Questions, name: str) -> _Small:
    capacity_w = sum(questions.device(device).capacity_w for device in questions.project(name).devices)
    parties = {party for item in questions.issuances(name) for party in _parties(questions, item.account)}
    return _Small(name, capacity_w, parties)


def _parties(questions: Questions, account: str) -> Iterator[str]:
    """An account, its holder's legal id, and the accounts to which it has a declared relation that has not ended."""
    view = questions.view
    yield f"account {account}"
    legal_id = account_at(view, account, questions.at_utc).legal_id
    if legal_id is not None:
        yield f"legal id {legal_id}"
    related: dict[tuple[str, str, str], bool] = {}
    for name in view.registrations(kind_of(account)):
        entry = view.entry(view.registration(kind_of(account), name) or 0)
        key = entry.event["account"], entry.event["relation"], entry.event["other"]
        related[key] = entry.type == RELATION_DECLARED
    for (one, _, other), is_live in related.items():
        if is_live:
            yield f"account {other if one == account else one}"


def _of_one_owner(questions: Questions, projects: list[_Small], parameters: ReviewParameters) -> list[list[_Small]]:
    """Groups of projects that share a party, and whose plants may be near each other."""
    groups: list[list[_Small]] = []
    for item in projects:
        near = [group for group in groups if any(_is_one(questions, item, other, parameters) for other in group)]
        merged = sorted([item, *(other for group in near for other in group)], key=lambda project: project.id)
        groups = [*(group for group in groups if group not in near), merged]
    return sorted(groups, key=lambda group: group[0].id)


def _is_one(questions: Questions, one: _Small, other: _Small, parameters: ReviewParameters) -> bool:
    """Whether two projects share a party, and no registered places show that their plants are far apart.

    Source:
        CDM guidelines on debundling: the same participants, and boundaries within 1 km. [M]
    """
    if not one.parties & other.parties:
        return False
    pairs = [
        (questions.device(x), questions.device(y))
        for x in questions.project(one.id).devices
        for y in questions.project(other.id).devices
    ]
    return any(
        x.latitude is None or y.latitude is None or is_near(x, y, parameters.small_scale_apart_m) for x, y in pairs
    )


def _registered(questions: Questions, group: list[_Small]) -> Cited:
    return Cited(questions.view.registration("project", item.id) or 0 for item in group)


def _mega(power_w: int) -> str:
    return f"{Decimal(power_w).scaleb(-6).normalize():f}"
