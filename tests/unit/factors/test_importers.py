"""Factors from files: every row is read, and every fault is named by file, line and column."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import EVIDENCE, device, shared_file

import carbon_ledger as cl
from carbon_ledger.errors import FactorFileError, FactorNotFoundError, PeriodError
from carbon_ledger.factors import (
    EmissionFactor,
    FactorRegistry,
    builtin,
    read_egrid,
    read_factor_csv,
    read_ifi_table,
    read_owid,
)
from carbon_ledger.factors.importers.layout import SEPARATOR
from carbon_ledger.waivers import WAIVABLE

IFI = "data/factors/ifi_default_grid_factors_2021_v3.1.csv"
EGRID = "data/factors/egrid2023_subregion_jan2025.csv"
OWID = ("data/factors/owid_carbon_intensity_release2022.csv", "data/factors/owid_carbon_intensity_release2026-04.csv")

HEADER = "factor_id,value,unit,kind,region,source"
OWID_2022 = "Entity,Code,Year,Carbon intensity of electricity (gCO2/kWh)\n"
OWID_2026 = "Entity,Code,Year,Carbon intensity of electricity per kWh\n"
IFI_HEAD = (
    ',"Combined Margin",,,,"Operating Margin Grid Emission \nFactor, gCO2/kWh (also for PCAF)"\n'
    ',"Firm Energy (e.g., Hydro, Geothermal)","Intermittent Energy (e.g., Solar, Wind, Tidal)",'
    '"Energy Efficiency","Electricity Consumption",\n"Country / Territory / Island",,,,,\n'
)

COMPARISON = (cl.Waiver("factor-kind", "a comparison of averages"),)
# An issuance on a version whose text was not seen needs the second one too.
WAIVED = ("factor-kind", "methodology-text")

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return written


# --- our own layout -----------------------------------------------------------------------------------


def test_a_row_states_any_field_of_the_record(write: Write) -> None:
    columns = (
        "factor_id,series,revision,supersedes,value,lower,upper,unit,gas,gwp_set,kind,region,technologies,data_years,"
        "valid_from,valid_to,recorded_at,operating_margin,build_margin,weights,tool,crediting_period_ordinal,flags,source"
    )
    row = (
        "cm-2,cm,2,cm-1,0.4038,0.39,0.41,tCO2/MWh,CO2,,combined_margin,AM,hydro|geothermal,2016|2017,2018-02-19,"
        '2021-02-18,2018-03-01,0.4620,0.3456,0.5|0.5,TOOL07@7.0,1,outlier|other,"a document, its page 3"'
    )
    (one,) = read_factor_csv(write(f"{columns}\n\n{row}\n"))
    assert one.to_record() == {
        "factor_id": "cm-2",
        "series": "cm",
        "revision": 2,
        "supersedes": "cm-1",
        "value": "0.4038",
        "lower": "0.39",
        "upper": "0.41",
        "unit": "tCO2/MWh",
        "gas": "CO2",
        "kind": "combined_margin",
        "region": "AM",
        "technologies": ["hydro", "geothermal"],
        "data_years": [2016, 2017],
        "valid_from": "2018-02-19",
        "valid_to": "2021-02-18",
        "recorded_at": "2018-03-01",
        "operating_margin": "0.4620",
        "build_margin": "0.3456",
        "weights": ["0.5", "0.5"],
        "tool": "TOOL07@7.0",
        "crediting_period_ordinal": 1,
        "flags": ["outlier", "other"],
        "source": "a document, its page 3",
    }


def test_the_bundled_factors_come_back_from_our_layout(write: Write) -> None:
    """Every bundled row can be written as a row of it, and is read as it was."""
    records = [factor.to_record() for factor in builtin()]
    columns = sorted({name for record in records for name in record})

    def cell(value: object) -> str:
        text = SEPARATOR.join(map(str, value)) if isinstance(value, list) else str(value)
        return '"' + text.replace('"', '""') + '"'

    lines = [",".join(cell(record[name]) if name in record else "" for name in columns) for record in records]
    assert read_factor_csv(write("\n".join([",".join(columns), *lines]))) == tuple(builtin())


@pytest.mark.parametrize("blank", ["", " ", ",,,,,", " , ,,,, "])
def test_blank_rows_are_passed_over(write: Write, blank: str) -> None:
    """As spreadsheets leave them above and below a table."""
    text = f"{blank}\n{HEADER}\n{blank}\nf,1,gCO2/kWh,lifecycle,AZ,s\n{blank}\n"
    assert [factor.factor_id for factor in read_factor_csv(write(text))] == ["f"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "the file is empty; expected a header"),
        ("factor_id,value,unit,kind,region\n", "line 1: the header lacks 'source'"),
        (f"{HEADER},colour\n", "line 1: .*unknown columns 'colour'"),
        (f"{HEADER},source\n", "line 1: the header names 'source' twice; keep one of each"),
        (f"{HEADER}\nf,1,gCO2/kWh,lifecycle,AZ\n", "line 2: 5 cells, the header has 6; complete the row"),
        (f"{HEADER}\nf,1,gCO2/kWh,lifecycle,AZ,s,t\n", "line 2: 7 cells, the header has 6; quote a cell"),
        (f"{HEADER}\n\nf,,gCO2/kWh,lifecycle,AZ,s\n", "line 3, column 'value': the cell is empty"),
        (f"{HEADER}\nf,1e3,gCO2/kWh,lifecycle,AZ,s\n", "line 2, column 'value': .*plain decimal"),
        (f"{HEADER}\nf,1,gCO2/kwh,lifecycle,AZ,s\n", "line 2, .*'gCO2/kwh' is not a known unit"),
        (f"{HEADER}\nf,1,gCO2/kWh,average,AZ,s\n", "line 2, .*kind 'average'"),
        (f"{HEADER}\na b,1,gCO2/kWh,lifecycle,AZ,s\n", "line 2, column 'factor_id': factor id 'a b'"),
        (f"{HEADER},valid_to\nf,1,gCO2/kWh,lifecycle,AZ,s,31.12.2024\n", "line 2, column 'valid_to'"),
        (f"{HEADER},data_years\nf,1,gCO2/kWh,lifecycle,AZ,s,2020/21\n", "line 2, column 'data_years'"),
        (f"{HEADER},revision\nf,1,gCO2/kWh,lifecycle,AZ,s,2.0\n", "line 2, column 'revision'"),
        (f"{HEADER}\nf,1,gCO2/kWh,lifecycle,AZ,s\nf,2,gCO2/kWh,lifecycle,AZ,s\n", "line 3, .*f is in line 2 already"),
        (f'{HEADER}\nf,1,gCO2/kWh,lifecycle,AZ,"s\n', "line 2"),
    ],
)
def test_a_fault_is_named_by_file_line_and_field(write: Write, text: str, named: str) -> None:
    with pytest.raises(FactorFileError, match=named) as refusal:
        read_factor_csv(write(text))
    assert "table.csv" in str(refusal.value)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FactorFileError, match=r"absent\.csv"):
        read_factor_csv(tmp_path / "absent.csv")
    (tmp_path / "latin.csv").write_bytes(f"{HEADER}\nf,1,gCO2/kWh,lifecycle,AZ,Côte".encode("latin-1"))
    with pytest.raises(FactorFileError, match="line 2: byte 67 is not UTF-8"):
        read_factor_csv(tmp_path / "latin.csv")


@pytest.mark.parametrize(
    ("value", "kind", "flags"),
    [
        ("1000.0", "lifecycle", ("suspiciously-round: the number is 1000 exactly",)),
        ("0", "combined_margin", ("suspicious-zero: the number is 0",)),
        ("1500", "operating_margin", ()),
        ("1500.1", "operating_margin", ("outlier: above 1.5 t/MWh",)),
        ("999.9", "lifecycle", ()),
    ],
)
def test_what_is_suspicious_is_flagged_and_kept(write: Write, value: str, kind: str, flags: tuple[str, ...]) -> None:
    (one,) = read_factor_csv(write(f"{HEADER}\nf,{value},gCO2/kWh,{kind},AZ,s\n"))
    assert (one.value, one.flags) == (value, flags)


def test_a_combined_margin_outside_its_margins_is_flagged(write: Write) -> None:
    columns = f"{HEADER},operating_margin,build_margin"
    inside, outside = (f"f{value},{value},gCO2/kWh,combined_margin,AZ,s,500,300" for value in (300, 299))
    one, two = read_factor_csv(write(f"{columns}\n{inside}\n{outside}\n"))
    assert one.flags == ()
    assert two.flags == ("outside-its-margins: a weighted mean lies between operating and build margin",)


def test_a_value_outside_its_bounds_is_flagged_and_not_dropped(write: Write) -> None:
    """Ledger-model section 8a: the row is what the publisher printed."""
    rows = "".join(f"f{value},{value},gCO2/kWh,lifecycle,AZ,s,2,3\n" for value in (1, 2, 3, 4))
    low, two, three, high = read_factor_csv(write(f"{HEADER},lower,upper\n{rows}"))
    assert (two.flags, three.flags) == ((), ())
    assert low.flags == ("outside-its-bounds: the lower bound is 2",)
    assert high.flags == ("outside-its-bounds: the upper bound is 3",)


@pytest.mark.parametrize(
    ("value", "weights", "agrees"),
    [
        ("0.3748", "0.25|0.75", False),  # Armenia's standardized baseline: the rounded margins give 0.3747
        ("0.3747", "0.25|0.75", True),
        ("0.38", "0.25|0.75", True),  # rounded up to two places
        ("0.37", "0.25|0.75", True),
        ("0.36", "0.25|0.75", False),
        ("0.3844", "1/3|2/3", True),
        ("0.3843", "1/3|2/3", False),
        ("0.38440", "1/3|2/3", True),
    ],
)
def test_a_value_that_is_not_its_own_weights_times_margins_is_flagged(
    write: Write, value: str, weights: str, agrees: bool
) -> None:
    """Ledger-model section 8a: what was published is pinned, and the contradiction is said."""
    columns = f"{HEADER},operating_margin,build_margin,weights"
    (one,) = read_factor_csv(write(f"{columns}\nf,{value},tCO2/MWh,combined_margin,AM,s,0.4620,0.3456,{weights}\n"))
    first, second = weights.split("|")
    words = f"not-its-weights-times-margins: {first} x 0.4620 + {second} x 0.3456"
    assert (one.value, one.flags) == (value, () if agrees else (words,))


# --- the IFI table ------------------------------------------------------------------------------------


def ifi() -> tuple[EmissionFactor, ...]:
    return read_ifi_table(shared_file(IFI))


@pytest.mark.outside
def test_all_territories_of_the_ifi_table_are_there_with_all_their_numbers() -> None:
    factors = ifi()
    assert len(factors) == 5 * 233
    regions = {factor.region for factor in factors}
    assert len(regions) == 233
    assert sorted(region for region in regions if ":" in region) == [
        "IFI:Azores (Portugal)",
        "IFI:Bonaire (Netherland)",
        "IFI:Canary Islands (Spain)",
        "IFI:Channel Islands (U.K)",
        "IFI:China (PRC and Hong Kong)",
        "IFI:Curacao/Netherlands Antilles",
        "IFI:EU 27",
        "IFI:Madeira (Portugal)",
    ]


@pytest.mark.outside
def test_firm_follows_from_the_other_columns_for_all_ifi_rows() -> None:
    """Firm = OM/3 + 2 BM/3 within 3 g/kWh, with BM exactly from intermittent = 3 OM/4 + BM/4. [C]"""
    registry = FactorRegistry(ifi())
    numbers = {(item.region, item.factor_id.rpartition("-")[2]): Fraction(item.value) for item in registry}
    rows = {region for region, _ in numbers}
    for region in rows:
        operating, intermittent = numbers[region, "margin"], numbers[region, "intermittent"]
        build = 4 * intermittent - 3 * operating
        assert abs(operating / 3 + 2 * build / 3 - numbers[region, "firm"]) <= 3, region
    assert len(rows) == 233


@pytest.mark.outside
def test_the_bundled_ifi_values_are_what_the_table_says() -> None:
    imported = {factor.factor_id: factor for factor in ifi()}
    bundled = [factor for factor in builtin() if factor.dataset == "Harmonized IFI Default Grid Factors"]
    assert {factor.region for factor in bundled} == {"AZ", "AM", "GE", "IR", "RU", "TR"}
    for factor in bundled:
        theirs = imported[factor.factor_id].to_record()
        ours = factor.to_record()
        assert ours.pop("place").startswith(theirs.pop("place"))
        assert ours == theirs


def test_a_fault_in_the_ifi_table_is_named(write: Write) -> None:
    good = '"Azerbaijan",384,478,384,384,534\n"Memo:  EU 27",1,2,3,4,5\n"Note 1: words",,,,,\n,,,,,\n'
    assert [factor.value for factor in read_ifi_table(write(IFI_HEAD + good))][:2] == ["384", "478"]
    with pytest.raises(FactorFileError, match=r"line 6, column 'Energy Efficiency': the cell is empty"):
        read_ifi_table(write(IFI_HEAD + '"Azerbaijan",384,478,384,384,534\n"Georgia",1,2,,4,5\n'))
    with pytest.raises(FactorFileError, match=r"line 5, column 'Firm.*'3,84'"):
        read_ifi_table(write(IFI_HEAD + '"Azerbaijan","3,84",478,384,384,534\n'))
    with pytest.raises(FactorFileError, match="line 5: 4 cells, expected a territory and 5 numbers"):
        read_ifi_table(write(IFI_HEAD + "Azerbaijan,1,2,3\n"))
    with pytest.raises(FactorFileError, match="headings are not those of the IFI table"):
        read_ifi_table(write(IFI_HEAD.replace("Intermittent", "Other") + good))
    upper = IFI_HEAD.partition(',"Firm')[0]
    for row in ("\n", "", ",,,,,\n"):
        with pytest.raises(FactorFileError, match="headings are not those of the IFI table"):
            read_ifi_table(write(IFI_HEAD.replace(upper, row) + good))
    with pytest.raises(FactorFileError, match=r"line 6, .*is in line 5 already"):
        read_ifi_table(write(IFI_HEAD + 2 * '"Azerbaijan",384,478,384,384,534\n'))


def test_a_version_is_part_of_the_id_and_the_day_of_knowledge_of_the_record(write: Write) -> None:
    table = write(f"{IFI_HEAD}Azerbaijan,384,478,384,384,534\n")
    one = read_ifi_table(table, version="2021 v3.2", known_on="2022-05-01")[0]
    assert (one.factor_id, one.tool, str(one.known_since)) == ("ifi-2021-v3.2-az-firm", "IFI-2021@3.2", "2022-05-01")
    assert not any("newer-version" in flag for flag in one.flags)
    with pytest.raises(PeriodError):
        read_ifi_table(table, known_on="soon")


# --- Our World in Data --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def releases() -> tuple[tuple[EmissionFactor, ...], tuple[EmissionFactor, ...]]:
    first = read_owid(shared_file(OWID[0]), release="2022", known_on="2022-06-01")
    second = read_owid(shared_file(OWID[1]), release="2026-04", known_on="2026-04-30", supersedes=first)
    return first, second


@pytest.mark.outside
def test_as_of_the_first_release_gives_its_value_for_every_country_and_year(releases: Any) -> None:
    """72% of the shared country-years moved by more than 5%; none of them is what it was not."""
    first, second = releases
    registry = FactorRegistry([*first, *second])
    asked: dict[str, Any] = {"purpose": "crediting", "kind": "lifecycle", "waivers": COMPARISON}
    view = registry.as_of("2026-04-29")
    assert len(view) == len(first) == 5050
    for factor in first:
        assert view.find(region=factor.region, on=f"{factor.data_years[0]}-07-01", **asked) is factor
        assert registry.find(region=factor.region, on=factor.valid_to, as_of="2022-06-01", **asked) is factor
    assert len(second) == 6332
    for factor in second:
        assert registry.find(region=factor.region, on=factor.valid_from, **asked) is factor


@pytest.mark.outside
def test_a_release_makes_revisions_of_what_it_shares_and_leaves_the_rest(releases: Any) -> None:
    first, second = releases
    registry = FactorRegistry([*first, *second])
    revised = {factor.supersedes for factor in second if factor.supersedes}
    shared = {(factor.series, factor.data_years) for factor in first} & {(f.series, f.data_years) for f in second}
    assert len(revised) == len(shared) == 5028
    assert {factor.revision for factor in second if factor.supersedes} == {2}
    assert {factor.revision for factor in second if not factor.supersedes} == {1}
    gone = [factor for factor in first if factor.factor_id not in revised]
    assert len(gone) == 22
    for factor in gone:
        assert registry.candidates(
            region=factor.region, purpose="crediting", kind="lifecycle", on=factor.valid_to, waivers=COMPARISON
        ) == (factor,)
    azerbaijan = registry.history("owid-az")
    years = [factor.data_years[0] for factor in azerbaijan]
    assert years == sorted(years)
    assert {years.count(year) for year in range(2000, 2022)} == {2}
    with pytest.raises(FactorNotFoundError):
        registry.as_of("2022-05-31").history("owid-az")


@pytest.mark.outside
def test_suspicious_values_of_both_releases_are_flagged_and_none_is_dropped(releases: Any) -> None:
    for release, round_ones, zeros, outliers in ((releases[0], 14, 43, 10), (releases[1], 67, 22, 0)):
        flags = [flag.partition(":")[0] for factor in release for flag in factor.flags]
        counts = tuple(map(flags.count, ("suspiciously-round", "suspicious-zero", "outlier")))
        assert counts == (round_ones, zeros, outliers)


def test_an_issuance_under_the_first_release_audits_clean_after_the_second(ledger: cl.Ledger, write: Write) -> None:
    """Invariant 22: a later revision never changes history."""
    first = read_owid(write(f"{OWID_2022}Azerbaijan,AZE,2021,440.1\n"), release="2022", known_on="2022-06-01")
    second = read_owid(
        write(f"{OWID_2026}Azerbaijan,AZE,2021,631.5\n"), release="2026-04", known_on="2026-04-30", supersedes=first
    )
    year = cl.Period.year(2021, zone="Asia/Baku")
    ledger.register_device(device())
    ledger.register_project(
        cl.Project(
            id="hydro",
            instrument="GCC-ACC",
            zone="Asia/Baku",
            devices=("plant",),
            methodology="GCCM001@4.0",
            baseline="greenfield",
            crediting_period=cl.Period.years("2021-01-01", 10, zone="Asia/Baku"),
        )
    )
    ledger.record_generation("plant", year, net="1000 MWh", evidence=EVIDENCE)
    waivers = [cl.Waiver(name, "a test of revisions") for name in WAIVED if name in WAIVABLE]
    asked: dict[str, Any] = {"region": "AZ", "purpose": "crediting", "kind": "lifecycle", "on": year}
    then = FactorRegistry(first).find(**asked, waivers=waivers)
    (batch,) = ledger.issue("hydro", year, factor=then, to="op", waivers=waivers)
    assert batch.count == 440
    now = FactorRegistry([*first, *second]).find(**asked, waivers=waivers)
    assert (now.value, now.supersedes) == ("631.5", then.factor_id)
    ledger.adopt_factor(now)
    report = ledger.audit()
    assert report.findings == ()
    assert ledger.balance("op").active == 440


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Entity,Code,Year,Intensity\n", r"the header is \['Entity'.*expected"),
        (f"{OWID_2022}Azerbaijan,AZE,20x0,1\n", "line 2, column 'Year'"),
        (f"{OWID_2022}Azerbaijan,AZE,2020,n/a\n", "line 2, column 'Carbon intensity.*plain decimal"),
        (f"{OWID_2022},AZE,2020,1\n", "line 2, column 'Entity': the cell is empty"),
        (f"{OWID_2022}Azerbaijan,AZE,2020,1\nAzerbaijan,AZE,2020,2\n", "line 3, .*is in line 2 already"),
        (OWID_2022.replace("Code,", "Code,Colour,"), "unknown columns 'Colour'"),
    ],
)
def test_a_fault_in_an_owid_file_is_named(write: Write, text: str, named: str) -> None:
    with pytest.raises(FactorFileError, match=named):
        read_owid(write(text), release="2022", known_on="2022-06-01")


def test_groups_of_countries_are_named_systems_and_units_are_those_of_the_heading(write: Write) -> None:
    rows = "Africa (Ember),,2020,5\nKosovo,OWID_KOS,2020,6\nAfrica,OWID_AFR,2020,7\n"
    early = read_owid(write(OWID_2022 + rows), release="2022", known_on="2022-06-01")
    assert [factor.region for factor in early] == ["OWID:Africa (Ember)", "XK", "OWID:Africa"]
    assert {(factor.unit, factor.gas) for factor in early} == {("gCO2/kWh", "CO2")}
    late = read_owid(write(OWID_2026 + rows), release="2026", known_on="2026-06-01", supersedes=early)
    assert {(factor.unit, factor.gas, factor.revision) for factor in late} == {("gCO2e/kWh", "CO2e", 2)}
    assert all(factor.flags for factor in late)


# --- eGRID --------------------------------------------------------------------------------------------


@pytest.mark.outside
def test_the_bundled_egrid_rates_are_what_the_table_says() -> None:
    imported = {factor.factor_id: factor for factor in read_egrid(shared_file(EGRID), known_on="2025-01-31")}
    bundled = [factor for factor in builtin() if factor.dataset == "eGRID"]
    assert len(imported) == len(bundled) == 4 * 28
    for factor in bundled:
        ours, theirs = factor.to_record(), imported[factor.factor_id].to_record()
        assert set(theirs.pop("flags")) < set(ours.pop("flags"))
        assert ours == theirs


def test_egrid_rates_by_gas_of_another_release(write: Write) -> None:
    """eGRID2023 rev 2, CAMX, total output."""
    table = write(
        "subregion,name,total_co2_lb_per_mwh,total_ch4_lb_per_mwh,total_n2o_lb_per_mwh\n"
        "CAMX,WECC California,428.464,0.025,0.003\n"
    )
    factors = read_egrid(table, release="2023-rev2")
    assert [(item.factor_id, item.value, item.gas, item.unit) for item in factors] == [
        ("egrid2023-rev2-camx-total-co2", "428.464", "CO2", "lb/MWh"),
        ("egrid2023-rev2-camx-total-ch4", "0.025", "CH4", "lb/MWh"),
        ("egrid2023-rev2-camx-total-n2o", "0.003", "N2O", "lb/MWh"),
    ]
    assert {item.kind for item in factors} == {"average_production"}
    asked: dict[str, Any] = {"region": "eGRID:CAMX", "purpose": "location-based"}
    assert FactorRegistry(factors).find(**asked, gas="N2O").value == "0.003"
    with pytest.raises(cl.errors.AmbiguousFactorError, match="gas"):
        FactorRegistry(factors).find(**asked)


def test_the_set_behind_co2e_is_stated_or_flagged(write: Write) -> None:
    table = write("subregion,name,total_co2e_lb_per_mwh\nUS,US Average,775.239\n")
    (silent,), (stated,) = read_egrid(table), read_egrid(table, gwp_set="AR5")
    assert (silent.region, silent.gwp_set, stated.gwp_set) == ("US", None, "AR5")
    assert "gwp-set-not-stated-in-the-table" in silent.flags
    assert "gwp-set-not-stated-in-the-table" not in stated.flags


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("subregion,name,total_so2_lb_per_mwh\n", "unknown columns 'total_so2_lb_per_mwh'"),
        ("name,total_co2_lb_per_mwh\n", "lacks 'subregion'"),
        ("subregion,name\nCAMX,X\n", "no rates"),
        ("subregion,name,total_co2_lb_per_mwh\nCAMX,X,--\n", "line 2, column 'total_co2_lb_per_mwh'"),
        ("subregion,name,total_co2_lb_per_mwh\nCAMX,X,1\nCAMX,Y,2\n", "line 3, .*is in line 2 already"),
    ],
)
def test_a_fault_in_an_egrid_table_is_named(write: Write, text: str, named: str) -> None:
    with pytest.raises(FactorFileError, match=named):
        read_egrid(write(text))
