"""Scans of meter files: the parts add up to the whole, and what a scan cannot read is refused."""

from collections.abc import Callable
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

import carbon_ledger as cl
from carbon_ledger.errors import MissingDataError, PeriodError, QuantityError
from carbon_ledger.metering.tables import lines

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(content: str) -> Path:
        path = tmp_path / "meter.csv"
        path.write_text(content)
        return path

    return written


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "CHUNK_BYTES", 200)


def layout(**parts: Any) -> cl.MeterLayout:
    usual: dict[str, Any] = {
        "name": "plant",
        "zone": "Europe/Berlin",
        "time": {"columns": "time", "step": "15 min"},
        "values": {"column": "kW", "unit": "kW", "kind": "power"},
        "remainder": "carry",
    }
    return cl.MeterLayout(**usual | parts)


def quarters(count: int, *, first_utc: int = 1_729_810_800) -> str:
    """Quarters of an hour with their offset in UTC from 2024-10-24T23:00Z, over a change of clocks."""
    rows = (
        f"{cl.Period(first_utc + k * 900, first_utc + k * 900 + 900, 'UTC').start.isoformat()},{k % 7}.{k % 10}3"
        for k in range(count)
    )
    return "\n".join(["time,kW", *rows, ""])


def test_the_parts_add_up_to_the_file(write: Write, small_chunks: None) -> None:
    path = write(quarters(960))
    whole = cl.read_meter_file(path, layout())
    with cl.scan_meter_file(path, layout()) as scan:
        parts = list(scan)
        assert scan.rows == 960
        assert scan.sha256 == whole.sha256
    assert len(parts) > 20
    assert tuple(chain.from_iterable(run.net_wh for part in parts for run in part.runs)) == whole.runs[0].net_wh
    assert sum(part.exact_wh for part in parts) == whole.only.exact_wh
    exact_kw = sum(Fraction(f"{k % 7}.{k % 10}3") for k in range(960))
    assert whole.only.exact_wh == exact_kw * 250
    assert 0 <= whole.only.cut_wh < 11  # below 1 Wh on each of 11 local days


def test_what_is_carried_goes_from_part_to_part_and_ends_with_the_day(write: Write, small_chunks: None) -> None:
    thirds = "\n".join(["time,kW", *(f"2024-05-01T{k // 12:02}:{k % 12 * 5:02}Z,0.001" for k in range(288))])
    five = layout(zone="UTC", time={"columns": "time", "step": "5 min"})
    with cl.scan_meter_file(write(thirds), five) as scan:
        total = sum(part.total_wh for part in scan)
    assert total == 24  # 0.001 kW for a day; each step is a twelfth of a Wh


def test_rows_out_of_order_are_refused(write: Write, small_chunks: None) -> None:
    header, *rows = quarters(96).splitlines()
    path = write("\n".join([header, *rows[48:], *rows[:48]]))
    assert len(cl.read_meter_file(path, layout()).runs) == 1
    with cl.scan_meter_file(path, layout()) as scan, pytest.raises(PeriodError, match="not in time order"):
        list(scan)


def test_rows_off_the_grid_of_an_earlier_part_are_refused(write: Write, small_chunks: None) -> None:
    later = quarters(40, first_utc=1_729_810_800 + 40 * 900 + 60).splitlines()[1:]
    path = write(quarters(40) + "\n".join(later))
    with cl.scan_meter_file(path, layout()) as scan, pytest.raises(PeriodError, match="no multiple of the step, 900 s"):
        list(scan)


def test_a_digest_is_of_the_whole_file(write: Write) -> None:
    with cl.scan_meter_file(write(quarters(4)), layout()) as scan:
        with pytest.raises(MissingDataError, match="not been read to its end"):
            _ = scan.sha256
        list(scan)
        assert scan.sha256 == cl.digest_file(scan.path)


@pytest.mark.parametrize(
    "parts",
    [
        {"values": {"column": "kW", "kind": "register"}},
        {"table": {"kind": "excel"}},
        {"time": {"columns": "time", "step": ["15 min", "1 hour"]}},
        {"time": {"columns": "time", "step": "15 min", "order": "newest-first"}},
        {"channel_column": "channel", "values": {"column": "kW", "channel": "1"}},
    ],
    ids=["register", "excel", "steps", "order", "channels"],
)
def test_a_layout_that_a_scan_cannot_read_is_refused(write: Write, parts: dict[str, Any]) -> None:
    with pytest.raises(QuantityError, match="a scan"):
        cl.scan_meter_file(write(quarters(4)), layout(**parts))


def test_a_closed_scan_gives_nothing_more(write: Write, small_chunks: None) -> None:
    scan = cl.scan_meter_file(write(quarters(96)), layout())
    assert next(scan).runs
    scan.close()
    assert list(scan) == []


def test_progress_is_told(write: Write, small_chunks: None) -> None:
    told: list[tuple[int, int]] = []
    path = write(quarters(20))
    with cl.scan_meter_file(path, layout(), progress=lambda read, size: told.append((read, size))) as scan:
        list(scan)
    size = path.stat().st_size
    assert told[-1] == (size, size)
    assert [read for read, _ in told] == sorted(read for read, _ in told)


def test_a_scan_of_rows_without_a_value_is_refused_at_its_end(write: Write) -> None:
    path = write("time,kW\n2024-05-01T00:00Z,\n2024-05-01T00:15Z,\n")
    with (
        cl.scan_meter_file(path, layout(numbers={"missing_is": "gap"})) as scan,
        pytest.raises(MissingDataError, match=r"meter\.csv: no row has a value; expected at least one"),
    ):
        list(scan)


def test_a_refused_value_of_one_column_is_a_gap_of_a_scan_with_a_report(write: Write) -> None:
    path = write("time,in,out\n2024-05-01T00:00Z,x,1\n2024-05-01T00:15Z,1,3\n")
    values = [{"column": "in", "role": "import"}, {"column": "out", "role": "export"}]
    with cl.scan_meter_file(path, layout(values=values), on_refusal="report") as scan:
        (part,) = scan
    assert part.runs[0].net_wh == (2000,)
    assert [(item.line, item.column) for item in scan.refused] == [(2, "in"), (2, "column 'out'")]
