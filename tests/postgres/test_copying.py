"""Golden ledgers, copied to a server and back: the same entries, rows and audits."""

import shutil
from pathlib import Path

import pytest
from tests.golden.write_golden import VERSIONS
from tests.postgres.conftest import NewUrl
from tests.support.places import GOLDEN

import carbon_ledger as cl
from carbon_ledger.testing._machine.side_by_side import contents

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("name", VERSIONS)
def test_a_golden_ledger_is_the_same_on_a_server(name: str, url: NewUrl, tmp_path: Path) -> None:
    shutil.copy(GOLDEN / f"{name}.db", tmp_path / "golden.db")
    where, own = url(), VERSIONS[name].METHODOLOGIES
    copy = cl.copy_ledger(tmp_path / "golden.db", where, methodologies=own)
    with (
        cl.open_ledger(tmp_path / "golden.db", read_only=True) as golden,
        cl.open_ledger(where, ledger_id="golden") as found,
    ):
        assert copy.root == found.root() == golden.root()
        assert contents(found._store) == contents(golden._store)
        assert found.audit(methodologies=own).passed
        before = contents(found._store)
        found.rebuild()
        assert contents(found._store) == before
        assert cl.copy_ledger(found, tmp_path / "back.db", methodologies=own).root == copy.root
        saved = found.backup(tmp_path / "saved.db")
    for path in (tmp_path / "back.db", saved.path):
        with cl.open_ledger(path, read_only=True) as back, cl.open_ledger(where, read_only=True) as found:
            assert contents(back._store) == contents(found._store)
            assert back.audit(methodologies=own).passed
