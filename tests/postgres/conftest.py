"""One server for all tests of a process; each test has schemas of its own."""

import os
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from tests.support.postgres import Server, missing, required

NewUrl = Callable[[], str]
_numbers = count()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server without fsync; tests of crashes start servers of their own."""
    if found := missing():
        message = f"tests with PostgreSQL need {' and '.join(found)}: pip install -e '.[test-postgres]'"
        if required():
            pytest.fail(message)
        pytest.skip(message)
    running = Server("fsync=off", "max_connections=60", "shared_buffers=32MB")
    yield running
    running.remove()


@pytest.fixture
def url(server: Server) -> NewUrl:
    """A function that gives the URL of a new ledger each time."""
    return lambda: server.url(f"t_{os.getpid()}_{next(_numbers)}")
