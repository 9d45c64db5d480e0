"""`describe_meter_file`: what a file of metered energy seems to be, and what has to be asked before it is read."""

import os
from collections.abc import Mapping
from itertools import islice
from typing import Final

from attrs import evolve, field, frozen

from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.mappings import FrozenMapping
from carbon_ledger.metering.guess.known import built_in
from carbon_ledger.metering.guess.proposal import table_record
from carbon_ledger.metering.guess.questions import Inquiry, LayoutQuestion, ask_zone
from carbon_ledger.metering.guess.sample import FileSample, sample_of
from carbon_ledger.metering.guess.table import require_text
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.layouts.catalogue import LAYOUTS
from carbon_ledger.metering.meter_files import MeterFile, read_meter_file
from carbon_ledger.metering.runs import MeterSeries
from carbon_ledger.periods import zone_info
from carbon_ledger.printing import printable, quote
from carbon_ledger.records import Record

_NAMES: Final[Mapping[str, str]] = {
    "nem12": "a NEM12 file",
    "green-button": "a Green Button document (ESPI)",
    "entsoe": "an ENTSO-E GL_MarketDocument",
}
_MOST_METERS: Final = 5


@frozen(kw_only=True, repr=False)
class MeterFileDescription(Record):
    """What a file of metered energy seems to be: a layout with its reasons and doubts, or the questions before it.

    Nothing is recorded, and a layout is there only when no question is open.

    Args:
        path: The file, as the caller named it.
        layout: The proposed layout; None as long as a question is open, or if the file cannot be described.
        questions: The questions that are open. [`LayoutQuestion`]
        reasons: Why the layout is as it is, each part by itself.
        doubts: What the file leaves uncertain, and the first refusal when it is read by the layout.
        read: What the layout reads from the file: for each meter its period, its energy and its largest step.
        answers: The answers that were given, by the names of their questions.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "may.csv")
        ...     _ = path.write_text("time,Export kWh\\n2024-05-13T00:00,5\\n2024-05-13T01:00,3\\n")
        ...     described = describe_meter_file(path, zone="Asia/Baku")
        ...     described.layout, [question.name for question in described.questions]
        ...     described.answered(stamp="start").layout.values[0].role
        (None, ['stamp'])
        'export'
    """

    path: str
    layout: MeterLayout | None
    questions: tuple[LayoutQuestion, ...]
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]
    read: tuple[str, ...]
    answers: Mapping[str, str]
    _sample: FileSample = field(repr=False)
    _zone: str | None = field(repr=False)

    def answered(self, **answers: str) -> "MeterFileDescription":
        """The description with the answers to some questions; further ones may follow from them.

        Args:
            answers: For each question its name and one of its choices. An earlier answer may be replaced.

        Raises:
            QuantityError: There is no such question about this file, or the answer is not one of its choices.
            PeriodError: The zone does not exist.
        """
        texts = {name: require_text(answer) for name, answer in answers.items()}
        if "zone" in texts:
            zone_info(texts["zone"])
        return _described(self._sample, self._zone, {**self.answers, **texts})

    def __str__(self) -> str:
        """The description as text, with the layout as TOML, or the questions that are open."""
        lines = [f"{self.path}: " + ("a layout is proposed" if self.layout else "no layout yet")]
        for title, items in (("because", self.reasons), ("in doubt", self.doubts), ("read by it", self.read)):
            if items:
                lines += ["", f"{title}:", *(f"- {item}" for item in items)]
        for question in self.questions:
            suggested = f" (the file suggests {quote(question.suggested)})" if question.suggested else ""
            lines += ["", f"{question.name}? {question.text}{suggested}"]
            lines += [
                f"- {quote(choice)}" + f": {meaning}" * bool(meaning) for choice, meaning in question.choices.items()
            ]
        if self.questions:
            name = self.questions[0].name
            choice = next(iter(self.questions[0].choices), "Europe/Berlin")
            lines += ["", f"answer with .answered({name}={quote(choice)}, ...)"]
        text = "\n".join(map(printable, lines))
        if self.layout is not None:
            text += f"\n\nsave as TOML, and correct what is wrong:\n\n{self.layout.to_toml().rstrip()}"
        return text


