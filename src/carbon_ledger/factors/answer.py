"""The answer of a factor registry, or its refusal, with the reason for each factor that was considered."""

from typing import Any

from attrs import frozen

from carbon_ledger.factors.question import Question
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.printing import lines
from carbon_ledger.records import Record


@frozen(kw_only=True, repr=False)
class Answer(Record):
    """A factor, and how it was chosen.

    Attributes:
        factor: The factor that answers the question.
        question: The question, with its waivers and policy.
        considered: The id of each factor that was considered, and why it does not answer; the reason is empty for the
            factor that answers. If a factor is valid on the days of the question, factors that are valid only in other
            years were not considered. Factors that were not known on the day of knowledge are never listed, so the
            trace of a past answer never changes.
    """

    factor: EmissionFactor
    question: Question
    considered: tuple[tuple[str, str], ...]


@frozen(kw_only=True, repr=False)
class Explanation(Record):
    """What a registry answers to a question, and why: for a reader, and as plain data.

    Attributes:
        question: The question, with its waivers and policy.
        factor: The factor that answers, or ``None`` if the question is refused.
        refusal: The message of the error that refuses the question; empty if a factor answers.
        considered: The id of each factor that was considered, and why it does not answer; the reason is empty for a
            factor that answers.
    """

    question: Question
    factor: EmissionFactor | None
    refusal: str
    considered: tuple[tuple[str, str], ...]

    def to_record(self) -> dict[str, Any]:
        """The explanation as plain data, which can be written as canonical JSON."""
        record: dict[str, Any] = {
            "question": self.question.to_record(),
            "considered": [{"factor": factor_id, "dropped": reason} for factor_id, reason in self.considered],
        }
        if self.factor is None:
            return record | {"refusal": self.refusal}
        return record | {"factor": self.factor.to_record()}

    def __str__(self) -> str:
        """The explanation as text, with a line for each factor that was considered."""
        question = self.question
        texts = [f"Question: a factor of {question.region} for {question.purpose}"]
        texts += [
            f"  {name}: {_shown(name, value)}" for name, value in question.to_record().items() if name in _NARROWING
        ]
        texts += [f"  waived: {waiver.name}, because {waiver.reason}" for waiver in question.waivers]
        texts.append(f"Considered: {len(self.considered)}")
        texts += [f"  {factor_id}: {reason or 'answers'}" for factor_id, reason in self.considered]
        if self.factor is None:
            return lines(*texts, f"Refused: {self.refusal}")
        return lines(*texts, f"Answer: {self.factor}", f"  source: {self.factor.source}")


_NARROWING = ("kind", "technology", "gas", "tool", "on", "as_of", "crediting_period_ordinal", "policy")


def _shown(name: str, value: object) -> str:
    if not isinstance(value, list):
        return str(value)
    return (" to " if name == "on" else ", then ").join(dict.fromkeys(value))
