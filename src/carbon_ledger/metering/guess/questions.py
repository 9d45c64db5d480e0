"""Questions that a file leaves open, and the collection of reasons, doubts and questions while a file is described."""

from collections.abc import Mapping
from typing import Final

from attrs import define, field, frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.mappings import FrozenMapping
from carbon_ledger.printing import near, quote
from carbon_ledger.records import Record

ROLE_CHOICES: Final[Mapping[str, str]] = FrozenMapping(
    {
        "net": "what the plant exported less what it imported",
        "gross": "what the plant generated, before its own use",
        "export": "what went from the plant into the grid",
        "import": "what the plant took from the grid",
    }
)
SKIP: Final = "skip"


@frozen(kw_only=True, repr=False)
class LayoutQuestion(Record):
    """A question about a file that its text does not answer.

    Args:
        name: The name of the question, with which `MeterFileDescription.answered` takes the answer.
        text: What is asked, and about which column.
        choices: The possible answers, and what each would mean; empty: any text is an answer, e.g. the name of a zone.
        suggested: The answer that the file suggests; empty where it suggests no answer.

    Example:
        >>> question = LayoutQuestion(name="stamp", text="is a time the start of its step, or the end?",
        ...                           choices={"start": "00:30 begins a step", "end": "00:30 ends a step"})
        >>> [*question.choices], question.suggested
        (['start', 'end'], '')
    """

    name: str
    text: str
    choices: Mapping[str, str] = field(factory=lambda: FrozenMapping({}))
    suggested: str = ""


@define
class Inquiry:
    """The reasons, doubts and questions of one description, while it is made.

    Args:
        answers: The answers that the caller has given, by the names of the questions.
    """

    answers: Mapping[str, str]
    reasons: list[str] = field(factory=list)
    doubts: list[str] = field(factory=list)
    questions: list[LayoutQuestion] = field(factory=list)
    names: set[str] = field(factory=set)

    def ask(self, name: str, text: str, choices: Mapping[str, str], suggested: str = "") -> str | None:
        """The answer to a question; None if it is open, and is among the questions now.

        Args:
            name: The name of the question.
            text: What is asked.
            choices: The possible answers, and what each would mean; empty: any text.
            suggested: The answer that the file suggests.

        Raises:
            QuantityError: The answer is not one of the choices.
        """
        self.names.add(name)
        if name not in self.answers:
            if any(item.name == name for item in self.questions):
                return None
            self.questions.append(
                LayoutQuestion(name=name, text=text, choices=FrozenMapping(choices), suggested=suggested)
            )
            return None
        answer = self.answers[name]
        if choices and answer not in choices:
            close = near(answer, choices)
            hint = f"did you mean {quote(close[0])}?" if close else f"expected one of {', '.join(map(quote, choices))}"
            raise QuantityError(f"{name} {quote(answer, 60)}: {hint}")
        meaning = f": {choices[answer]}" if choices and choices[answer] else ""
        self.because(f"{name} is {quote(answer)}, as you answered{meaning}")
        return answer

    def because(self, reason: str) -> None:
        """Add a reason, once."""
        if reason not in self.reasons:
            self.reasons.append(reason)

    def doubt(self, text: str) -> None:
        """Add a doubt, once."""
        if text not in self.doubts:
            self.doubts.append(text)

    def require_known(self) -> None:
        """Refuse answers to questions that were not asked.

        Raises:
            QuantityError: An answer has another name than the questions about this file.
        """
        known = f"the questions are {', '.join(sorted(self.names))}" if self.names else "there is no question"
        for name in self.answers:
            if name not in self.names:
                close = near(name, self.names)
                hint = f"did you mean {quote(close[0])}?" if close else known
                raise QuantityError(f"{quote(name, 60)} is not a question about this file; {hint}")


def ask_zone(inquiry: Inquiry, zone: str | None, *, is_local: bool) -> str | None:
    """The zone of the meter, or None as long as it is not known.

    Args:
        inquiry: Takes the question.
        zone: The zone that the caller has given.
        is_local: Whether the times of the file are local times of the zone.
    """
    if zone is not None:
        inquiry.because(f"the zone is {zone}, as you gave it")
        return zone
    text = (
        "in which zone is the meter? the times of the file are its local times"
        if is_local
        else "in which zone is the meter? the times of the file are instants; local days begin and end by the zone"
    )
    choices_text = '; an IANA name such as "Europe/Berlin", or "Etc/GMT-1" for UTC+1 without summer time'
    return inquiry.ask("zone", text + choices_text, {})
