"""A project as a TOML file: what it registers, once; and what is refused."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from tests.support.command_line import Done, call
from tests.support.places import ROOT

import carbon_ledger as cl

EXAMPLE = ROOT / "examples" / "project.toml"
CREDITS = """
[[methodologies]]
id = "GCCM001@4.0"
text = "text.pdf"
note = "compared"

[[factors]]
id = "ifi-2021-v3.1-az-firm"
builtin = true

[[factors]]
id = "own"
value = "0.4"
unit = "tCO2e/MWh"
kind = "combined_margin"
region = "AZ"
source = "a table"
valid_from = 2024-01-01

[[devices]]
id = "plant"
name = "A plant"
technology = "hydro/run-of-river"
capacity = "4 MW"
margin = 1.05
country = "AZ"
grid = "AZ"
zone = "Asia/Baku"
commissioned = 2023-12-01

[[projects]]
id = "hydro"
instrument = "GCC-ACC"
zone = "Asia/Baku"
devices = ["plant"]
methodology = "GCCM001@4.0"
baseline = "retrofit"
crediting_period = { start = 2023-12-01, years = 10 }
history = { 2019 = "10 GWh", 2020 = "11 GWh", 2021 = "10 GWh", 2022 = "12 GWh", 2018 = "9 GWh" }
replaced_on = 2040-01-01
estimate = { monthly = { "2024-05" = "900 MWh" }, source = "the project document", day_basis = "calendar-days" }
[[projects.waivers]]
name = "methodology-life"
reason = "an example"
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARBON_LEDGER", "a.db")
    assert call("init", "--id", "trial").status == 0
    Path("text.pdf").write_bytes(b"the text of the methodology")
    return tmp_path


def apply(text: str, *options: str) -> Done:
    Path("p.toml").write_text(text, encoding="utf-8")
    return call("apply", "p.toml", *options)


def state() -> tuple[int, str]:
    with cl.open_ledger("a.db", read_only=True) as ledger:
        return ledger.size, ledger.root()


def test_the_example_is_registered_once() -> None:
    shutil.copy(EXAMPLE, "p.toml")
    plan = call("apply", "p.toml", "--dry-run", "--json").json
    assert state()[0] == 1
    done = call("apply", "p.toml", "--json").json
    assert plan["plan"] == done["plan"]
    assert [row["is"] for row in done["plan"]] == ["new"] * 6
    assert (plan["dry_run"], done["recorded"]["last"]) == (True, 6)
    before = state()
    again = call("apply", "p.toml")
    assert (again.status, again.out.count("unchanged")) == (0, 6)
    assert "nothing is new" in again.err
    assert state() == before
    with cl.open_ledger("a.db") as ledger:
        assert ledger.project("nordfeld").devices == ("nordfeld-1", "nordfeld-2")
        assert ledger.audit().passed


def test_credits_are_registered_with_their_methodology_and_factors() -> None:
    assert apply(CREDITS).err.startswith("recorded entries 1 to 6")
    before = state()
    assert apply(CREDITS).out.count("unchanged") == 5
    assert state() == before
    with cl.open_ledger("a.db") as ledger:
        project = ledger.project("hydro")
        assert project.crediting_period == cl.Period.years("2023-12-01", 10, zone="Asia/Baku")
        assert ledger.attestations("GCCM001@4.0")[0].text == cl.digest_file("text.pdf")
        assert str(ledger.device("plant").margin) == "1.05"
        assert ledger.factor("own").valid_from == date(2024, 1, 1)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('capacity = "4 MW"', 'capacity = "5 MW"', "capacity_w is 4000000, and the file has 5000000"),
        ('name = "A plant"', 'name = "The plant"', "device amend plant"),
        ('value = "0.4"', 'value = "0.5"', "describe another factor under a new id"),
        ('baseline = "retrofit"', 'name = "x"\nbaseline = "retrofit"', "name is None, and the file has 'x'"),
        ("years = 10", "years = 7", "crediting_period"),
    ],
)
def test_what_was_changed_is_refused_with_what_differs(old: str, new: str, text: str) -> None:
    apply(CREDITS)
    before = state()
    done = apply(CREDITS.replace(old, new))
    assert (done.status, text in done.err) == (3, True), done.err
    assert "[already-registered]" in done.err
    assert state() == before


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('"4 MW"', '"4"', "p.toml: device 1 (plant): capacity: '4' has no unit"),
        ('"hydro/run-of-river"', '"hydro"', "p.toml: device 1 (plant): technology 'hydro', expected one of"),
        ('zone = "Asia/Baku"\ncommissioned', 'zone = "Baku"\ncommissioned', "p.toml: device 1 (plant): zone 'Baku' is"),
        ('"GCC-ACC"', '"GCC"', "p.toml: project 1 (hydro): instrument 'GCC': expected one of"),
    ],
)
def test_an_invalid_value_is_named_with_its_table(old: str, new: str, text: str) -> None:
    before = state()
    done = apply(CREDITS.replace(old, new))
    assert (done.status, text in done.err) == (2, True), done.err
    assert state() == before


