"""The rules of a time zone, as a log records them.

The rules are each change of the offset from UTC, and the rule that applies after the last change. A log records the
meaning of a zone's file rather than its bytes, because different builds of the time zone database write the same rules
in different bytes.
"""

import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import chain, pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from attrs import field, frozen

from carbon_ledger.errors import PeriodError
from carbon_ledger.printing import quote
from carbon_ledger.records import Record

FIRST_CHANGE_UTC: Final = -172_800  # 1969-12-30: no local time from 1970 on depends on a change before it
LAST_CHANGE_UTC: Final = 253_370_764_800  # 9999-01-01
MOST_OFFSET_S: Final = 86_399

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_OFFSETS: Final = 250  # the number of different offsets, since a file numbers them in one byte
_NAME: Final = r"(?:[A-Za-z]{3,10}|<[A-Za-z0-9+-]{3,10}>)"
_TIME: Final = r"[+-]?[0-9]{1,3}(?::[0-9]{2}){0,2}"
_DATE: Final = rf"(?:M[0-9]{{1,2}}\.[0-9]\.[0-9]|J?[0-9]{{1,3}})(?:/{_TIME})?"
_CLOSING: Final = re.compile(rf"{_NAME}(?P<standard>{_TIME})(?P<changes>{_NAME}(?P<summer>{_TIME})?,{_DATE},{_DATE})?")
_WEEK_S: Final = 7 * 86_400
_MOST_APART_S: Final = 36_525 * 86_400
_HEADER: Final = struct.Struct(">4sc15x6l")


def _whole(values: Iterable[int]) -> tuple[int, ...]:
    return tuple(values)


@frozen(eq=False, kw_only=True, repr=False)
class ZoneRules(Record):
    """The rules of one time zone: past changes of its clocks from 1970 on, and the rule for later changes.

    Args:
        key: IANA zone.
        release: The release of the time zone database from which the rules come, e.g. ``2026f``.
        offsets_s: Local time minus UTC: before the first change, then after each change. [s]
        changes_utc: The changes, ascending. [s since 1970-01-01 UTC]
        closing: The rule after the last change, as RFC 9636 and POSIX write it, e.g. ``<+04>-4``.

    Attributes:
        info: The same rules as a `ZoneInfo`, for `datetime`.

    Raises:
        PeriodError: The rules are invalid.

    Source:
        ledger-model section 4; RFC 9636.
    """

    key: str
    release: str
    offsets_s: tuple[int, ...] = field(converter=_whole)
    changes_utc: tuple[int, ...] = field(converter=_whole)
    closing: str
    info: ZoneInfo = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Check the rules and build `info`."""
        object.__setattr__(self, "info", _checked(self))

    def to_record(self) -> dict[str, Any]:
        """Write the rules as a record for an entry. The entry has the zone's key in another field."""
        return {
            "release": self.release,
            "offsets_s": list(self.offsets_s),
            "changes": list(self.changes_utc),
            "closing": self.closing,
        }

    @classmethod
    def from_record(cls, key: str, record: Mapping[str, Any]) -> "ZoneRules":
        """Read the rules from their record in an entry.

        Args:
            key: IANA zone.
            record: The record, as `to_record` writes it.

        Raises:
            PeriodError: The rules are invalid.
        """
        return cls(
            key=key,
            release=record["release"],
            offsets_s=record["offsets_s"],
            changes_utc=record["changes"],
            closing=record["closing"],
        )

    @classmethod
    def from_file(cls, key: str, data: bytes, release: str) -> "ZoneRules":
        """Read the rules from a file of the time zone database.

        Args:
            key: IANA zone.
            data: The file's bytes: TZif, version 2 or later.
            release: The database's release.

        Raises:
            PeriodError: The file is not in that format.

        Source:
            RFC 9636, section 3. [P]
        """
        try:
            offsets, changes, closing = _read(data)
        except (struct.error, ValueError, IndexError):
            raise PeriodError(
                f"zone {quote(key)}: its file is malformed; expected the format of RFC 9636, version 2 or later"
            ) from None
        first = sum(at <= FIRST_CHANGE_UTC for at in changes)
        return cls(key=key, release=release, offsets_s=offsets[first:], changes_utc=changes[first:], closing=closing)

    def same_as(self, other: "ZoneRules") -> bool:
        """Whether both have the same offsets, changes and closing rule. Rules that differ can still mean the same."""
        mine, others = ((item.offsets_s, item.changes_utc, item.closing) for item in (self, other))
        return mine == others

    def agree_with(self, other: "ZoneRules") -> bool:
        """Whether the other rules give the same local times from 1970 on.

        Local times are compared around each change. In the time in which one set of rules still has changes and the
        other already follows its closing rule, they are also compared once a week if that rule has summer time. Closing
        rules that differ in text count as different. So do rules whose last changes are more than a hundred years
        apart.
        """
        if self.same_as(other):
            return True
        first, last = sorted((FIRST_CHANGE_UTC, *rules.changes_utc)[-1] for rules in (self, other))
        if self.closing != other.closing or last - first > _MOST_APART_S:
            return False
        changes = (FIRST_CHANGE_UTC, *self.changes_utc, *other.changes_utc)
        has_summer = "," in self.closing
        moments = chain(changes, (at - 1 for at in changes), range(first, last, _WEEK_S) if has_summer else ())
        return all(_offset(self, at) == _offset(other, at) for at in moments)


