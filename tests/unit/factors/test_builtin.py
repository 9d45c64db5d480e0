"""The bundled data, row by row: unit, kind, bounds, source, licence; and its page and script."""

import csv
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.conftest import SHARED, shared_file
from tests.support.each import each
from tests.support.places import PYTHONPATH, ROOT

from carbon_ledger.errors import (
    AmbiguousFactorError,
    FactorNotApplicableError,
)
from carbon_ledger.factors import (
    KINDS,
    EmissionFactor,
    builtin,
)
from carbon_ledger.factors.builtin import bundled_records
from carbon_ledger.factors.fuels import CALORIFIC_UNITS
from carbon_ledger.factors.plausibility import plausibility_flags
from carbon_ledger.factors.regions import alpha2_of, slug
from carbon_ledger.periods import Period
from carbon_ledger.units import intensity_t_per_mwh

DATA = files("carbon_ledger.factors") / "data"
RECORDS = list(bundled_records())
SYSTEMS = ("eGRID:", "Ember:")
LATEST_DATA_YEAR = 2025
each_row = each(RECORDS, lambda record: str(record["factor_id"]))


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def codes() -> set[str]:
    table = json.loads((DATA / "tables" / "regions.json").read_text(encoding="utf-8"))
    return {row["alpha2"] for row in table["rows"]}


@each_row
def test_a_bundled_row_is_a_factor_with_its_source(record: dict[str, Any]) -> None:
    one = EmissionFactor.from_record(record)
    assert one.to_record() == record
    for name in ("publisher", "dataset", "version", "place", "licence", "series", "source"):
        assert str(record[name]).strip(), name
    assert one.kind in KINDS
    assert one.confidence in ("P", "S", "C", "M")
    assert one.region in codes() | {"World"} or one.region.startswith(SYSTEMS)


@each_row
def test_a_bundled_row_has_a_unit_that_is_read_and_bounds_around_its_value(record: dict[str, Any]) -> None:
    if record["unit"] in CALORIFIC_UNITS:
        assert record["kind"] == "fuel"
        assert "gas" not in record
    else:
        intensity_t_per_mwh(Decimal(record["value"]), record["unit"], record["factor_id"])
        assert record["gas"] in ("CO2", "CO2e", "CH4", "N2O")
    low, high = (Fraction(record.get(name, record["value"])) for name in ("lower", "upper"))
    assert low <= Fraction(record["value"]) <= high
    assert record["kind"] != "fuel" or low < high


@each_row
def test_a_bundled_row_says_when_it_is_from_or_that_it_does_not_know(record: dict[str, Any]) -> None:
    flags = " ".join(record.get("flags", ()))
    years = record.get("data_years", ())
    assert years or record["kind"] == "fuel" or "data-years-not-stated" in flags
    assert all(1990 <= year <= LATEST_DATA_YEAR for year in years)
    known = record.get("recorded_at") or record.get("published_at")
    assert known or "publication-day-not-" in flags
    assert record["kind"] not in ("lifecycle", "average_production") or record["valid_from"] <= record["valid_to"]


@each_row
def test_what_is_suspicious_in_a_bundled_row_is_flagged(record: dict[str, Any]) -> None:
    assert set(plausibility_flags(EmissionFactor.from_record(record))) <= set(record.get("flags", ()))


def test_what_there_is_by_dataset_and_kind() -> None:
    assert len(builtin()) == len(RECORDS) == len({record["factor_id"] for record in RECORDS})
    counts = Counter((record["publisher"].partition(" ")[0], record["kind"]) for record in RECORDS)
    assert counts == {
        ("CDM", "operating_margin"): 2,
        ("CDM", "build_margin"): 2,
        ("CDM", "combined_margin"): 4,
        ("Central", "operating_margin"): 1,
        ("Central", "build_margin"): 1,
        ("Central", "combined_margin"): 1,
        ("Technical", "operating_margin"): 6,
        ("Technical", "combined_margin"): 12,
        ("Ember", "lifecycle"): 222,
        ("US", "average_production"): 28,
        ("US", "marginal"): 84,
        ("IPCC", "fuel"): 64,
    }


