"""The population of a sample: the steps that issuances claim, by device id and start."""

from collections.abc import Iterator

from carbon_ledger.core.state.rows import Reading
from carbon_ledger.review.questions import Questions
from carbon_ledger.review.steps import ClaimedStep


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
