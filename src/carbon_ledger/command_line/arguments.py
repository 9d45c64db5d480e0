"""What people type, from text to the library's own records: periods, units, evidence, factors, checkpoints."""

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NoReturn, cast

import click

from carbon_ledger.files import read_file
from carbon_ledger.printing import named

if TYPE_CHECKING:
    from decimal import Decimal

    from carbon_ledger.choices import SelectionOrder, TimeLike
    from carbon_ledger.factors import EmissionFactor
    from carbon_ledger.ledger.commands.selection import Selection
    from carbon_ledger.ledger.reader import Reader
    from carbon_ledger.periods import Period

PERIOD_HELP: Final = (
    "a year 2024, a month 2024-05, a day 2024-05-31, or START/END, two days or times, where END is not included"
)
_YEAR: Final = re.compile("[0-9]{4}")
_MONTH: Final = re.compile("([0-9]{4})-([0-9]{2})")
_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COUNT: Final = re.compile("[0-9]{1,18}")
MOST_PROOF_BYTES: Final = 1 << 20  # of the file of a checkpoint or of a proof
_DIGEST: Final = re.compile("sha256:[0-9a-f]{64}")


def misused(text: str) -> NoReturn:
    """Refuse the words of a call.

    Args:
        text: What was given, what was expected, and what to do.

    Raises:
        click.UsageError: Always.
    """
    raise click.UsageError(text)


def period_of(text: str, zone: str | None) -> "Period":
    """The period that a text names.

    Args:
        text: A year, a month, a day, or a start and an exclusive end with a slash or two points between.
        zone: IANA zone of the dates.

    Raises:
        click.UsageError: The text is something else, or *zone* is missing.
        PeriodError: A time is invalid, or the period is empty.

    Example:
        >>> print(period_of("2024-05", "Europe/Berlin"))
        2024-05-01T00:00:00+02:00 to 2024-06-01T00:00:00+02:00 (Europe/Berlin)
    """
    from carbon_ledger.periods import Period

    for divider in ("/", ".."):
        start, found, end = text.partition(divider)
        if found and start and end:
            if any(_MONTH.fullmatch(part) or _YEAR.fullmatch(part) for part in (start, end)):
                expected = "expected two days or times, such as 2024-01-01/2024-07-01, where the second is not included"
                raise click.UsageError(f"period {named(text)}: {expected}")
            return Period.of(start, end, zone=zone)
    month = _MONTH.fullmatch(text)
    if not (month or _YEAR.fullmatch(text) or _DAY.fullmatch(text)):
        raise click.UsageError(f"period {named(text)}: expected {PERIOD_HELP}")
    if zone is None:
        raise click.UsageError(f"period {named(text)}: local days begin by a zone; give --zone, such as Europe/Berlin")
    if month:
        return Period.month(int(month[1]), int(month[2]), zone=zone)
    return Period.day(text, zone=zone) if _DAY.fullmatch(text) else Period.year(int(text), zone=zone)


def time_of(text: str | None, zone: str | None) -> "TimeLike | None":
    """A time, or the begin of a local day.

    Args:
        text: A time with its offset, or a day; None: none was given.
        zone: IANA zone of the day.

    Raises:
        click.UsageError: The text is a day, and *zone* is missing.
        PeriodError: The day does not exist.

    Example:
        >>> time_of("2024-05-01", "Europe/Berlin").isoformat()
        '2024-04-30T22:00:00+00:00'
    """
    from carbon_ledger.periods import Period

    if text is None or not _DAY.fullmatch(text):
        return text
    if zone is None:
        raise click.UsageError(f"{text} is a day, which begins by a zone; give --zone, such as Europe/Berlin")
    return Period.day(text, zone=zone).start


def evidence_of(text: str | None) -> str | None:
    """The digest of a document: the text if it is a digest, else the digest of the file at that path.

    Args:
        text: A digest, the path of a file, or None.

    Raises:
        MissingDataError: There is no such file.
    """
    if text is None or _DIGEST.fullmatch(text):
        return text
    from carbon_ledger.metering.meter_csv import digest_file

    return digest_file(text)


