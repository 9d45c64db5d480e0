"""The answer of a factor registry, or its refusal, with the trace of how it came about."""

from typing import Any

from attrs import frozen

from carbon_ledger.factors.question import Question
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.printing import lines


@frozen(kw_only=True)
class Answer:
    """A factor, and how it was chosen.

    Attributes:
        factor: The one that answers.
        question: What was asked, with waivers and policy.
        considered: Each factor that was looked at, and why it does not answer; empty for the one that does.
            Where one is valid then, those of other years were not looked at. What was not known on the day
            of knowledge is never here, so that the trace of a past answer never changes.
    """

    factor: EmissionFactor
    question: Question
    considered: tuple[tuple[str, str], ...]


@frozen(kw_only=True)
class Explanation:
    """What a registry answers to a question, and why: for a reader, and as plain data.

    Attributes:
        question: What was asked.
        factor: The factor that answers; none: the question is refused.
        refusal: Why it is refused, in the words of the error; empty where a factor answers.
        considered: Each factor that was looked at, and why it does not answer; empty for one that does.
    """

    question: Question
    factor: EmissionFactor | None
    refusal: str
    considered: tuple[tuple[str, str], ...]

    def to_record(self) -> dict[str, Any]:
        """The explanation as plain data, which canonical JSON can hold."""
        record: dict[str, Any] = {
            "question": self.question.to_record(),
            "considered": [{"factor": factor_id, "dropped": reason} for factor_id, reason in self.considered],
        }
        if self.factor is None:
            return record | {"refusal": self.refusal}
        return record | {"factor": self.factor.to_record()}

    def __str__(self) -> str:
        """The explanation as text, a line for each factor that was looked at."""
        asked = self.question
        told = [f"Asked: a factor of {asked.region} for {asked.purpose}"]
        told += [f"  {name}: {_shown(name, value)}" for name, value in asked.to_record().items() if name in _NARROWING]
        told += [f"  waived: {waiver.name}, because {waiver.reason}" for waiver in asked.waivers]
        told.append(f"Looked at: {len(self.considered)}")
        told += [f"  {factor_id}: {reason or 'answers'}" for factor_id, reason in self.considered]
        if self.factor is None:
            return lines(*told, f"Refused: {self.refusal}")
        return lines(*told, f"Answer: {self.factor}", f"  source: {self.factor.source}")


_NARROWING = ("kind", "technology", "gas", "tool", "on", "as_of", "crediting_period_ordinal", "policy")


def _shown(name: str, value: object) -> str:
    if not isinstance(value, list):
        return str(value)
    return (" to " if name == "on" else ", then ").join(dict.fromkeys(value))
