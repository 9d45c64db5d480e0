"""Reviewing: the rules are asked, and the results are put together."""

from collections.abc import Iterable

from carbon_ledger.core import lookup
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import QuantityError
from carbon_ledger.log.tiles import root_hash
from carbon_ledger.mappings import listed
from carbon_ledger.printing import quote
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.review.catalogue import RULES, flags_of
from carbon_ledger.review.flags import Flag
from carbon_ledger.review.in_full import tested_in_full
from carbon_ledger.review.origin import origin_of, waivers_used
from carbon_ledger.review.parameters import ReviewParameters
from carbon_ledger.review.population import Population
from carbon_ledger.review.questions import Questions
from carbon_ledger.review.results import FullTest, Origin, Review, WaiverUse
from carbon_ledger.review.sampling import Sample, draw_sample
from carbon_ledger.tables import Listing


def reviewed(reader: Snapshot, scope: Iterable[str] | None, since: int | None, used: ReviewParameters) -> Review:
    """The review of a reader's state.

    Args:
        reader: The reader.
        scope: The ids of the projects, or None for all.
        since: Only flags that rest on an entry from this number on, or None.
        used: The thresholds.

    Raises:
        UnknownProjectError: There is no such project.
        QuantityError: *scope* is not a sequence of ids.
    """
    questions = questions_of(reader, scope)
    flags = sorted(flags_of(questions, used), key=lambda item: item.order)
    return Review(
        ledger_id=str(questions.entry(0).event["ledger"]),
        size=questions.view.size,
        root=root_hash(questions.view.size, reader._store.tile).hex(),
        projects=questions.only or (),
        since=since,
        parameters=used,
        rules=tuple(f"{rule.id}@{rule.version}" for rule in RULES),
        claimed_wh=questions.all_claimed_wh,
        units=sum(map(questions.units, questions.projects)),
        flags=Listing((item for item in flags if since is None or item.last_entry >= since), Flag),
        origins=Listing((origin_of(questions, name) for name in questions.projects), Origin),
        waivers=Listing((use for name in questions.projects for use in waivers_used(questions, name)), WaiverUse),
        in_full=Listing(tested_in_full(questions, flags), FullTest),
    )


def sampled(
    reader: Snapshot, seed: str, scope: Iterable[str] | None, confidence_percent: int, tolerable: object
) -> Sample:
    """A sample of the steps that issuances claim in a reader's state; see `draw_sample`.

    Args:
        reader: The reader.
        seed: The auditor's text.
        scope: The ids of the projects, or None for all.
        confidence_percent: 90 or 95. [%]
        tolerable: The tolerable misstatement, as a share.
    """
    questions = questions_of(reader, scope)
    root = root_hash(questions.view.size, reader._store.tile).hex()
    return draw_sample(Population(questions), root, seed, confidence_percent=confidence_percent, tolerable=tolerable)


def is_drawn_from(sample: Sample, questions: Questions, root: str) -> bool:
    """Whether a sample is the one that its seed draws from a state, from the claimed steps of the projects in question.

    Args:
        sample: The sample.
        questions: The questions about the state and the projects.
        root: The root of the state.
    """
    again = draw_sample(
        Population(questions),
        root,
        sample.seed,
        confidence_percent=sample.confidence_percent,
        tolerable=sample.tolerable,
    )
    return again == sample


def questions_of(reader: Snapshot, scope: Iterable[str] | None = None) -> Questions:
    """The questions about a reader's state.

    Args:
        reader: The reader.
        scope: The ids of the projects that they are restricted to, or None.

    Raises:
        UnknownProjectError: There is no such project.
        QuantityError: *scope* is not a sequence of ids.
    """
    view = reader._view()
    view = reader._view_of(view.size)  # others may write meanwhile
    return Questions(view, reader._store, reader._view_of, _projects(view, scope))


def _projects(view: View, scope: object) -> tuple[str, ...] | None:
    if scope is None:
        return None
    names = None if isinstance(scope, str | bytes) else listed(scope)
    if names is None:
        raise QuantityError(f"review(scope={quote(scope)}): expected a sequence of ids of projects, or None for all")
    return tuple(sorted({lookup.project(view, name).id for name in names}))