def test_attribution_stands_where_the_licence_asks_for_it() -> None:
    licences = {record["publisher"]: record["licence"] for record in RECORDS}
    assert licences["Ember"] == "CC BY 4.0 (Ember)"
    assert licences["US Environmental Protection Agency"] == "US public domain"


def test_suspicious_values_were_kept() -> None:
    """Ember: 0 for the Central African Republic, exactly 1000 for the Falklands and Montserrat."""
    flagged = {
        record["region"]: flag.partition(":")[0]
        for record in RECORDS
        for flag in record.get("flags", ())
        if flag.startswith(("suspicious", "outlier"))
    }
    assert flagged == {"CF": "suspicious-zero", "FK": "suspiciously-round", "MS": "suspiciously-round"}


def test_bundled_files_hold_no_number_that_json_reads_as_a_float() -> None:
    documents = [item for folder in (DATA, DATA / "tables") for item in folder.iterdir() if item.name.endswith(".json")]
    assert len(documents) == 8

    def refuse(text: str) -> float:
        raise AssertionError(f"{text} is a JSON fraction: write it as text")

    for document in documents:
        json.loads(document.read_text(encoding="utf-8"), parse_float=refuse)


@pytest.mark.parametrize(
    ("region", "margins", "published", "computed"),
    [
        ("UG", ("0.2740", "0.00001"), "0.1370", "0.137005"),
        ("IN", ("0.9646", "0.5119"), "0.7383", "0.73825"),
    ],
)
def test_published_margins_are_kept_where_recomputing_gives_more_digits(
    region: str, margins: tuple[str, str], published: str, computed: str
) -> None:
    """Uganda ASB0054-2022; India CEA version 21, fiscal year 2024-25, hydro in its first crediting period. [S]"""
    one = builtin().find(region=region, purpose="crediting", technology="hydro", crediting_period_ordinal=1)
    assert (one.value, one.operating_margin, one.build_margin) == (published, *margins)
    assert one.weights == ("0.5", "0.5")
    assert (Fraction(margins[0]) + Fraction(margins[1])) / 2 == Fraction(computed)
    assert any(computed in flag for flag in one.flags)
    kinds = {item.kind: item.value for item in builtin() if item.region == region and item.kind.endswith("margin")}
    assert (kinds["operating_margin"], kinds["build_margin"]) == margins
    with pytest.raises(LookupError):
        builtin().find(region=region, purpose="crediting", technology="solar")


def test_the_neighbours_of_azerbaijan() -> None:
    """IFI 2021 v3.1: firm, intermittent, operating margin. [S]"""
    expected = {"AM": "205 321 390", "GE": "135 231 289", "IR": "421 528 592", "RU": "360 432 476", "TR": "309 351 376"}
    for region, numbers in expected.items():
        names = ("firm", "intermittent", "operating-margin")
        found = [builtin().get(f"ifi-2021-v3.1-{region.lower()}-{name}").value for name in names]
        assert " ".join(found) == numbers


def test_a_question_about_azerbaijan_still_has_one_answer() -> None:
    asked: dict[str, Any] = {"region": "AZ", "kind": "combined_margin", "technology": "hydro", "purpose": "crediting"}
    assert builtin().find(**asked, on=date(2023, 9, 1)).value == "384"


def test_egrid_in_pounds_as_published_and_in_tonnes() -> None:
    """eGRID2023, January 2025 release: CAMX 438.15 lb CO2e/MWh. [S]"""
    one = builtin().find(region="eGRID:CAMX", purpose="location-based", on="2023-06-01")
    assert (one.value, one.unit, one.gas) == ("438.15", "lb/MWh", "CO2e")
    assert one.t_per_mwh == Decimal("438.15") * Decimal("0.00045359237")
    assert str(one.known_since) == "2025-01-31"


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("AZE", "AZ"),
        ("azerbaijan", "AZ"),
        ("  Korea (South),  Republic of ", "KR"),
        ("XKX", "XK"),
        ("OWID_KOS", "XK"),
        ("AZ", None),
        ("Azores (Portugal)", None),
        ("", None),
    ],
)
def test_a_spelling_has_a_code_or_none(spelling: str, code: str | None) -> None:
    assert alpha2_of(spelling) == code


