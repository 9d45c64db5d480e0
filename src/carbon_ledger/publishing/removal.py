"""Removing files of a published log that nobody needs: those of a killed publish, and views of earlier checkpoints."""

import os
import re
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Final

from carbon_ledger.publishing.public_views import FOLDER, PAGE

_LEFT_OVER_CHECKPOINT: Final = re.compile(r"\.checkpoint\.[0-9]+\.new")
_LEFT_OVER_TILE: Final = re.compile(r"\.[0-9]{1,3}\.[0-9]+\.new")
_LEFT_OVER_VIEW: Final = re.compile(r"\.(?:index|[0-9]{1,18})\.json\.[0-9]+\.new")
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")


def remove_left_over(place: Path) -> None:
    """Remove the temporary files of a publish that was killed: files with exactly the names that `publish` uses.

    Args:
        place: The directory of the published log.
    """
    for folder, pattern in (("tile", _LEFT_OVER_TILE), (FOLDER, _LEFT_OVER_VIEW)):
        for inner, _, names in os.walk(place / folder):
            _remove(Path(inner), names, pattern)
    _remove(place, os.listdir(place), _LEFT_OVER_CHECKPOINT)


def _remove(folder: Path, names: list[str], pattern: re.Pattern[str]) -> None:
    for name in names:
        path = folder / name
        if pattern.fullmatch(name) and path.is_file() and not path.is_symlink():
            path.unlink()


def remove_views(place: Path, sizes: Set[int]) -> None:
    """Remove the views of every checkpoint but some. Files and folders with other names stay.

    Args:
        place: The directory of the published log.
        sizes: The numbers of entries of the checkpoints whose views stay.
    """
    for folder in _folders(place):
        if int(folder.name) not in sizes:
            _remove_pages(folder, frozenset())


def remove_unlisted(place: Path, size: int, written: Set[str]) -> None:
    """Remove the views of a checkpoint that were not just written, such as those of an account that is public no more.

    Args:
        place: The directory of the published log.
        size: The number of entries of the checkpoint.
        written: The paths of its views.
    """
    for folder in _folders(place):
        if folder.name == str(size):
            _remove_pages(folder, written)


def _folders(place: Path) -> Iterator[Path]:
    """The folders of views, one for each checkpoint."""
    views = place / FOLDER
    if views.is_dir() and not views.is_symlink():
        for name in sorted(os.listdir(views)):
            if _SIZE.fullmatch(name) and (views / name).is_dir() and not (views / name).is_symlink():
                yield views / name


def _remove_pages(folder: Path, kept: Set[str]) -> None:
    """Remove the pages of a folder, and the folders that are empty then."""
    for inner, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(inner) / name
            below = path.relative_to(folder).as_posix()
            whole = f"{FOLDER}/{folder.name}/{below}"
            if PAGE.fullmatch(below) and whole not in kept and path.is_file() and not path.is_symlink():
                path.unlink()
        if not os.listdir(inner):
            os.rmdir(inner)
