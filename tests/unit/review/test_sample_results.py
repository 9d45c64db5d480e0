"""What was found for a sample, read from a file: complete, of chosen steps alone, and in whole Wh."""

from pathlib import Path

import pytest
from tests.support.reviewed_ledgers import r06

import carbon_ledger as cl
from carbon_ledger.errors import MissingDataError, QuantityError
from carbon_ledger.records import seconds_text
from carbon_ledger.review import sample_results


@pytest.fixture(scope="module")
def sample() -> cl.Sample:
    return r06().ledger.sample("seed", tolerable="50%")


def lines_of(sample: cl.Sample) -> list[str]:
    return [f"{item.step.device},{seconds_text(item.step.start_utc)},{item.step.net_wh}" for item in sample.items]


def file_of(folder: Path, *lines: str, head: str = "device,start,found_wh") -> Path:
    path = folder / "found.csv"
    path.write_text("\n".join([head, *lines]), encoding="utf-8")
    return path


def test_what_was_found_is_evaluated(tmp_path: Path, sample: cl.Sample) -> None:
    first, *others = lines_of(sample)
    device, start, wh = first.split(",")
    found = cl.read_sample_results(file_of(tmp_path, f"{device},{start},{int(wh) // 2}", *others), sample)
    result = cl.evaluate_sample(sample, found)
    assert (result.errors, len(found)) == (1, len(sample.items))
    path = file_of(tmp_path, *(line.replace(",", ";") for line in lines_of(sample)), head="\ufeffdevice;start;found_wh")
    assert cl.evaluate_sample(sample, cl.read_sample_results(path, sample)).errors == 0


def test_a_step_that_was_not_tested_is_no_step_without_an_error(tmp_path: Path, sample: cl.Sample) -> None:
    first, *others = lines_of(sample)
    for lines in (others, [f"{first.rpartition(',')[0]},", *others]):
        path = file_of(tmp_path, *lines)
        with pytest.raises(MissingDataError, match=rf"1 of {len(sample.items)} chosen steps have no found_wh"):
            cl.read_sample_results(path, sample)
        assert len(cl.read_sample_results(path, sample, partial=True)) == len(others)


def test_wrong_rows_are_refused_with_their_line(
    tmp_path: Path, sample: cl.Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = lines_of(sample)[0]
    device, start, _ = first.split(",")
    for line, words in (
        (f"other,{start},1", f"the step of other from {start} was not chosen"),
        (f"{device},2025-03-01,1", "'2025-03-01', expected a time such as 2025-03-01T00:00:00Z"),
        (f"{device},2025-03-01T00:00:00.5Z,1", "expected a time such as"),
        (f"{device},noon,1", "expected a time such as"),
        (f"{device},{start},1.5", "'1.5', expected whole Wh, without separators"),
        (f"{device},{start},1E+09", "expected whole Wh"),
        (f"{device},{start},٣", "expected whole Wh"),
    ):
        with pytest.raises(QuantityError) as refused:
            cl.read_sample_results(file_of(tmp_path, line), sample)
        assert "found.csv, line 2" in str(refused.value)
        assert words in str(refused.value)
    with pytest.raises(QuantityError, match="line 3: this step stands twice"):
        cl.read_sample_results(file_of(tmp_path, first, first), sample)
    with pytest.raises(MissingDataError, match="no column 'found_wh'"):
        cl.read_sample_results(file_of(tmp_path, head="device,start,found"), sample)
    with pytest.raises(QuantityError, match="expected a Sample"):
        cl.read_sample_results(file_of(tmp_path), ())  # type: ignore[arg-type]
    monkeypatch.setattr(sample_results, "MOST_ROWS", 1)
    with pytest.raises(QuantityError, match="line 3: more than 1 rows"):
        cl.read_sample_results(file_of(tmp_path, *lines_of(sample)), sample)


def test_understated_and_negative_energy_is_read(tmp_path: Path, sample: cl.Sample) -> None:
    first, *others = lines_of(sample)
    device, start, wh = first.split(",")
    for found in (-5, 2 * int(wh)):
        path = file_of(tmp_path, f"{device},{start},{found}", *others)
        assert cl.read_sample_results(path, sample)[device, sample.items[0].step.start_utc] == found
