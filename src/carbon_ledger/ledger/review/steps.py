"""The steps that issuances claim, in the order of a sample's population."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from attrs import frozen

from carbon_ledger.core.state.rows import Reading
from carbon_ledger.ledger.review.questions import Questions
from carbon_ledger.periods.instants import time_of
from carbon_ledger.records import Record
from carbon_ledger.tables import INTEGER, TEXT, TIME, Column


@frozen(kw_only=True, repr=False)
class ClaimedStep(Record):
    """A step above zero that an issuance claims.

    Attributes:
        device: The device's id.
        start_utc: The start. [s since 1970-01-01 UTC]
        end_utc: The end, exclusive.
        net_wh: The net energy. [Wh]
        entry: The entry that has the value.
        evidence: The digest of its evidence, or None.
    """

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("device", TEXT),
        Column("start", TIME, lambda item: item.start_utc),
        Column("end", TIME, lambda item: item.end_utc),
        Column("net_wh", INTEGER),
        Column("entry", INTEGER),
        Column("evidence", TEXT),
    )

    device: str
    start_utc: int
    end_utc: int
    net_wh: int
    entry: int
    evidence: str | None = None

    @property
    def start(self) -> datetime:
        """The start, in UTC."""
        return time_of(self.start_utc)

    @property
    def end(self) -> datetime:
        """The end, exclusive, in UTC."""
        return time_of(self.end_utc)


class Population:
    """The claimed live steps above zero, by device id and start. It can be walked through again and again.

    Args:
        questions: The questions.
    """

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def __iter__(self) -> Iterator[ClaimedStep]:
        for device in self._questions.devices:
            for run in self._questions.runs(device):
                yield from self._of_run(run)

    def _of_run(self, run: Reading) -> Iterator[ClaimedStep]:
        claims = [
            (claim.start_utc, claim.end_utc)
            for claim in self._questions.view.claims(run.device, run.start_utc, run.end_utc)
            if self._questions.counts(claim.issuance_n)
        ]
        if not claims:
            return
        source = self._questions.source(run.source_n)
        at, waiting = run.start_utc, iter(claims)
        claim = next(waiting, None)
        for wh in self._questions.values(run):
            end = at + run.step_s
            while claim is not None and claim[1] <= at:
                claim = next(waiting, None)
            if claim is not None and claim[0] <= at and end <= claim[1] and wh > 0:
                yield ClaimedStep(
                    device=run.device,
                    start_utc=at,
                    end_utc=end,
                    net_wh=wh,
                    entry=run.source_n,
                    evidence=source.evidence,
                )
            at = end
