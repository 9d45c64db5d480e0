"""The SQL that stores share as PostgreSQL has it, and the types of values on their way to the server and back.

The shared SQL is written as SQLite has it: question marks and colons mark values, hints name an index, and tables have
no schema. PostgreSQL has no hints, and psycopg marks values with a percent sign. Statements name the schema of each
table, because a pooler may run every transaction in another session, with the search path of somebody else.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format
from psycopg.types.numeric import Int8BinaryDumper, NumericBinaryLoader

from carbon_ledger.stores.tables import BY_NAME

if TYPE_CHECKING:
    from psycopg import Connection

_HINT: Final = re.compile(r" indexed by \w+")
_NAMED: Final = re.compile(r":(\w+)")
_TABLE: Final = re.compile(rf"\b(from|join|insert into|update|copy) ({'|'.join(('entry', 'tile', *BY_NAME))})\b(?!\.)")


@lru_cache(maxsize=512)
def translated(sql: str) -> str:
    """A statement of the shared SQL as psycopg takes it."""
    return _NAMED.sub(r"%(\1)s", _HINT.sub("", sql)).replace("?", "%s")


@lru_cache(maxsize=1_024)
def qualified(sql: str, schema: str) -> str:
    """A statement whose tables are those of a schema, whatever the search path of the session is.

    Args:
        sql: The statement.
        schema: The schema, between quotation marks.
    """
    return _TABLE.sub(rf"\1 {schema}.\2", sql)


class _Sum(Loader):
    """A sum of bigint, which PostgreSQL computes as numeric, as a whole number."""

    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        """The number."""
        return int(NumericBinaryLoader(self.oid).load(data))


def adapt(connection: "Connection") -> None:
    """Register the types of values of a connection.

    Whole numbers have 64 bits, whatever their size: the columns are bigint, and a recursive query needs one type.
    """
    connection.adapters.register_dumper(int, Int8BinaryDumper)
    connection.adapters.register_loader("numeric", _Sum)