def test_region_codes_are_those_of_iso_3166() -> None:
    """ISO 3166-1 has 249 codes of each kind; XK is user-assigned."""
    rows = json.loads((DATA / "tables" / "regions.json").read_text(encoding="utf-8"))["rows"]
    zones = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    theirs = {line.partition("\t")[0] for line in zones.splitlines() if not line.startswith("#")}
    assert {row["alpha2"] for row in rows} == theirs | {"XK"}
    assert len({row["alpha3"] for row in rows}) == len(rows) == 250
    spellings = [word for row in rows for word in (row["alpha3"], row["name"], *row.get("aliases", ()))]
    assert [word for word, count in Counter(map(str.casefold, spellings)).items() if count > 1] == []


def test_a_slug_is_a_part_of_an_id() -> None:
    assert slug("Côte d'Ivoire") == "cote-d-ivoire"
    assert slug("EU 27") == "eu-27"


@pytest.mark.outside
def test_nothing_is_read_before_it_is_asked_for() -> None:
    code = (
        "import sys\n"
        "read = []\n"
        "sys.addaudithook(lambda event, args: event == 'open' and str(args[0]).endswith('.json') and read.append(1))\n"
        "import carbon_ledger.factors as f\n"
        "before = len(read); f.builtin(); once = len(read); f.builtin(); print(before, once, len(read))\n"
    )
    environment = {**os.environ, "PYTHONPATH": PYTHONPATH}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "6", "6"]


def test_the_page_of_bundled_factors_is_what_the_data_say() -> None:
    page = script("write_factor_docs")
    text = page.PAGE.read_text(encoding="utf-8")
    assert text == page.text(), "run python scripts/write_factor_docs.py"
    for record in RECORDS:
        assert f"| `{record['factor_id']}` |" in text
        assert record["source"] in text
        assert record["licence"] in text


@pytest.mark.outside
def test_the_bundled_files_are_what_the_script_makes_of_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = shared_file("data/factors/ember_average_intensities.json").parent
    module = script("bundle_factors")
    (tmp_path / "tables").mkdir()
    monkeypatch.setattr(module, "DATA", tmp_path)
    assert module.main([str(tables)]) == 0
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json"))
    assert made == ["egrid_2023_jan2025.json", "ember_averages.json", "ifi_2021_v3_1.json", "tables/gwp.json"]
    for name in made:
        assert (tmp_path / name).read_text(encoding="utf-8") == (DATA / name).read_text(encoding="utf-8"), name
    assert capsys.readouterr().out.count(" rows, ") == 4
    assert module.main([]) == 2


IFI_CSV = SHARED / "data/factors/ifi_default_grid_factors_2021_v3.1.csv"
FIRST_MONTHS = Period.of("2023-08-25", "2024-04-29", zone="Asia/Baku")


def test_the_call_of_the_design_finds_the_firm_factor() -> None:
    """IFI 2021 v3.1, Azerbaijan, firm energy: 384 gCO2/kWh."""
    found = builtin().find(
        region="AZ", kind="combined_margin", technology="hydro", purpose="crediting", on=FIRST_MONTHS
    )
    assert (found.value, found.unit, found.t_per_mwh) == ("384", "gCO2/kWh", Decimal("0.384"))
    assert found.tool == "IFI-2021@3.1"
    assert builtin() is builtin()


@pytest.mark.parametrize(
    ("technology", "value"),
    [
        ("hydro/run-of-river", "384"),
        ("geothermal", "384"),
        ("wind/onshore", "478"),
        ("solar/photovoltaic", "478"),
    ],
)
def test_azerbaijan_by_technology(technology: str, value: str) -> None:
    assert builtin().find(region="AZ", purpose="crediting", technology=technology).value == value


def test_the_operating_margin_of_azerbaijan_credits_nothing() -> None:
    assert builtin().get("ifi-2021-v3.1-az-operating-margin").value == "534"
    with pytest.raises(FactorNotApplicableError, match="never operating_margin"):
        builtin().find(region="AZ", purpose="crediting", kind="operating_margin")


