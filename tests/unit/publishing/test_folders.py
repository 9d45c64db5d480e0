"""The files of a folder that somebody delivered: every regular file is hashed, and nothing else is opened."""

import hashlib
import os
import socket
from pathlib import Path

import pytest

import carbon_ledger as cl
from carbon_ledger.errors import StoreError
from carbon_ledger.publishing.folders import hashed_files


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def found(folder: Path) -> dict[str, str | None]:
    return {item.path: item.digest or item.problem for item in hashed_files(folder)}


def test_every_file_is_hashed_in_the_order_of_the_paths(tmp_path: Path) -> None:
    for name in ("b", "a/z", "a/b/c", "a.txt", "Z", "é", "empty"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if name == "empty" else name.encode())
    (tmp_path / "nothing" / "inside").mkdir(parents=True)
    files = list(hashed_files(tmp_path))
    assert [item.path for item in files] == ["Z", "a/b/c", "a/z", "a.txt", "b", "empty", "é"]
    for item in files:
        data = (tmp_path / item.path).read_bytes()
        assert (item.digest, item.octets, item.problem) == (digest(data), len(data), None)
        assert item.digest == cl.digest_file(tmp_path / item.path)


def test_no_link_is_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (folder / "own").write_bytes(b"own")
    (folder / "file").symlink_to(outside / "secret")
    (folder / "inner").symlink_to(folder / "own")
    (folder / "there").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    (folder / "broken").symlink_to(tmp_path / "nowhere")
    problem = "a symbolic link, which is not followed"
    assert found(folder) == {"own": digest(b"own")} | dict.fromkeys(
        ("broken", "file", "inner", "loop", "there"), problem
    )
    (tmp_path / "link").symlink_to(folder)
    assert found(tmp_path / "link") == found(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_a_fifo_and_a_socket_are_never_opened(tmp_path: Path) -> None:
    """Whoever opens a FIFO waits for a writer, for ever."""
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        before = Path.cwd()
        os.chdir(tmp_path)  # the name of a socket is short
        try:
            server.bind("socket")
        finally:
            os.chdir(before)
        assert found(tmp_path) == {
            "fifo": "a FIFO (named pipe), and not a regular file",
            "socket": "a socket, and not a regular file",
        }


def test_long_strange_and_deep_names(tmp_path: Path) -> None:
    names = ["x" * 255, "line\nfeed", "\x1b[2Kescape", "tab\t", "-f", "a: cannot be read: b", "quo'te\"", " "]
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    deep = tmp_path.joinpath("deep", *["d" * 40] * 30)
    deep.mkdir(parents=True)
    (deep / "leaf").write_bytes(b"leaf")
    files = found(tmp_path)
    assert files["line\\nfeed"] == digest(b"line\nfeed")
    assert files["\\x1b[2Kescape"] == digest(b"\x1b[2Kescape")
    assert files["/".join(["deep", *["d" * 40] * 30, "leaf"])] == digest(b"leaf")
    assert set(files.values()) == {digest(b"leaf"), *(digest(name.encode()) for name in names)}


def test_a_name_that_is_not_utf_8_is_listed(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9")
    try:
        with open(path, "wb") as file:
            file.write(b"coffee")
    except OSError:
        pytest.skip("this file system has names of UTF-8 only")
    assert found(tmp_path) == {"caf\\udce9": "the path is not UTF-8; rename the file"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="who is root may read everything")
def test_what_may_not_be_read_is_listed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "file").chmod(0)
    (tmp_path / "folder").mkdir(mode=0)
    assert found(tmp_path) == {"file": "Permission denied", "folder": "Permission denied"}
    (tmp_path / "folder").chmod(0o700)


def test_a_problem_of_the_system_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root, a test cannot take permissions away."""
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    real_open, real_list = os.open, os.listdir

    def opened(path: str, *more: object) -> int:
        if str(path).endswith("file"):
            raise PermissionError(13, "Permission denied")
        return real_open(path, *more)

    def listed(path: str) -> list[str]:
        if str(path).endswith("folder"):
            raise PermissionError(13, "Permission denied")
        return real_list(path)

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "listdir", listed)
    assert found(tmp_path) == {"file": "Permission denied", "folder": "Permission denied"}


def test_a_file_that_another_one_replaces_meanwhile_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link that takes the place of a file between two looks leads nowhere."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_bytes(b"file")
    real_stat = os.stat

    def replaced(path: str, *more: object, **options: object) -> os.stat_result:
        if str(path).endswith("file") and not os.path.islink(folder / "file"):
            (folder / "file").unlink()
            (folder / "file").symlink_to(secret)
        return real_stat(path, *more, **options)

    files = hashed_files(folder)
    monkeypatch.setattr(os, "stat", replaced)
    assert [item.problem for item in files] == ["another file took its place meanwhile; check the folder again"]


def test_the_ledger_itself_is_not_read_beside_sqlite(tmp_path: Path) -> None:
    with cl.open_ledger(tmp_path / "ledger.db") as ledger:
        assert "this process has the ledger open" in str(found(tmp_path)["ledger.db"])
        ledger.open_account("a", name="A")


@pytest.mark.parametrize("name", ["missing", "file", "fifo"])
def test_what_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"x")
    if name == "fifo":
        os.mkfifo(tmp_path / "fifo")
    with pytest.raises(StoreError, match=r"cannot be listed: .*; expected a folder"):
        list(hashed_files(tmp_path / name))


@pytest.mark.parametrize("folder", [None, b"x", "", "a\0b", 3])
def test_what_is_no_path_is_refused(folder: object) -> None:
    with pytest.raises(StoreError):
        list(hashed_files(folder))
