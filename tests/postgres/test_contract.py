"""The PostgreSQL store passes the store contract, on a real server."""

import hashlib
from pathlib import Path

import pytest
from tests.support.postgres import Server

from carbon_ledger.core.state.store import Store
from carbon_ledger.stores.postgres import PostgresStore
from carbon_ledger.testing import StoreContract

pytestmark = pytest.mark.postgres


class TestPostgresStore(StoreContract):
    """Each directory is a schema. No file is in it, so a crash is tested elsewhere."""

    persistent = True
    test_a_crash_leaves_the_last_committed_state = None

    @pytest.fixture(autouse=True)
    def _server(self, server: Server) -> None:
        self.server = server

    def make_store(self, directory: Path) -> Store:
        return PostgresStore(self.server.url(f"s_{hashlib.sha256(str(directory).encode()).hexdigest()[:24]}"))