def describe_meter_file(path: str | os.PathLike[str], *, zone: str | None = None) -> MeterFileDescription:
    """Describe a file of metered energy: propose a layout, with reasons and doubts, or ask what cannot be known.

    The beginning and the end of the file are looked at. Once no question is open, the file is read by the layout, and
    what the reader refuses is among the doubts. Nothing is recorded.

    Args:
        path: The file.
        zone: IANA zone of the meter; None: it is asked for.

    Returns:
        The description. `print` it; answer its questions with `MeterFileDescription.answered`.

    Raises:
        MissingDataError: The file cannot be read, or is empty.
        QuantityError: The file is neither text, nor a document that is known, nor an Excel file.
        PeriodError: The zone does not exist.
        MissingExtraError: The file is an Excel file, and the extra ``excel`` is not installed.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "may.csv")
        ...     _ = path.write_text("start;Bezug kWh\\n13.05.2024 00:00;5,5\\n13.05.2024 01:00;3,25\\n")
        ...     layout = describe_meter_file(path, zone="Europe/Berlin").layout
        ...     layout.numbers.decimal, layout.time.format, layout.values[0].role
        (',', '%d.%m.%Y %H:%M', 'import')
    """
    if zone is not None:
        zone_info(zone)
    return _described(sample_of(path), zone, {})


def _described(sample: FileSample, zone: str | None, answers: Mapping[str, str]) -> MeterFileDescription:
    inquiry = Inquiry(FrozenMapping(answers))
    layout = built_in(sample, zone, inquiry) if sample.kind in ("text", "excel") else None
    if layout is None and not inquiry.questions:
        layout = _proposed(sample, zone, inquiry)
    inquiry.require_known()
    read: tuple[str, ...] = ()
    if layout is not None:
        read = _tried(sample.path, layout, inquiry)
    return MeterFileDescription(
        path=sample.path,
        layout=layout,
        questions=tuple(inquiry.questions),
        reasons=tuple(inquiry.reasons),
        doubts=tuple(inquiry.doubts),
        read=read,
        answers=FrozenMapping(answers),
        sample=sample,
        zone=zone,
    )


def _proposed(sample: FileSample, zone: str | None, inquiry: Inquiry) -> MeterLayout | None:
    """The layout, or None as long as a question is open."""
    kind = sample.kind
    if kind in _NAMES:
        inquiry.because(f"the file begins as {_NAMES[kind]}, which says of itself what its columns are")
        layout = LAYOUTS.get(kind)
        if kind == "nem12" and layout is not None and zone is None:
            return layout
        found_zone = ask_zone(inquiry, zone, is_local=False)
        if found_zone is None:
            return None
        return evolve(layout, zone=found_zone) if layout else MeterLayout(name=kind, zone=found_zone, format=kind)
    if kind == "xml":
        inquiry.doubt("the file is an XML document, and neither Green Button nor an ENTSO-E GL_MarketDocument")
        return None
    record = table_record(sample, inquiry, zone)
    if record is None or inquiry.questions:
        return None
    try:
        return MeterLayout.from_record(record)
    except CarbonLedgerError as error:
        inquiry.doubt(f"the parts that were found, or answered, do not go together: {error}")
        return None


def _tried(path: str, layout: MeterLayout, inquiry: Inquiry) -> tuple[str, ...]:
    """What the file says if it is read by the layout; the first refusal is a doubt."""
    try:
        file = read_meter_file(path, layout)
    except CarbonLedgerError as error:
        inquiry.doubt(f"read by this layout, the file is refused: {error}")
        return ()
    for note in file.notes:
        inquiry.doubt(note)
    return tuple(_lines(file))


def _lines(file: MeterFile) -> list[str]:
    lines = [f"{file.rows} rows" + f", {file.footers} footers" * bool(file.footers)]
    for series in islice(file.series, _MOST_METERS):
        name = f"meter {series.meter}: " if series.meter else ""
        gaps = f", {len(series.gaps)} gaps" if series.gaps else ""
        lines.append(f"{name}{series.total_wh:,} Wh in {series.period}{gaps}{_largest(series)}")
    if len(file.series) > _MOST_METERS:
        lines.append(f"and {len(file.series) - _MOST_METERS} more meters")
    return lines


def _largest(series: MeterSeries) -> str:
    """The largest step and its average power, which the plant's capacity can be compared with."""
    steps = [
        (abs(value) * 3600 // run.step_s, value, run.step_s)
        for run in series.runs
        for value in (min(run.net_wh), max(run.net_wh))
    ]
    if not steps:
        return ""
    power_w, value, step_s = max(steps)
    return f"; the largest step is {value:,} Wh in {step_s} s, on average {power_w:,} W"
