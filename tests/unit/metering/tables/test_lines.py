"""Encodings: each is read by its name, and what another encoding wrote is refused with its place."""

import hashlib
import io
from pathlib import Path

import pytest
from tests.support.meter_tables import ReadTable, table_layout, values_of

from carbon_ledger.csv_rows import MOST_LINE_BYTES
from carbon_ledger.errors import MissingDataError, QuantityError
from carbon_ledger.metering.meter_files import read_meter_file
from carbon_ledger.metering.tables import lines

CONTENT = "Zeit,Zähler é\n2024-05-01 00:00,1.5\n2024-05-01 01:00,2.25\n"
LAYOUT = {"time": {"columns": "Zeit"}, "values": {"column": "Zähler é"}}


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("utf-8", CONTENT.encode()),
        ("utf-8", CONTENT.encode("utf-8-sig")),
        ("cp1252", CONTENT.encode("cp1252")),
        ("latin-1", CONTENT.encode("latin-1")),
        ("utf-16", b"\xff\xfe" + CONTENT.encode("utf-16-le")),
        ("utf-16", b"\xfe\xff" + CONTENT.encode("utf-16-be")),
        ("utf-16", b"\xff\xfe" + CONTENT.replace("\n", "\r\n").encode("utf-16-le")),
    ],
)
def test_an_encoding_is_read_by_its_name(read_table: ReadTable, encoding: str, data: bytes) -> None:
    file = read_table(data, table={"encoding": encoding}, **LAYOUT)
    assert values_of(file) == [1500, 2250]
    assert file.sha256 == f"sha256:{hashlib.sha256(data).hexdigest()}", "the digest is of the original file"


@pytest.mark.parametrize(
    ("encoding", "data", "says"),
    [
        ("utf-8", CONTENT.encode("cp1252"), r"line 1: byte 6 is not UTF-8; save the file as CSV in UTF-8, or name"),
        ("utf-8", b"a,b\nc,d\r\n" + b"\xff", r"line 3: byte 9 is not UTF-8"),
        (
            "utf-8",
            b"PK\x03\x04\x14\x00\x00\x00\x08\x00\xff",
            r'begins as an Excel file; read it with table=\{"kind": "exce',
        ),
        ("cp1252", b"Zeit,kWh\n\x81,1\n", r"line 2: byte 9 is not Windows-1252"),
        ("utf-16", CONTENT.encode("utf-16-le"), r"no byte order mark at its beginning, so it is not UTF-16"),
        ("utf-16", CONTENT.encode(), r"no byte order mark at its beginning"),
        ("utf-16", b"", r"no byte order mark at its beginning"),
        ("utf-16", b"\xff\xfe" + CONTENT.encode("utf-16-le") + b"\x00", "is not UTF-16"),
    ],
)
def test_another_encoding_is_refused_with_its_place(
    read_table: ReadTable, encoding: str, data: bytes, says: str
) -> None:
    with pytest.raises(QuantityError, match=rf"meter\.csv.*{says}"):
        read_table(data, table={"encoding": encoding}, **LAYOUT)


def test_utf_8_read_as_latin_1_lacks_its_column(read_table: ReadTable) -> None:
    with pytest.raises(MissingDataError, match="no column 'Zähler é'"):
        read_table(CONTENT.encode(), table={"encoding": "latin-1"}, **LAYOUT)


def test_pieces_part_no_character_and_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a,é\r\nb,\U0001f600\rc,\n\nd"
    expected = ["a,é\n", "b,\U0001f600\n", "c,\n", "\n", "d\n"]
    for codec, name in (("utf-8", "utf-8"), ("utf-16", "utf-16"), ("utf-8-sig", "utf-8")):
        data = text.encode(codec)
        for size in range(4, len(data) + 1):
            monkeypatch.setattr(lines, "CHUNK_BYTES", size)
            counted: list[int] = []
            read = lines.Lines("file", io.BufferedReader(io.BytesIO(data)), name, counted.append)  # type: ignore[arg-type]
            assert [*read] == expected, (codec, size)
            assert (read.line, counted[-1]) == (6, len(data))
            assert read.sha256 == f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_a_line_that_is_too_long_is_refused(read_table: ReadTable) -> None:
    with pytest.raises(QuantityError, match=r"line 2: .*more than 1,048,576 octets"):
        read_table("time,kWh\n" + "x" * (3 * MOST_LINE_BYTES))


def test_progress_is_reported_up_to_the_whole_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "CHUNK_BYTES", 30)
    path = tmp_path / "meter.csv"
    path.write_text("time,kWh\n2024-05-01 00:00,1.5\n2024-05-01 01:00,2.25\n")
    seen: list[tuple[int, int]] = []
    read_meter_file(path, table_layout(), progress=lambda done, size: seen.append((done, size)))
    assert seen == [(30, 52), (52, 52), (52, 52)]


def test_what_a_callback_raises_comes_out(tmp_path: Path) -> None:
    path = tmp_path / "meter.csv"
    path.write_text("time,kWh\n2024-05-01 00:00,1.5\n")

    def stop(done: int, size: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_meter_file(path, table_layout(), progress=stop)
