"""The columns audit by Spark: the findings of DuckDB, row for row, on sound and on damaged ledgers."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.damaged_files import DAMAGES, damaged, write_ledger

import carbon_ledger as cl
from carbon_ledger.columns.spark_engine import SparkEngine

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """A cluster on this machine, of a worker with a process of its own; one for all tests."""
    required = bool(os.environ.get("CARBON_LEDGER_REQUIRE_SPARK"))
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        if required:
            pytest.fail("CARBON_LEDGER_REQUIRE_SPARK is set, but pyspark is not installed")
        pytest.skip("pyspark is not installed: pip install 'carbon-ledger[spark]'")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master("local-cluster[1,2,1024]").appName("tests")
    for key, value in (
        ("spark.driver.host", "127.0.0.1"),
        ("spark.ui.enabled", "false"),
        ("spark.ui.showConsoleProgress", "false"),
        ("spark.sql.shuffle.partitions", "2"),
    ):
        builder = builder.config(key, value)
    try:
        made = builder.getOrCreate()
    except Exception as error:
        if required:
            pytest.fail(f"CARBON_LEDGER_REQUIRE_SPARK is set, but Spark does not start: {error}")
        pytest.skip(f"Spark does not start; is Java installed? {error}")
    made.sparkContext.setLogLevel("OFF")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("spark") / "sound.db"
    write_ledger(path)
    return path


def same_by_both(path: Path, session: Any) -> cl.columns.ColumnsReport:
    """The report of Spark, which has to be that of DuckDB."""
    ours, theirs = cl.columns.audit(path), cl.columns.audit(path, engine="spark", session=session)
    assert list(theirs.findings) == list(ours.findings)  # every row: check, entry and text
    assert (theirs.root, theirs.checks, theirs.ledger_id) == (ours.root, ours.checks, ours.ledger_id)
    return theirs


def test_a_session_that_runs_already_is_used_and_not_stopped(session: Any) -> None:
    SparkEngine().close()
    assert session.sql("select 1 as one").collect()[0].one == 1


def test_a_sound_ledger_has_no_finding(sound: Path, session: Any) -> None:
    """DuckDB runs the same text on ledgers with every event, in `tests/unit/columns`; here each takes a minute."""
    assert same_by_both(sound, session).passed


@pytest.mark.parametrize("start", [0, 1])
def test_damaged_ledgers_have_the_same_findings(sound: Path, session: Any, tmp_path: Path, start: int) -> None:
    damages = list(DAMAGES.values())[start::2]
    assert not same_by_both(damaged(sound, tmp_path / "damaged.db", damages), session).passed