def test_what_was_amended_is_what_the_file_has_to_say() -> None:
    apply(CREDITS)
    digest = "sha256:" + "d" * 64
    words = ["--effective", "2024-01-01", "--evidence", digest, "--reason", "larger", "--capacity", "5 MW"]
    assert call("device", "amend", "plant", *words).status == 0
    assert apply(CREDITS).status == 3
    assert apply(CREDITS.replace('"4 MW"', '"5 MW"')).out.count("unchanged") == 5


def test_a_file_is_applied_all_or_nothing() -> None:
    before = state()
    done = apply(CREDITS + '\n[[meters]]\nid = "m"\nshares = { nobody = 1 }\n')
    assert (done.status, state()) == (5, before)
    assert "nobody" in done.err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[acounts]]\nid = 'a'", "did you mean 'accounts'?"),
        ("[[accounts]]\nid = 'a'\nnmae = 'x'", "did you mean 'name'?"),
        ("[[accounts]]\nname = 'x'", "its id is missing"),
        ("[[accounts]]\nid = 'a'", "name is missing"),
        ("[[accounts]]\nid = 3\nname = 'x'", "its id is missing"),
        ("[accounts]\nid = 'a'", "write [[accounts]]"),
        ("accounts = 3", "write [[accounts]]"),
        ("[[accounts]]\nid = 'a'\nname = 'x'\n[[accounts]]\nid = 'a'\nname = 'x'", "described twice"),
        ("[[devices]]\nid = 'd'", "name, technology, capacity"),
        ("[[devices]]\nid = 'd'\ncapcity = '3 MW'", "did you mean 'capacity'?"),
        (CREDITS.replace('"4 MW"', "4"), "has no unit"),
        (CREDITS.replace("years = 10", "year = 10"), "did you mean 'years'?"),
        (CREDITS.replace("years = 10", 'years = 10, end = "2030-01-01"'), "either years or an end"),
        (CREDITS.replace("crediting_period = {", "crediting_period = 3 #"), "expected a table"),
        (CREDITS.replace("builtin = true", 'builtin = true\nvalue = "1"'), "there is no 'value'"),
        (CREDITS.replace('"methodology-life"', '"methodology-live"'), "methodology-live"),
        ("[[", "not TOML"),
        ("\udcff", "not TOML"),
        ("a = " + "[" * 5_000, "not TOML"),
        ("a" + ".a" * 100_000 + " = 1", "1,000 points"),
        (CREDITS.replace("builtin = true", 'factor_id = "other"'), "its id is written id = ..."),
        ("[[accounts]]\nid = 'a'\nname = \"\\u001b[2K\"", "name"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(text: str, expected: str) -> None:
    before = state()
    Path("p.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    done = call("apply", "p.toml")
    assert (done.status, expected in done.err) == (2, True), done.err
    assert state() == before


def test_a_file_may_begin_with_a_byte_order_mark() -> None:
    assert apply("\ufeff[[accounts]]\nid = 'a'\nname = 'A'\n").status == 0


def test_a_file_that_is_not_there_and_a_key_are_refused() -> None:
    assert call("apply", "q.toml").status == 2
    assert "--key" in apply(CREDITS, "--key", "k").err