def _offset(rules: ZoneRules, at: int) -> timedelta | None:
    return (_EPOCH + timedelta(seconds=at)).astimezone(rules.info).utcoffset()


def _read(data: bytes) -> tuple[list[int], list[int], str]:
    """Read the offsets, the changes and the closing rule from the second block of a TZif file, with 64-bit times."""
    at = 0
    for width in (4, 8):
        magic, version, utc, standard, leaps, times, types, letters = _HEADER.unpack_from(data, at)
        if magic != b"TZif" or version < b"2" or (width == 8 and leaps):
            raise ValueError(magic)
        at += _HEADER.size
        block = at
        at += times * (width + 1) + types * 6 + letters + leaps * (width + 4) + standard + utc
    changes = list(struct.unpack_from(f">{times}q", data, block))
    kinds = data[block + 8 * times : block + 9 * times]
    offsets = [struct.unpack_from(">l", data, block + 9 * times + 6 * k)[0] for k in range(types)]
    closing = data[at:].decode("ascii")
    return [offsets[0], *(offsets[kind] for kind in kinds)], changes, closing.strip("\n")


def _checked(rules: ZoneRules) -> ZoneInfo:
    """Return the rules as a `ZoneInfo` after checking them."""
    subject = f"rules of zone {quote(rules.key)}"
    if len(rules.offsets_s) != len(rules.changes_utc) + 1:
        raise PeriodError(
            f"{subject}: {len(rules.offsets_s)} offsets and {len(rules.changes_utc)} changes; expected one offset "
            "before the first change and one offset after each change"
        )
    if any(abs(offset) > MOST_OFFSET_S for offset in rules.offsets_s) or len(set(rules.offsets_s)) > _MOST_OFFSETS:
        raise PeriodError(
            f"{subject}: expected at most {_MOST_OFFSETS} different offsets, of at most {MOST_OFFSET_S} s each"
        )
    edges = (FIRST_CHANGE_UTC, *rules.changes_utc, LAST_CHANGE_UTC)
    if any(after <= before for before, after in pairwise(edges)):
        raise PeriodError(f"{subject}: expected changes in ascending order, after 1969-12-30 and before 9999")
    closing = _CLOSING.fullmatch(rules.closing)
    if closing is None:
        raise PeriodError(f"{subject}: closing rule {quote(rules.closing)} is malformed; expected e.g. '<+04>-4'")
    if any(abs(offset) > MOST_OFFSET_S for offset in _closing_offsets(closing)):
        raise PeriodError(
            f"{subject}: closing rule {quote(rules.closing)} has too large an offset; expected at most "
            f"{MOST_OFFSET_S} s"
        )
    try:
        info = ZoneInfo.from_file(BytesIO(_written(rules.offsets_s, rules.changes_utc, rules.closing)), key=rules.key)
        after = (_EPOCH + timedelta(seconds=edges[-2] + 1)).astimezone(info).utcoffset()
    except (ValueError, OverflowError) as error:
        raise PeriodError(f"{subject}: closing rule {quote(rules.closing)} is invalid: {error}") from None
    if after != timedelta(seconds=rules.offsets_s[-1]):
        raise PeriodError(
            f"{subject}: after the last change local time is {rules.offsets_s[-1]} s ahead of UTC, but {after} by the "
            f"closing rule {quote(rules.closing)}; expected the same offset"
        )
    return info


def _closing_offsets(closing: re.Match[str]) -> Iterator[int]:
    """Yield the offsets from UTC of a closing rule. The rule itself states UTC minus local time.

    If the rule does not state the offset of summer time, it is one hour more than the standard offset.
    """
    standard = -_seconds(closing["standard"])
    yield standard
    if closing["changes"]:
        yield standard + 3_600 if closing["summer"] is None else -_seconds(closing["summer"])


def _seconds(text: str) -> int:
    parts = [int(part) for part in text.lstrip("+-").split(":")]
    total = sum(part * unit for part, unit in zip(parts, (3_600, 60, 1), strict=False))
    return -total if text.startswith("-") else total


def _written(offsets_s: Sequence[int], changes_utc: Sequence[int], closing: str) -> bytes:
    """Write the rules as a TZif file that the standard library can read, with a placeholder as every abbreviation."""
    kinds = list(dict.fromkeys(offsets_s))
    indices = bytes(kinds.index(offset) for offset in offsets_s[1:])
    block = struct.pack(f">{len(changes_utc)}q", *changes_utc) + indices
    block += b"".join(struct.pack(">lBB", offset, 0, 0) for offset in kinds) + b"AAA\0"
    first = _HEADER.pack(b"TZif", b"2", 0, 0, 0, 0, 1, 4) + struct.pack(">lBB", 0, 0, 0) + b"AAA\0"
    second = _HEADER.pack(b"TZif", b"2", 0, 0, 0, len(changes_utc), len(kinds), 4)
    return first + second + block + b"\n" + closing.encode("ascii") + b"\n"