def factor_of(reader: "Reader", name: str | None) -> "EmissionFactor | None":
    """The factor with an id: one that the ledger adopted, else one that is bundled.

    Args:
        reader: The ledger.
        name: The factor's id, or None.

    Raises:
        FactorNotFoundError: There is no such factor.
    """
    from carbon_ledger.errors import UnknownFactorError
    from carbon_ledger.factors import builtin

    if name is None:
        return None
    try:
        return reader.factor(name)
    except UnknownFactorError:
        return builtin().get(name)


def buffer_of(text: str | None) -> "int | Decimal | None":
    """A buffer: a count of units if the text is a whole number, else a share.

    Args:
        text: A text such as ``100`` or ``0.05``, or None.

    Raises:
        click.UsageError: It is neither.
    """
    from decimal import Decimal

    if text is None:
        return None
    if _COUNT.fullmatch(text):
        return int(text)
    if re.fullmatch(r"0?\.[0-9]{1,18}", text):
        return Decimal(text)
    raise click.UsageError(f"--buffer {named(text)}: expected a count of units, or a share such as 0.05")


def units_of(
    blocks: tuple[str, ...],
    count: int | None,
    instrument: str | None,
    vintage: int | None,
    project: str | None,
    order: str | None,
) -> "str | tuple[str, ...] | Selection":
    """The units that a command moves: blocks by their serials, or a count that the ledger selects.

    Args:
        blocks: Texts of blocks.
        count: How many units to select, or None.
        instrument, vintage, project, order: Which units to select, and in which order.

    Raises:
        click.UsageError: Both are given, or neither is.
    """
    chosen = {"--instrument": instrument, "--vintage": vintage, "--project": project, "--order": order}
    if blocks and count is None and not any(value is not None for value in chosen.values()):
        return blocks[0] if len(blocks) == 1 else blocks
    if blocks or count is None or instrument is None:
        raise click.UsageError("name the units: either blocks such as hydro/2024/17/1-250, or --count and --instrument")
    from carbon_ledger.ledger.commands.selection import Selection

    chosen_order = cast("SelectionOrder", "oldest-vintage" if order is None else order)
    return Selection(count, instrument, vintage=vintage, project=project, order=chosen_order)


def pairs_of(texts: Iterable[str], option: str, example: str) -> dict[str, str]:
    """Names and values, from texts such as ``name=value``.

    Args:
        texts: The texts.
        option: The option that they were given with, for messages.
        example: A text that would be right.

    Raises:
        click.UsageError: A text has no name or no value, or a name comes twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name or not value or name in found:
            raise click.UsageError(f"{option} {named(text)}: expected each name once, with a value, such as {example}")
        found[name] = value
    return found


def number_of(text: str) -> int | str:
    """A whole number, or the text as it is: whoever takes it says what was expected.

    Args:
        text: The text.
    """
    return int(text) if _COUNT.fullmatch(text) else text


def entry_of(text: str) -> int | None:
    """The number of an entry, or None if the text is no number.

    Args:
        text: The text.
    """
    return int(text) if _COUNT.fullmatch(text) else None


def checkpoint_of(path: str) -> bytes:
    """The bytes of a published checkpoint.

    Args:
        path: Its file, or the directory of the published log.

    Raises:
        StoreError: The file cannot be read.
        click.UsageError: It is no checkpoint.
    """
    from carbon_ledger.errors import StoreError

    file = os.path.join(path, "checkpoint") if os.path.isdir(path) else path
    found = read_file(file, StoreError, most=MOST_PROOF_BYTES)
    if "\n\n\N{EM DASH} ".encode() not in found:
        misused(f"{path}: no signed checkpoint; give the file 'checkpoint' of a published log, or the log's directory")
    return found