def test_armenian_hydro_is_ambiguous_until_the_crediting_period_is_named() -> None:
    def ask(**more: Any) -> EmissionFactor:
        asked = {"kind": "combined_margin", "technology": "hydro", "purpose": "crediting"} | more
        return builtin().find(region="AM", tool="TOOL07", **asked)

    with pytest.raises(AmbiguousFactorError, match=r"0\.4038.*0\.3748.*crediting_period_ordinal"):
        ask()
    assert ask(crediting_period_ordinal=1).value == "0.4038"
    assert ask(crediting_period_ordinal=2).value == "0.3748"


def test_armenia_keeps_what_was_published_and_says_where_it_cannot_be_recomputed() -> None:
    """ASB0038-2018: OM 0.4620, BM 0.3456; later hydro is published 0.3748, and the margins give 0.3747."""
    computed = {}
    for one in builtin().candidates(region="AM", purpose="crediting", tool="TOOL07"):
        assert (one.operating_margin, one.build_margin) == ("0.4620", "0.3456")
        weights = [Fraction(weight) for weight in one.weights or ()]
        computed[one.value] = weights[0] * Fraction("0.4620") + weights[1] * Fraction("0.3456")
    assert computed == {
        "0.4329": Fraction("0.4329"),
        "0.4038": Fraction("0.4038"),
        "0.3748": Fraction("0.3747"),
    }
    flagged = [one.factor_id for one in builtin() if any("give-0.3747" in flag for flag in one.flags)]
    assert flagged == ["asb0038-2018-am-hydro-2"]


def test_armenia_is_valid_to_18_february_2021_and_no_longer() -> None:
    """nature-ic.am, publication 10540: effective 19 February 2018, valid until 18 February 2021."""

    def ask(on: str) -> str:
        return builtin().find(region="AM", purpose="crediting", technology="wind", tool="TOOL07", on=on).value

    assert ask("2018-02-19") == ask("2021-02-18") == "0.4329"
    for day in ("2018-02-18", "2021-02-19"):
        with pytest.raises(FactorNotApplicableError, match="no factor is valid then"):
            ask(day)


def ifi_rows() -> dict[str, list[str]]:
    if not IFI_CSV.is_file():
        pytest.skip(f"IFI default grid factors are not here: no {IFI_CSV.name} in ../shared/data/factors")
    with IFI_CSV.open(encoding="utf-8", newline="") as lines:
        return {row[0]: row[1:6] for row in csv.reader(lines) if row[1:] and all(map(str.isdigit, row[1:6]))}


@pytest.mark.outside
def test_azerbaijan_is_what_the_ifi_file_says() -> None:
    """IFI 2021 v3.1: firm 384, intermittent 478, operating margin 534."""
    firm, intermittent, _, _, margin = ifi_rows()["Azerbaijan"]
    series = {one.series: one for one in builtin() if one.region == "AZ" and one.dataset != "Yearly electricity data"}
    assert series["ifi-az-firm"].value == firm
    assert series["ifi-az-intermittent"].value == intermittent
    assert series["ifi-az-operating-margin"].value == margin
    digest = f"sha256:{hashlib.sha256(IFI_CSV.read_bytes()).hexdigest()}"
    assert {one.digest for one in series.values()} == {digest}


@pytest.mark.outside
def test_the_weights_of_the_ifi_file_fit_all_of_its_rows() -> None:
    """Firm OM/3 + 2 BM/3 gives a build margin with which intermittent is 0.75 OM + 0.25 BM. [C]"""
    firm_weights, intermittent_weights = (
        [Fraction(weight) for weight in builtin().get(f"ifi-2021-v3.1-az-{name}").weights or ()]
        for name in ("firm", "intermittent")
    )
    half = Fraction(1, 2)
    rows = ifi_rows()
    for territory, row in rows.items():
        firm, intermittent, operating = int(row[0]), int(row[1]), int(row[4])
        build = (firm - firm_weights[0] * operating) / firm_weights[1]
        slack = (half + firm_weights[0] * half) / firm_weights[1]
        found = intermittent_weights[0] * operating + intermittent_weights[1] * build
        most = intermittent_weights[0] * half + intermittent_weights[1] * slack + half
        assert abs(found - intermittent) <= most, territory
    assert len(rows) == 233
