"""Apache Spark as an engine of a columns audit: on this machine, or in the session of a cluster."""

import os
import re
import sys
import warnings
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from carbon_ledger.columns.dialects import SPARK, prelude
from carbon_ledger.errors import MissingExtraError, StoreError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_SPECIAL: Final = re.compile(r"[][*?{}\\]")  # in a pattern of Hadoop
_ESCAPED: Final = r"\\\g<0>"
_ABSENT: Final = "engine='spark' needs the library pyspark: pip install 'carbon-ledger[spark]'; and Java 17"
# Of a session that is made here: nothing listens beyond this machine, and nothing is printed.
_LOCAL: Final = (
    ("spark.driver.host", "127.0.0.1"),
    ("spark.driver.bindAddress", "127.0.0.1"),
    ("spark.ui.enabled", "false"),
    ("spark.ui.showConsoleProgress", "false"),
    ("spark.sql.shuffle.partitions", "8"),
    # If log4j is given a level, Spark does not load its own configuration, which warns of what has no effect here. The
    # other default writes to stdout, where a command's answer goes: so nothing. A configuration of the user counts.
    ("spark.driver.defaultJavaOptions", "-Dorg.apache.logging.log4j.level=OFF"),
)
# What the texts mean depends on these, so they are set in any session.
_NEEDED: Final = (
    ("spark.sql.session.timeZone", "UTC"),
    ("spark.sql.ansi.enabled", "true"),
    ("spark.sql.ansi.doubleQuotedIdentifiers", "false"),
    ("spark.sql.caseSensitive", "false"),
    ("spark.sql.parser.escapedStringLiterals", "true"),
)


def _import_quietly(name: str) -> None:
    """Import a module of PySpark, which PySpark would import as it starts, without its warning about pandas.

    Nothing is passed to pandas here. Any other warning is shown, and so is this one if a program calls pandas by Spark.
    """
    with warnings.catch_warnings(), suppress(ImportError):
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        import_module(name)


class SparkEngine:
    """Tables as temporary views of a session of Spark, cached in memory and on its disks.

    Args:
        session: The session; None for the one that runs, or for one on this machine, which is stopped at the end.

    Raises:
        MissingExtraError: PySpark is not installed.
        StoreError: Spark cannot be started.
    """

    name = SPARK

    def __init__(self, session: "SparkSession | None" = None) -> None:
        """Start Spark, or take a session beside the given one, whose views and settings stay as they are."""
        try:
            from py4j.protocol import Py4JError
            from pyspark.errors import PySparkException
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise MissingExtraError(_ABSENT) from error
        # Of Spark itself, of the bridge to Java if Java ends, and of the bridge's sockets and processes.
        self._error: tuple[type[Exception], ...] = (PySparkException, Py4JError, OSError)
        self._own: SparkSession | None = None
        session = session or SparkSession.getActiveSession()  # whoever started it stops it
        if session is None:
            # Workers run this Python; another one may lack what they need.
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
            os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
            builder = SparkSession.builder.master("local[*]").appName("carbon-ledger columns audit")
            for key, value in _LOCAL:
                builder = builder.config(key, value)
            _import_quietly("pyspark.testing")
            try:
                session = self._own = builder.getOrCreate()
            except self._error as error:
                raise StoreError(f"spark: {error!s:.300}; is Java 17 installed?") from error
            session.sparkContext.setLogLevel("OFF")
        self._session = session.newSession()
        for key, value in _NEEDED:
            self._session.conf.set(key, value)
        self._cached: dict[str, DataFrame] = {}
        for statement in prelude(self.name):
            self._sql(statement)

    def _sql(self, text: str) -> Any:
        """The frame of a select, or the result of a statement.

        Raises:
            StoreError: Spark cannot run it.
        """
        try:
            return self._session.sql(text)
        except self._error as error:
            raise StoreError(f"spark: {error!s:.500}") from error

    def table(self, name: str, select: str) -> None:
        """Make a table of the rows of a select. It is computed at once, so that plans stay as short as the texts.

        Raises:
            StoreError: Spark cannot run it.
        """
        frame = self._sql(select)
        try:
            found = frame.localCheckpoint()
        except self._error as error:
            raise StoreError(f"spark: {error!s:.500}") from error
        found.createOrReplaceTempView(name)
        self.forget(name)
        self._cached[name] = found

    def forget(self, name: str) -> None:
        """Release what is cached of a table."""
        if name in self._cached:
            self._cached.pop(name).unpersist()

    def drop(self, name: str) -> None:
        """Remove a table. What was made of it is computed first, so that it does not depend on the table."""
        self.forget(name)
        self._session.catalog.dropTempView(name)

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        """The rows of a select.

        Raises:
            StoreError: Spark cannot run it.
        """
        frame = self._sql(select)
        try:
            return [tuple(row) for row in frame.collect()]
        except self._error as error:
            raise StoreError(f"spark: {error!s:.500}") from error

    def read(self, name: str, folder: str, pattern: str) -> None:
        """Make a view of the Parquet files of a table of an export.

        Args:
            name: The view.
            folder: The folder, in whose name no letter stands for others.
            pattern: The files in it.

        Raises:
            StoreError: Spark cannot read them.
        """
        pattern = f"{_SPECIAL.sub(_ESCAPED, folder)}/{pattern}"
        try:
            self._session.read.parquet(pattern).createOrReplaceTempView(name)
        except self._error as error:
            raise StoreError(f"spark: {pattern}: {error!s:.500}") from error

    def close(self) -> None:
        """Release the tables, and stop Spark if it was started here."""
        for name in list(self._cached):
            self.forget(name)
        if self._own is not None:
            self._own.stop()
