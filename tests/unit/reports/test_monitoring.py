"""The tables and the text of a monitoring report."""

from tests.support.reported import REPORTS, corrected, granular, imported, two_vintages, waived

import carbon_ledger as cl


def rows_of(report: cl.MonitoringReport, title: str) -> tuple[dict[str, str | int | None], ...]:
    (found,) = (item for item in report.tables() if item.title.startswith(title))
    return found.rows


def test_every_table_has_cells_for_its_columns_and_nothing_is_a_float() -> None:
    for make in REPORTS:
        for item in make().tables():
            for row in item.rows:
                assert tuple(row) == item.columns
                assert all(isinstance(cell, str | int | None) for cell in row.values())


def test_equipment_is_shown_with_serial_number_class_and_dates() -> None:
    report = two_vintages()
    (meter,) = rows_of(report, "Monitoring equipment")
    assert (meter["meter"], meter["devices"], meter["serial number"], meter["class"]) == (
        "feeder",
        "one, two",
        "=5012",
        "0.2",
    )
    assert meter["calibration due"] == "2025-01-10"
    (calibration,) = rows_of(report, "Calibrations")
    assert (calibration["due"], calibration["done"], calibration["export error"]) == (
        "2024-01-10",
        "2024-01-20 (late)",
        "0.35 %",
    )


def test_what_is_absent_is_said() -> None:
    report = imported()
    said = {item.title: item.empty for item in report.tables() if not item.rows}
    assert said["Comparison with the estimate"] == "The project records no estimate."
    assert said["Calibrations"] == "No calibration is recorded."
    assert "recorded for the devices themselves" in said["Monitoring equipment"]
    assert said["Waivers and assumptions"] == "none"


def test_waivers_corrections_and_time_that_is_not_counted_are_shown() -> None:
    assert [row["name"] for row in rows_of(waived(), "Waivers")] == ["methodology-text", "gap", "estimated-readings"]
    assert len(rows_of(waived(), "Time that is not counted")) == 3
    assert {row["why"] for row in rows_of(granular(), "Time that is not counted")} == {"net energy not above zero"}
    (row,) = rows_of(corrected(), "Corrections")
    assert (row["reason"], row["amounts after it"]) == ("=misread", "30.16666365 of 2024")
    amounts = rows_of(corrected(), "Amounts and units")
    assert [row["units issued"] for row in amounts] == ["33", "16"]
    assert [row["units of the issuance that count now"] for row in amounts] == ["33", "13"]


def test_the_text_names_what_was_corrected_waived_and_expected() -> None:
    text = str(corrected())
    assert "units that count now: 13" in text
    assert "corrected by entry 16: =misread" in text
    assert "waived: gap, the logger was down" in str(waived())
    assert "(31 of 61 days, calendar-days)" in str(waived())
    assert "not issued yet" in str(imported())
    assert "&lt;script&gt;" in two_vintages()._repr_html_()
    assert "<script>" not in two_vintages()._repr_html_()
