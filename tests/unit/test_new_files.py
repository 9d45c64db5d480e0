"""New files: written completely or not at all, and never over another one."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from carbon_ledger.errors import StoreError
from carbon_ledger.files import write_new


def names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def refuse(number: int) -> Callable[..., None]:
    def refused(*args: object) -> None:
        raise OSError(number, os.strerror(number))

    return refused


def test_a_file_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_new(tmp_path / "a", b"abc", StoreError)
    monkeypatch.chdir(tmp_path)
    write_new("b", b"", StoreError)
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == (b"abc", b"")
    assert names(tmp_path) == ["a", "b"]


@pytest.mark.parametrize("kind", ["file", "directory", "link to nothing"])
def test_what_exists_is_never_overwritten(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    if kind == "file":
        path.write_bytes(b"old")
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match=r"a': cannot be written: File exists; name a new file"):
        write_new(path, b"new", StoreError)
    assert names(tmp_path) == ["a"]
    assert kind != "file" or path.read_bytes() == b"old"


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def late(source: str, target: str) -> None:
        Path(target).write_bytes(b"another's")
        link(source, target)

    monkeypatch.setattr(os, "link", late)
    with pytest.raises(StoreError, match="File exists"):
        write_new(tmp_path / "a", b"new", StoreError)
    assert (tmp_path / "a").read_bytes() == b"another's"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "No space left on device; make room, or name a file on another disk"),
        (errno.EROFS, "Read-only file system; name a file in a folder in which you may write"),
        (errno.EACCES, "Permission denied; name a file in a folder in which you may write"),
    ],
)
def test_a_file_that_cannot_be_written_leaves_nothing(
    number: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", refuse(number))
    with pytest.raises(StoreError, match=f"cannot be written: {message}"):
        write_new(tmp_path / "a", b"abc", StoreError)
    assert names(tmp_path) == []


def test_a_file_system_without_links_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    write_new(tmp_path / "a", b"abc", StoreError)
    with monkeypatch.context() as later:
        later.setattr(os, "replace", refuse(errno.EIO))
        with pytest.raises(StoreError, match="cannot be written"):
            write_new(tmp_path / "b", b"abc", StoreError)
    assert (tmp_path / "a").read_bytes() == b"abc"
    with pytest.raises(StoreError, match="File exists"):
        write_new(tmp_path / "a", b"new", StoreError)
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "the path is empty"),
        (5, "expected a str or a path object"),
        (b"a", "expected a str or a path object"),
        ("a\0b", "null character"),
        ("none/a", "cannot be written: No such file or directory; create its folder, or name another"),
        ("x" * 300, "cannot be written: File name too long"),
    ],
)
def test_a_path_that_cannot_be_written_is_an_error_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: object, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match=message):
        write_new(path, b"", StoreError)  # type: ignore[arg-type]
    assert names(tmp_path) == []
