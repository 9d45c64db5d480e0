"""Go's own implementation verifies what is published: x/mod/sumdb/tlog and note, as Debian has them.

The checker is built from `check/main.go` without network. Where Go or its library is absent the tests
are skipped, unless CARBON_LEDGER_REQUIRE_GO is set, as it is where they must run.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.go.publishing import fetcher, publish

from carbon_ledger.log import merkle, tiles
from carbon_ledger.log.proof import TlogProof, format_proof
from carbon_ledger.log.published import tile_reader
from carbon_ledger.signing import Signer

pytestmark = pytest.mark.outside

SOURCE = Path(__file__).resolve().parent / "check"
LIBRARY = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb")
SIZE, OLD_SIZE = 70_000, 12_345

ENTRIES = [b'{"n":%d}' % number for number in range(SIZE)]
SIGNER = Signer("example.com/log42", bytes(range(32)))
KEY = str(SIGNER.verifier_key)


def go() -> str:
    """Where Go is; without it the test is skipped, or fails where it must run."""
    found = shutil.which("go")
    if found and LIBRARY.is_dir():
        return found
    missing = (
        "Go's checker cannot be built: apt-get install golang-go golang-golang-x-mod-dev "
        f"(go: {found or 'absent'}, {LIBRARY}: {'there' if LIBRARY.is_dir() else 'absent'})"
    )
    if os.environ.get("CARBON_LEDGER_REQUIRE_GO"):
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("go") / "check"
    alone = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "CGO_ENABLED": "0", "GOPROXY": "off"}
    done = subprocess.run(
        [go(), "build", "-o", str(program), "."],
        cwd=SOURCE,
        env=os.environ | alone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return program


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 70,000 entries that grew from 12,345; the older checkpoint is kept beside it."""
    place = tmp_path_factory.mktemp("published")
    (place / "old").write_bytes(publish(place / "log", ENTRIES[:OLD_SIZE], SIGNER))
    publish(place / "log", ENTRIES, SIGNER, old_size=OLD_SIZE)
    return place


def check(checker: Path, directory: Path, *more: object, key: str = KEY) -> subprocess.CompletedProcess[str]:
    command = [str(checker), "-dir", str(directory), "-key", key, *map(str, more)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_go_verifies_a_published_log(checker: Path, published: Path) -> None:
    done = check(checker, published / "log", "-old", published / "old")
    assert (done.returncode, done.stderr) == (0, "")
    # 274 tiles of leaves, two above them and one above those: C2SP tlog-tiles, "Partial Tiles".
    assert done.stdout.startswith("ok example.com/log42 70000 ")
    assert done.stdout.endswith(" 277 tiles\n")


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 512, 65_536, 65_537])
def test_go_verifies_logs_at_the_edges(checker: Path, tmp_path: Path, size: int) -> None:
    old = tmp_path / "old"
    old.write_bytes(publish(tmp_path / "log", ENTRIES[: (size + 1) // 2], SIGNER))
    publish(tmp_path / "log", ENTRIES[:size], SIGNER, old_size=(size + 1) // 2)
    done = check(checker, tmp_path / "log", "-old", old)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("index", [0, 255, 256, 65_535, 65_536, 69_999])
def test_go_verifies_a_proof_file(checker: Path, published: Path, tmp_path: Path, index: int) -> None:
    path = tiles.inclusion_proof(index, SIZE, tile_reader(fetcher(published / "log")))
    proof = TlogProof(index, tuple(path), (published / "log/checkpoint").read_bytes(), b"said by nobody")
    proof_file, entry_file = tmp_path / "entry.tlog-proof", tmp_path / "entry"
    proof_file.write_bytes(format_proof(proof))
    entry_file.write_bytes(ENTRIES[index])
    arguments = ("-proof", proof_file, "-entry", entry_file)
    done = check(checker, published / "log", *arguments)
    assert done.returncode == 0, done.stderr
    entry_file.write_bytes(ENTRIES[index] + b" ")
    done = check(checker, published / "log", *arguments)
    assert (done.returncode, done.stderr) == (1, "check: proof: invalid transparency proof\n")


FLIPS = [
    ("tile/entries/000", 2, "entries hash to the root"),
    ("tile/entries/000", 0, "a bundle ends inside an entry"),
    ("tile/entries/136", 1234, "entries hash to the root"),
    ("tile/entries/273.p/112", -1, "entries hash to the root"),
    ("tile/0/000", 0, "is not the hashes of the entries"),
    ("tile/0/136", 4567, "is not the hashes of the entries"),
    ("tile/0/273.p/112", -1, "is not the hashes of the entries"),
    ("tile/1/000", 8191, "is not the hashes of the entries"),
    ("tile/1/001.p/17", 0, "is not the hashes of the entries"),
    ("tile/2/000.p/1", 31, "is not the hashes of the entries"),
    ("checkpoint", 0, "checkpoint: invalid signature"),
    ("checkpoint", 18, "checkpoint: invalid signature"),
    ("checkpoint", 40, "checkpoint: invalid signature"),
    ("checkpoint", -20, "checkpoint: invalid signature"),
]


@pytest.mark.parametrize(("path", "at", "message"), FLIPS)
def test_one_flipped_bit_makes_it_fail(checker: Path, published: Path, path: str, at: int, message: str) -> None:
    file = published / "log" / path
    whole = file.read_bytes()
    flipped = bytearray(whole)
    flipped[at] ^= 1
    file.write_bytes(flipped)
    try:
        done = check(checker, published / "log")
    finally:
        file.write_bytes(whole)
    assert done.returncode == 1
    assert message in done.stderr


def test_another_key_makes_it_fail(checker: Path, published: Path) -> None:
    other = Signer(SIGNER.name, bytes(32))
    done = check(checker, published / "log", key=str(other.verifier_key))
    assert (done.returncode, done.stderr) == (1, "check: checkpoint: note has no verifiable signatures\n")


def test_a_fork_makes_it_fail(checker: Path, published: Path, tmp_path: Path) -> None:
    """An older checkpoint of the same log, signed by the same key, over one other entry."""
    old = tmp_path / "old"
    old.write_bytes(publish(tmp_path / "fork", [*ENTRIES[:499], b"rewritten"], SIGNER))
    done = check(checker, published / "log", "-old", old)
    assert (done.returncode, done.stderr) == (1, "check: old checkpoint: invalid transparency proof\n")


def test_an_entry_that_is_absent_makes_it_fail(checker: Path, tmp_path: Path) -> None:
    publish(tmp_path, ENTRIES[:300], SIGNER)
    (tmp_path / "tile/entries/001.p/44").unlink()
    done = check(checker, tmp_path)
    assert done.returncode == 1
    assert "tile/entries/001.p/44: no such file" in done.stderr


def test_the_same_log_by_our_own_functions(published: Path) -> None:
    """What Go reads is what the functions here read, where Go is absent too."""
    read = tile_reader(fetcher(published / "log"))
    leaves = [merkle.leaf_hash(entry) for entry in ENTRIES]
    root = merkle.root_hash(leaves)
    assert tiles.root_hash(SIZE, read) == root
    proof = tiles.consistency_proof(OLD_SIZE, SIZE, read)
    merkle.verify_consistency(OLD_SIZE, SIZE, proof, merkle.root_hash(leaves[:OLD_SIZE]), root)
