"""Read small files of metered energy by a layout."""

from pathlib import Path
from typing import Any

import pytest
from tests.support.meter_tables import ReadTable, table_layout

from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.meter_files import MeterFile, read_meter_file


@pytest.fixture
def read_table(tmp_path: Path) -> ReadTable:
    """Read a file of the given content, by a layout or by changes of the usual one."""

    def reader(
        content: str | bytes, layout: MeterLayout | None = None, *, on_refusal: str = "raise", **changes: Any
    ) -> MeterFile:
        path = tmp_path / "meter.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_meter_file(path, layout or table_layout(**changes), on_refusal=on_refusal)

    return reader
