"""What Spark raises when it cannot start or when it ends comes out as an error of this library."""

import pytest

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
