"""Stretches: runs of readings that are recorded one after another without asking for each what is asked once.

Each run is a command of its own, with the bytes, the rows and the time that `Recorder._record` would give it. A stretch
ends before the first run that is not plain; `Recorder._record` records or refuses that one.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from types import NoneType
from typing import Final

from attrs import frozen

from carbon_ledger.core.entries.entry import Entry, recorded_text, recorded_time
from carbon_ledger.core.entries.events import GENERATION_RECORDED
from carbon_ledger.core.entries.splitting import run_events, without_none
from carbon_ledger.core.entries.templates import PART, RunTemplate, keyed
from carbon_ledger.core.many_runs import PlainRuns
from carbon_ledger.core.readings import row_of
from carbon_ledger.core.rules import RULES
from carbon_ledger.core.state.rows import KeyUse, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import MOST_BETWEEN, second_of
from carbon_ledger.ledger.recorder import TICK, Recorder
from carbon_ledger.metering.readings import Readings
from carbon_ledger.texts import is_line

_MOST: Final = 512  # runs in a stretch: their facts are asked before the first of them is written

Items = Sequence[tuple[str, Readings, str | None]]  # device, run, idempotency key


@frozen
class Stretch:
    """The entries that a stretch has recorded.

    Attributes:
        first: The number of the first entry.
        totals: The net energy of each entry. [Wh]
        now: The time that the clock gave for the next run, if it was asked and the run was not recorded.
    """

    first: int
    totals: list[int]
    now: datetime | None = None


NOTHING: Final = Stretch(0, [])


def record_stretch(ledger: Recorder, name: str, items: Items, start: int, evidence: str | None, by: str) -> Stretch:
    """Record the plain runs with which *items* begins from position *start* on; possibly none.

    Args:
        ledger: The ledger, in a batch.
        name: The name of the command to which idempotency keys are bound.
        items: The runs with their devices and keys.
        start: The position of the first run that is not recorded yet.
        evidence: Digest of the document that all runs came from, checked.
        by: The actor of all runs, checked.
    """
    if type(by) is not str or type(evidence) not in (str, NoneType):
        return NOTHING  # no entry can have a text of a class of its own
    with ledger._store.write_lock():
        view = ledger._view_of()
        runs = _plain_runs(ledger, view, by)
        plain = _plain(view, runs, items[start : start + _MOST], by)
        if not plain:
            return NOTHING
        return _Writer(ledger, runs, name, evidence, by, view.entry(view.size - 1)).write(plain)


def _plain_runs(ledger: Recorder, view: View, by: str) -> PlainRuns:
    """The `PlainRuns` of the last stretch if nothing was recorded since by anybody; otherwise a new one."""
    runs = ledger._plain_runs
    if runs is None or not runs.begin_next(view, by):
        runs = ledger._plain_runs = PlainRuns(view, by, RULES[GENERATION_RECORDED].may)
    return runs


def _plain(view: View, runs: PlainRuns, items: Items, by: str) -> Items:
    """The plain runs with which some runs begin."""
    known = set[str]()
    for count, (device, run, key) in enumerate(items):
        if key is not None:
            if type(key) is not str or not is_line(key) or key in known or view.key_use(by, key) is not None:
                return items[:count]
            known.add(key)
        if not runs.allows(device, run):
            return items[:count]
    return items


class _Writer:
    """Writes plain runs: the time, the bytes and the rows of each."""

    def __init__(
        self, ledger: Recorder, runs: PlainRuns, name: str, evidence: str | None, by: str, newest: Entry
    ) -> None:
        self._ledger, self._runs, self._name, self._evidence, self._by = ledger, runs, name, evidence, by
        self._n, self._at, self._before = newest.n, newest.at, recorded_time(newest.at)
        self._second = 0  # that had passed when the last entry was recorded [s since 1970-01-01 UTC]
        self._refused: datetime | None = None  # the time of a run that the rules refuse by its time
        self._templates: dict[tuple[int, str], RunTemplate] = {}

    def write(self, items: Items) -> Stretch:
        """Write the runs up to the first one that the rules refuse by its time."""
        first, totals = self._n + 1, list[int]()
        self._ledger._store.append_many(self._entries(items, totals))
        if len(totals) < len(items):
            return Stretch(first, totals, self._refused)
        return Stretch(first, totals)

    def _entries(self, items: Items, totals: list[int]) -> Iterator[tuple[bytes, Sequence[Row]]]:
        """The bytes and the rows of the entries of runs, whose net energies are added to *totals*. [Wh]"""
        clock, request_digest = self._ledger._now, None
        for device, run, key in items:
            now = clock()
            at = self._next(now, run.end_utc)
            if at is None:
                self._refused = now
                return
            self._n, self._at = self._n + 1, at
            template = self._templates.get((run.step_s, run.quality)) or self._template(run.step_s, run.quality)
            rows: list[Row] = [row_of(device, run, self._n, self._n)]
            command = PART
            if key is not None:
                request_digest = template.request_digest(device, run)
                command = keyed(key, request_digest)
                rows.append(KeyUse(key, self._by, self._n))
            yield template.data(self._n, at, device, run, command), rows
            totals.append(run.net_wh.total)
        self._cache_newest(device, run, key, request_digest)

    def _next(self, now: datetime, end_utc: int) -> str | None:
        """The recorded time of the next entry; None if the rules refuse that time, or no time is left."""
        at = recorded_text(now)
        if at <= self._at:
            try:
                now = self._before + TICK
            except OverflowError:
                return None
            at = recorded_text(now)
        if now - self._before > MOST_BETWEEN:
            return None
        if end_utc > self._second:
            self._second = second_of(at)
            if end_utc > self._second:
                return None
        self._before = now
        return at

    def _template(self, step_s: int, quality: str) -> RunTemplate:
        found = self._templates[step_s, quality] = RunTemplate(
            by=self._by, evidence=self._evidence, step_s=step_s, quality=quality, command=self._name
        )
        return found

    def _cache_newest(self, device: str, run: Readings, key: str | None, request_digest: str | None) -> None:
        """Cache the newest entry, which the next command asks for its time."""
        ((kind, event),) = run_events(GENERATION_RECORDED, run, without_none(device=device, evidence=self._evidence))
        newest = Entry(n=self._n, at=self._at, by=self._by, type=kind, event=event, key=key, digest=request_digest)
        self._ledger._store.cache_entry(newest)
        self._runs.recorded(newest)
