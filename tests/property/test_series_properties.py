"""Series of a file among several subjects, against a model that knows the source of each live hour."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from attrs import evolve, field, frozen
from hypothesis import event, given
from hypothesis import strategies as st
from tests.conftest import EVIDENCE, Clock, device, dump
from tests.support.meter_file import FILE, LAYOUT, hours

import carbon_ledger as cl
from carbon_ledger.errors import RefusedError
from carbon_ledger.ledger.commands.runs import correct_as, record_run_as, record_shared_as

Draw = Callable[[st.SearchStrategy[Any]], Any]
HOURS: Final = 4
SUBJECTS: Final = (("device", "one"), ("device", "two"), ("meter", "feeder"))
# A column of a table by three layouts, of which one calls the meters by another name and one names none; and another
# column.
LAYOUTS: Final = {
    "a": evolve(LAYOUT, name="a", values={"column": "a"}, meter_column="meter"),
    "a by serial": evolve(LAYOUT, name="a by serial", values={"column": "a"}, meter_column="serial"),
    "a alone": evolve(LAYOUT, name="a alone", values={"column": "a"}),
    "b": evolve(LAYOUT, name="b", values={"column": "b"}, meter_column="meter"),
}


@frozen
class Source:
    """Where an hour was read: by which layout, and of which meter."""

    layout: str
    meter: str

    def may_be(self, other: "Source") -> bool:
        """Whether two sources can have the same energy."""
        if self.layout[0] != other.layout[0]:
            return False  # other columns
        return self.layout != other.layout or self.meter == other.meter


@frozen
class Model:
    """The source of each live hour of each subject; None if it was recorded by hand."""

    live: dict[tuple[str, str], dict[int, Source | None]] = field(factory=lambda: {key: {} for key in SUBJECTS})

    def is_of_another(self, subject: tuple[str, str], source: Source) -> bool:
        return any(
            found is not None and found.may_be(source)
            for other, known in self.live.items()
            for found in known.values()
            if other != subject
        )


def give(ledger: cl.Ledger, subject: tuple[str, str], first: int, values: list[int], **how: Any) -> None:
    """Record or correct hours, as the file's command does."""
    kind, name = subject
    run, given = hours(values, at=first), (None, None, None, ())
    evidence, series = (EVIDENCE, None) if how["source"] is None else (FILE, how["source"].meter)
    if how["corrects"]:
        correct_as(ledger, f"correct_{kind}", subject, run, "a test", evidence, *given, series)
    else:
        record = record_run_as if kind == "device" else record_shared_as
        record(ledger, "record", name, run, evidence, *given, series)


def one_step(draw: Draw, ledger: cl.Ledger, model: Model) -> None:
    subject = draw(st.sampled_from(SUBJECTS))
    known = model.live[subject]
    corrects = draw(st.booleans()) and bool(known)
    choices = sorted(known) if corrects else [hour for hour in range(HOURS) if hour not in known]
    if not choices:
        return
    first = draw(st.sampled_from(choices))
    count = 1
    while first + count in choices and draw(st.booleans()):
        count += 1
    name = draw(st.sampled_from((None, *LAYOUTS)))
    source = None
    if name is not None:
        source = Source(name, draw(st.sampled_from(("M1", "M2"))) if LAYOUTS[name].meter_column else "")
        if ledger.documents() == () or ledger.meter_layout(FILE) != LAYOUTS[name]:
            ledger.describe_document(FILE, kind="meter-file", title="May", layout=LAYOUTS[name])
    expected = source is not None and model.is_of_another(subject, source)
    values = [draw(st.integers(0, 3)) for _ in range(count)]
    if expected:
        before = dump(ledger)
        with pytest.raises(RefusedError) as refused:
            give(ledger, subject, first, values, source=source, corrects=corrects)
        assert (refused.value.rule, dump(ledger)) == ("file-of-another", before)
        event("refused")
        return
    give(ledger, subject, first, values, source=source, corrects=corrects)
    known.update(dict.fromkeys(range(first, first + count), source))


@pytest.mark.hypothesis
@given(data=st.data())
def test_no_series_counts_for_two_subjects(data: st.DataObject) -> None:
    """Invariant 5: what is refused is what another subject has a live hour of, and nothing else."""
    ledger = cl.open_ledger(":memory:", clock=Clock())
    for name in ("one", "two", "three"):
        ledger.register_device(device(name))
    ledger.register_meter(cl.Meter(id="feeder", shares={"three": 1}))
    model = Model()
    for _ in range(data.draw(st.integers(2, 14))):
        one_step(data.draw, ledger, model)
    assert ledger.audit().passed
