"""What Spark raises when it cannot start or when it ends comes out as an error of this library."""

import os
import subprocess
import sys

import pytest
from tests.support.places import PYTHONPATH

from carbon_ledger.columns.spark_engine import SparkEngine
from carbon_ledger.errors import StoreError

pytestmark = pytest.mark.spark


def errors() -> list[Exception]:
    protocol = pytest.importorskip("py4j.protocol")
    pyspark = pytest.importorskip("pyspark.errors")
    return [
        pyspark.PySparkRuntimeError(errorClass="JAVA_GATEWAY_EXITED", messageParameters={}),
        protocol.Py4JNetworkError("Answer from Java side is empty"),
        FileNotFoundError(2, "No such file", "java"),
    ]


@pytest.mark.parametrize("number", range(3))
def test_a_spark_that_does_not_start_is_a_store_error(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    error = errors()[number]
    from pyspark.sql import SparkSession

    def refuse(_: object) -> None:
        raise error

    monkeypatch.setattr(SparkSession.Builder, "getOrCreate", refuse)
    with pytest.raises(StoreError, match="is Java 17 installed"):
        SparkEngine()


def test_an_error_of_this_library_is_not_taken_for_one_of_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    sql = pytest.importorskip("pyspark.sql")

    def fail(_: object) -> None:
        raise TypeError("a mistake")

    monkeypatch.setattr(sql.SparkSession.Builder, "getOrCreate", fail)
    with pytest.raises(TypeError):
        SparkEngine()


def test_spark_writes_nothing_to_stdout_and_no_warning_to_stderr() -> None:
    """What Java writes before it reads an option stays: that it has a module, and a level that is not used."""
    code = (
        "import warnings\n"
        "from carbon_ledger.columns.spark_engine import SparkEngine\n"
        "before = warnings.filters[:]\n"
        "engine = SparkEngine()\n"
        "print(engine.rows('select 1'), warnings.filters == before)\n"
        "engine.close()\n"
    )
    environment = {**os.environ, "PYTHONPATH": PYTHONPATH}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "[(1,)] True\n"), done.stderr
    assert not any(text in done.stderr for text in ("FutureWarning", " WARN ", "log4j")), done.stderr
