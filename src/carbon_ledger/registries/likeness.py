"""Whether two forms of serials can read the same text, whatever their parts are called.

Texts are compared without the case of letters, with each run of other characters as one separator, and with any words
between the first and the last number as a separator: ``GS1-1-ke 1 to 5`` and ``gs1/1/KE/1-5`` are the same. Parts that
are repeated are compared as if each had a name of its own, so two forms can count as alike although no text fits
both; the opposite cannot happen.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, product, starmap
from string import ascii_uppercase, digits
from typing import Final

from attrs import frozen

from carbon_ledger.registries.templates import KINDS, RANGE, SerialForm, SerialPart

_SEPARATOR: Final = "-"
_BITS: Final = {char: 1 << place for place, char in enumerate(digits + ascii_uppercase + _SEPARATOR)}
_SEPARATORS: Final = (_BITS[_SEPARATOR], 1, 0)  # one or more


@frozen
class _Places:
    """The places in a text that a form reads, each with the characters that can follow it; the last place is the end.

    Sets of places are integers with a bit for each. Some places are reached from the one before without a character,
    because a part can be shorter: they lie in runs, and a place that is not in a run is between two of them.

    Args:
        chars: The characters that can follow each place, as bits.
        stays: The places that can be followed by any number of their characters.
        starts: The place before each run.
        ends: The last place of each run.
        runs: All places of the runs.
    """

    chars: tuple[int, ...]
    stays: int
    starts: int
    ends: int
    runs: int

    def closed(self, places: int) -> int:
        """These places, and those that are reached from them without a character.

        In each run, the subtraction changes the bits up to the lowest of *places*, so the bits that stay equal are
        those above it.
        """
        marked = places | self.ends
        return places | (self.runs & ~((marked - self.starts) ^ marked))

    def before(self, chars: int) -> int:
        """The places that one of these characters can follow."""
        return sum(1 << place for place, found in enumerate(self.chars) if found & chars)


def alike(form: SerialForm, others: Iterable[SerialForm]) -> SerialForm | None:
    """The first of some other forms that can read a text that *form* reads; `None` if none of them can.

    Args:
        form: A form.
        others: The forms of another registry.

    Example:
        >>> own = SerialForm("gs{project}/{first}/{last}", space="")
        >>> others = SerialForm("ACR-{first}-{last}", space=""), SerialForm("GS{n:digits}-{first} to {last}", space="")
        >>> alike(own, others).template
        'GS{n:digits}-{first} to {last}'
    """
    return next(
        (other for other in others if any(starmap(_share_a_text, product(*map(_spellings, (form, other)))))), None
    )


@lru_cache(maxsize=1_024)  # most pairs are of built-in forms
def _share_a_text(one: _Places, other: _Places) -> bool:
    """Whether a text leads through both forms to their ends.

    For each place of the first form in turn, it finds all places of the other that the same text can lead to.
    """
    followed = {chars: other.before(chars) for chars in set(one.chars)}
    reached = other.closed(1)
    for place, chars in enumerate(one.chars):
        before, bit = followed[chars], 1 << place
        while bit & one.stays and (more := reached | _step(other, reached, before)) != reached:
            reached = more
        skipped = reached if bit << 1 & one.runs else 0
        reached = _step(other, reached, before) | skipped
    return bool(reached >> len(other.chars) & 1)


def _step(form: _Places, places: int, before: int) -> int:
    """The places of a form after one more character, which can follow the places in *before*."""
    return form.closed((places & before) << 1 | places & before & form.stays)


@lru_cache(maxsize=256)
def _spellings(form: SerialForm) -> tuple[_Places, ...]:
    """The places of a form; and of the form with a separator in place of the words between its two numbers."""
    pieces = form.pieces
    spans = zip(pieces, pieces[1:], pieces[2:], strict=False)
    between = [place for place, (a, _, b) in enumerate(spans, 1) if {_name(a), _name(b)} == {*RANGE}]
    plain = tuple(_SEPARATOR if place in between else piece for place, piece in enumerate(pieces))
    return (_places_of(pieces),) if plain == pieces else (_places_of(pieces), _places_of(plain))


def _places_of(pieces: Iterable[str | SerialPart]) -> _Places:
    chars: list[int] = []
    stays = starts = ends = runs = 0
    # A text begins and ends with a separator, so that it makes no difference whether one is written there.
    for bits, least, most in (_SEPARATORS, *chain.from_iterable(map(_counted, pieces)), _SEPARATORS):
        start = len(chars) + least
        chars += [bits] * (most or least)
        end = len(chars)
        if not most:
            stays |= 1 << end - 1
        elif start < end:
            starts, ends, runs = starts | 1 << start, ends | 1 << end, runs | (2 << end) - (2 << start)
    return _Places(tuple(chars), stays, starts, ends, runs)


def _counted(piece: str | SerialPart) -> Iterator[tuple[int, int, int]]:
    """The characters of a piece, as bits, and the least and the most of them; there is no limit if the most is 0."""
    if isinstance(piece, str):
        for char in piece.upper():
            yield (_BITS[char], 1, 1) if char in _BITS and char != _SEPARATOR else _SEPARATORS
        return
    bits = 0
    for char in KINDS[piece.kind]:
        bits |= _BITS.get(char.upper(), _BITS[_SEPARATOR])
    yield (bits, 1, 0) if bits & _BITS[_SEPARATOR] else (bits, piece.least, piece.most)


def _name(piece: str | SerialPart) -> str:
    return piece.name if isinstance(piece, SerialPart) else ""
