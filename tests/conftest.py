"""Fixtures for all tests: a clock that the test moves, ledgers on both stores, and devices."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import carbon_ledger as cl
from carbon_ledger.testing import Clock

SHARED = Path(__file__).resolve().parents[1] / "../shared"
EVIDENCE = "sha256:" + "e" * 64

Opener = Callable[..., cl.Ledger]

# No test depends on how fast the machine is today.
# The default suite tries 20 examples of a property; CI tries 100 of each once: `--hypothesis-profile=thorough`.
settings.register_profile("carbon_ledger", deadline=None, max_examples=20)
settings.register_profile("thorough", deadline=None, max_examples=100)
settings.load_profile("carbon_ledger")

MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 2 * 2**30


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep the default suite's files in memory where there is room: few of its tests are about the disk.

    The slow tests, among which are those of power cuts and full disks, keep their files where the system keeps them.
    """
    chosen = "not slow" in config.option.markexpr and not {"TMPDIR", "PYTEST_DEBUG_TEMPROOT"} & set(os.environ)
    if chosen and MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES:
        os.environ["TMPDIR"] = os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)
        tempfile.tempdir = str(MEMORY)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-messages",
        action="store_true",
        help="write the texts of the cases in tests/messages into their snapshots",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Rewrite the snapshots in one process, whatever `-n` says: one process has all texts."""
    if config.getoption("--rewrite-messages"):
        config.option.numprocesses = 0


def pytest_collection_finish() -> None:
    """Keep the 17,000 collected tests out of every later garbage collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "sqlite"])
def opener(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Opener:
    """A function that opens the same ledger each time. A ledger in memory is the same object each time."""
    if request.param == "memory":
        ledger = cl.open_ledger(":memory:", ledger_id="test", clock=clock, by="tester")
        return lambda **_: ledger
    return lambda **more: cl.open_ledger(tmp_path / "test.db", ledger_id="test", clock=clock, by="tester", **more)


@pytest.fixture
def ledger(opener: Opener) -> Iterator[cl.Ledger]:
    """An empty ledger with accounts `op`, `buyer` and `other`."""
    with opener() as opened:
        for account in ("op", "buyer", "other"):
            opened.open_account(account, name=account.title())
        yield opened


def device(name: str = "plant", **fields: object) -> cl.Device:
    """A run-of-river plant of 100 MW in Azerbaijan, commissioned in 2020."""
    given: dict[str, object] = {
        "id": name,
        "name": name.title(),
        "technology": "hydro/run-of-river",
        "capacity": "100 MW",
        "country": "AZ",
        "grid": "AZ",
        "zone": "Asia/Baku",
        "commissioned": "2020-01-01",
    }
    return cl.Device(**(given | fields))


def dump(ledger: cl.Ledger) -> list[object]:
    """Every entry and every derived row, as bytes and plain values."""
    from carbon_ledger.core.state.store import TABLES

    store = ledger._store
    rows = [(table, list(store.rows(table))) for table in TABLES]
    return [list(store.entries(0, store.size())), list(store.leaves(0, store.size())), rows]


def shared_file(name: str) -> Path:
    """A file of the outside data. If the file is absent, the test is skipped with a message."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"outside data {name} is absent: {path}")
    return path
