"""Every command of the command line: what it prints, its JSON, its dry run; and that nothing changes without it."""

import base64
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import DIGEST, Done, begin, call, fill, leaves

import carbon_ledger as cl
from carbon_ledger.metering.meter_files import read_meter_file

BATCH = "park/2024/11"
MORE = ("--evidence", "report.pdf", "--reason", "metered anew")

# For each command a call that succeeds, and the members of the JSON object that it writes.
CALLS: dict[str, tuple[str, str]] = {
    "init": ("new.db --id fresh", "ledger"),
    "postgres init": ("postgresql://127.0.0.1:1/nowhere --writer w", "database"),
    "postgres status": ("postgresql://127.0.0.1:1/nowhere", "status"),
    "copy": ("copied.db", "copy"),
    "apply": ("project.toml", "plan"),
    "account add": ("a --name Alpha --legal-id LEI:5493", "account"),
    "account amend": (f"buyer --effective 2024-05-01 --evidence {DIGEST} --reason renamed --name Other", "account"),
    "account show": ("buyer", "account"),
    "account list": ("", "accounts"),
    "device add": (
        "roof --name Roof --technology solar/photovoltaic --capacity 80kW --country DE --grid DE --zone Europe/Berlin",
        "device",
    ),
    "device amend": (f"mill --effective 2024-05-01 --evidence {DIGEST} --reason larger --capacity 4MW", "device"),
    "device show": ("mill", "device"),
    "device list": ("", "devices"),
    "meter add": ("m2 --share mill=1 --share other=2", "meter"),
    "meter show": ("feeder", "meter"),
    "meter list": ("", "meters"),
    "project add": ("second --instrument I-REC-E --zone Europe/Berlin --device other", "project"),
    "project show": ("park", "project"),
    "project list": ("", "projects"),
    "factor add": ("f2 --value 0.5 --unit tCO2e/MWh --kind combined_margin --region DE --source table", "factor"),
    "factor show": ("grid", "factor"),
    "factor list": ("", "factors"),
    "factors find": ("--region AZ", "factors"),
    "factors list": ("", "factors"),
    "methodology add": ("GCCM001@4.0 --text report.pdf --note compared", "methodology entry"),
    "methodology list": ("", "methodologies"),
    "role grant": ("anna issuer", ""),
    "role revoke": ("anna issuer --reason left", ""),
    "role list": ("local", "roles"),
    "import describe": ("meter.csv --zone UTC --answer stamp=start", "description"),
    "import readings": ("meter.csv --device other --zone UTC --answer stamp=start", "readings"),
    "import total": ("2024-04 --device mill --net 10.6MWh --evidence report.pdf", "readings"),
    "import units": (
        "units.csv --serial-column Serial --quantity-column Quantity --registry gold-standard --to buyer "
        "--instrument GS-VER --production 2025 --zone UTC",
        "batches refused",
    ),
    "correct": ("mill 2024-02 --net 9MWh --evidence report.pdf --reason misread", "correction"),
    "quantify": ("park 2024-02", "quantification"),
    "issue": ("park 2024-02 --to owner --expect 11", "batches"),
    "void": ("99 --reason twice", ""),
    "verification state": (
        "park 2024-02 --body V --opinion unmodified --assurance limited --quantity 2024=11 --report report.pdf "
        f"--size 9 --root {64 * '0'}",
        "",
    ),
    "verification list": ("park", "verifications"),
    "transfer": (f"{BATCH}/5-6 --to buyer --reference order-7", "units blocks"),
    "retire": (
        "--count 2 --instrument I-REC-E --from owner --for Buyer --purpose claim --period 2024 --zone UTC",
        "retirement",
    ),
    "cancel": (f"{BATCH}/5 --reason lost", "units blocks"),
    "withdraw": (f"{BATCH}/5 {BATCH}/6 --reason wrong", "units blocks"),
    "hold lock": (f"{BATCH}/5 --reason dispute", "units blocks"),
    "hold release": (f"{BATCH}/4 --reason settled", "units blocks"),
    "offer make": (f"{BATCH}/5 --to buyer --deadline 2099-01-01T00:00Z", "offer"),
    "offer accept": ("13", "offer"),
    "offer reject": ("14 --reason dear", "offer"),
    "offer revoke": ("15", "offer"),
    "offer time-out": ("13", ""),
    "offer list": ("buyer", "offers"),
    "balance": ("owner", "balance"),
    "positions": ("owner --state active", "positions"),
    "statement": ("owner --since 2020-01-01T00:00Z", "statement"),
    "trace": (f"{BATCH}/1", "trace"),
    "reconcile": ("park 2024-01", "reconciliation"),
    "log": ("-n 3", "entries log"),
    "show": ("1", "entry"),
    "query": ("'select account, name from accounts'", "columns rows is_cut"),
    "audit": ("", "audit"),
    "columns-audit": ("", "columns_audit"),
    "review": ("--project park", "review dispositions open"),
    "workpaper": ("paper.xlsx --seed seed --since log --folder .", "workpaper"),
    "changes": ("--since log", "changes"),
    "compare-claims": ("a.db log --key log.pub", "comparison"),
    "verify-evidence": (". --as-of 1", "evidence"),
    "doctor why": ("11", "entry type rests_on resting_on_it"),
    "doctor gaps": ("park 2024-01/2024-04", ""),
    "doctor refusal": (f"-- transfer {BATCH}/5 --to nobody", "refusal"),
    "key new": ("other.key --name example.com/log", "key"),
    "key show": ("log.key", "key"),
    "publish": ("site --key log.key", "published"),
    "receipt": ("1 --checkpoint log --out proof", "files"),
    "verify": ("log --key log.pub", "audit"),
    "export": ("positions out.csv", "export"),
    "report": ("report.html --title Report --checkpoint log", "report"),
    "certificate": ("trial/12 claim.html", "certificate"),
    "backup": ("copy.db", "backup"),
    "completion": ("zsh", ""),
}
# Commands whose call above does not end with 0, and how it ends.
OTHERWISE = {
    "postgres init": 4,
    "postgres status": 4,
    "void": 5,
    "role grant": 3,
    "role revoke": 3,
    "offer time-out": 3,
    "doctor gaps": 2,
}
OTHERWISE |= {"verification state": 3}  # the root is not that of this ledger
NO_LEDGER = {
    *(
        "init",
        "postgres init",
        "postgres status",
        "factors find",
        "factors list",
        "import describe",
        "key new",
        "key show",
        "verify",
        "completion",
    ),
    "compare-claims",
}
ALL = {" ".join(words): command for words, command in leaves()}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    begin(folder / "a.db")
    for words in (("key", "new", folder / "log.key", "--name", "example.com/log"),):
        (folder / "log.pub").write_text(call(*words).out)
    assert call("publish", "-f", folder / "a.db", folder / "log", "--key", folder / "log.key").status == 0
    return folder


@pytest.fixture
def place(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("CARBON_LEDGER", "CARBON_LEDGER_BY"):
        monkeypatch.delenv(name, raising=False)
    fill(tmp_path, template / "a.db")
    for name in ("log.key", "log.pub", "log"):
        (tmp_path / name).symlink_to(template / name)
    return tmp_path


def words_of(name: str, *options: str) -> list[str]:
    import shlex

    given = shlex.split(CALLS[name][0])
    named = [] if name in NO_LEDGER else ["-f", "a.db"]
    return [*name.split(), *named, *options, *given]


def state(path: Path) -> tuple[int, str]:
    with cl.open_ledger(path, read_only=True) as ledger:
        return ledger.size, ledger.root()


def test_every_command_has_a_call() -> None:
    assert set(CALLS) == set(ALL)


@pytest.mark.parametrize("name", CALLS)
def test_a_command_does_what_it_says(name: str, place: Path) -> None:
    done = call(*words_of(name))
    assert done.status == OTHERWISE.get(name, 0), done.err
    assert done.out or done.err


@pytest.mark.parametrize("name", [name for name in CALLS if name != "completion"])
def test_a_command_writes_one_json_object(name: str, place: Path) -> None:
    done = call(*words_of(name, "--json"))
    assert done.status == OTHERWISE.get(name, 0), done.err
    if name in OTHERWISE:
        assert (done.out, set(done.json), done.json["error"]["status"]) == ("", {"error"}, done.status)
        return
    expected = set(CALLS[name][1].split())
    assert set(done.json) == expected | ({"dry_run", "recorded"} if records(name) else set())
    assert done.out.isascii()


def records(name: str) -> bool:
    return any(item.name == "dry_run" for item in ALL[name].params) and name != "quantify"


@pytest.mark.parametrize("name", [name for name in CALLS if records(name)])
def test_a_dry_run_says_the_same_and_records_nothing(name: str, place: Path) -> None:
    before = state(place / "a.db")
    dry = call(*words_of(name, "--json", "--dry-run"))
    assert state(place / "a.db") == before
    done = call(*words_of(name, "--json"))
    assert dry.status == done.status
    if name in OTHERWISE:
        assert state(place / "a.db") == before
        return
    assert state(place / "a.db") != before
    assert dry.json["dry_run"] is True
    assert done.json["dry_run"] is False
    assert dry.json["recorded"] == done.json["recorded"]
    assert shape(dry.json) == shape(done.json)


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value).__name__


@pytest.mark.parametrize("name", [name for name in CALLS if name not in NO_LEDGER])
def test_a_file_that_is_no_ledger_is_named(name: str, place: Path) -> None:
    Path("a.db").write_bytes(b"no ledger" * 200)
    done = call(*words_of(name))
    if name == "doctor refusal":
        assert "NotALedgerError" in done.out
        return
    assert (done.status, done.out) == (4, "") or done.status == 2, done.err
    assert "a.db" in done.err or done.status == 2


@pytest.mark.parametrize("name", [name for name in CALLS if name not in NO_LEDGER])
def test_a_ledger_has_to_exist(name: str, place: Path) -> None:
    Path("a.db").unlink()
    call(*words_of(name))
    assert not Path("a.db").exists()


@pytest.mark.parametrize("name", ALL)
def test_a_command_has_help_of_its_own(name: str) -> None:
    done = call(*name.split(), "--help")
    assert done.status == 0
    assert done.out.startswith(f"Usage: carbon-ledger {name} ")
    assert "Args:" not in done.out


def test_an_idempotency_key_gives_the_first_result_again(place: Path) -> None:
    words = ["transfer", "-f", "a.db", f"{BATCH}/5-6", "--to", "buyer", "--key", "order-7", "--json"]
    first, again = call(*words), call(*words)
    assert first.json["blocks"] == again.json["blocks"]
    assert (first.json["recorded"]["types"], again.json["recorded"]) == ({"units.transferred": 1}, None)
    assert call(*words[:3], f"{BATCH}/7", *words[4:]).json["error"]["rule"] == "idempotency-key"


def check(done: Done, status: int, *texts: str) -> None:
    assert done.status == status, done.err
    for text in texts:
        assert text in done.err


def test_a_rule_refuses_by_name(place: Path) -> None:
    check(call("transfer", "-f", "a.db", f"{BATCH}/4", "--to", "buyer"), 3, "[not-active]")
    check(call("transfer", "-f", "a.db", f"{BATCH}/5", "--to", "nobody"), 5, "[unknown-account]")
    check(call("issue", "-f", "a.db", "park", "2024-04", "--to", "owner"), 3)


def test_a_waiver_is_recorded(place: Path) -> None:
    words = ["issue", "-f", "a.db", "park", "2024-03-01/2024-05-01", "--to", "owner"]
    check(call(*words), 3, "[gap]")
    assert call(*words, "--waive", "gap=April is not delivered yet").status == 0
    check(call(*words, "--waive", "gap"), 2, "NAME=REASON")
    check(call(*words, "--waive", "gaps=x"), 2, "gaps")


def test_the_variable_names_the_ledger(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(call("log"), 2, "CARBON_LEDGER")
    monkeypatch.setenv("CARBON_LEDGER", "a.db")
    assert call("log").status == 0
    check(call("log", "-f", "b.db"), 4, "b.db")
    assert call("-f", "b.db", "log").status == 4


def test_the_actor_is_named_by_an_option_or_a_variable(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["transfer", "-f", "a.db", "--to", "buyer"]
    assert call(*words, f"{BATCH}/5").status == 0
    monkeypatch.setenv("CARBON_LEDGER_BY", "operations")
    assert call(*words, f"{BATCH}/6").status == 0
    assert call(*words, f"{BATCH}/7", "--by", "night shift").status == 0
    found = call("log", "-f", "a.db", "-n", "3", "--json").json["log"]
    assert [item["by"] for item in found] == ["local", "operations", "night shift"]


def test_roles_are_granted_and_revoked_where_the_policy_has_them(place: Path) -> None:
    assert call("init", "roles.db", "--policy", "roles", "--by", "anna").status == 0
    words = ["-f", "roles.db"]
    check(call(*words, "account", "add", "a", "--name", "A", "--by", "ben"), 3, "[not-authorised]")
    granted = call(*words, "role", "grant", "ben", "registrar", "--by", "anna", "--json").json
    assert (granted["role"]["actor"], granted["role"]["role"]) == ("ben", "registrar")
    assert call(*words, "account", "add", "a", "--name", "A", "--by", "ben").status == 0
    assert "registrar" in call(*words, "role", "list", "ben").out
    assert call(*words, "role", "revoke", "ben", "registrar", "--reason", "left", "--by", "anna").status == 0
    assert "ben has no role" in call(*words, "role", "list", "ben").err
    check(call(*words, "account", "add", "b", "--name", "B", "--by", "ben"), 3, "[not-authorised]")


def test_as_of_answers_as_it_was(place: Path) -> None:
    assert call("-f", "a.db", "--json", "balance", "owner", "--as-of", "11").json["balance"]["active"] == 10
    assert call("-f", "a.db", "--json", "balance", "owner").json["balance"]["active"] == 5
    check(call("-f", "a.db", "balance", "owner", "--as-of", "9" * 30), 5)


def test_a_statement_begins_with_a_local_day(place: Path) -> None:
    words = ["statement", "owner", "-f", "a.db", "--json", "--zone", "Europe/Berlin"]
    whole = call(*words).json["statement"]["movements"]
    assert len(whole) > 1
    assert call(*words, "--since", "2024-01-01", "--until", "2999-01-01").json["statement"]["movements"] == whole
    assert call(*words, "--since", "2999-01-01").json["statement"]["movements"] == []


@pytest.mark.parametrize("since", ["5", "5:ab", "x:" + "0" * 64])
def test_since_of_a_columns_audit_needs_a_size_and_a_whole_root(since: str) -> None:
    done = call("columns-audit", "anything", "--since", since)
    assert (done.status, "expected SIZE:ROOT" in done.err) == (2, True), done.err


def test_since_of_a_columns_audit_is_also_a_published_checkpoint(place: Path) -> None:
    for given in ("log", "log/checkpoint"):
        done = call("-f", "a.db", "--json", "columns-audit", "--since", given)
        assert done.status == 0, done.err
        assert done.json["columns_audit"]["since"] > 0
    other = call("-f", "a.db", "columns-audit", "--since", "a.db")
    assert (other.status, "no signed checkpoint" in other.err) == (2, True), other.err


@pytest.mark.parametrize("command", ["log", "columns-audit"])
@pytest.mark.parametrize("url", ["mysql://ben:s3cret@db/registry", "postgresql+psycopg://ben:s3cret@db/registry"])
def test_a_url_of_another_kind_is_no_missing_file(command: str, url: str) -> None:
    done = call("-f", url, command)
    assert (done.status, "expected a file, or a URL that begins with postgresql://" in done.err) == (4, True), done.err
    assert "s3cret" not in done.err


PARAMETERS = ["host=/tmp dbname=x password='s3 cret'", "dbname = x password = s3cret", "password=s3cret host=db"]


@pytest.mark.parametrize("given", PARAMETERS)
@pytest.mark.parametrize(
    "words", ["log", "columns-audit", "query select+1", "init", "postgres status", "postgres init --writer w"]
)
def test_the_parameters_of_a_connection_are_written_as_a_url(
    given: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = call("-f", given, *words.split())
    assert (done.status, "write it as postgresql://user@host/dbname" in done.err) == (4, True), done.err
    assert "cret" not in done.err


def test_a_database_is_prepared_at_a_url() -> None:
    done = call("postgres", "init", "a.db", "--writer", "w")
    assert (done.status, "expected a URL" in done.err) == (2, True), done.err


def test_a_damaged_file_and_a_false_receipt_end_with_their_statuses(place: Path) -> None:
    assert call("receipt", "-f", "a.db", "1", "--checkpoint", "log", "--out", "p").status == 0
    words = ["verify", "p.tlog-proof", "p.entry", "--key", "log.pub"]
    assert call(*words).status == 0
    Path("p.entry").write_bytes(Path("p.entry").read_bytes().replace(b"Owner", b"Thief"))
    done = call(*words)
    assert (done.status, "NOT valid" in done.out) == (1, True)
    check(call("verify", "log.pub", "--key", "log.pub"), 2)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "xlsx"])
@pytest.mark.parametrize("what", ["positions", "statement", "retirements"])
def test_tables_are_written_by_the_name_of_the_file(what: str, ending: str, place: Path) -> None:
    words = ["export", "-f", "a.db", what, f"out.{ending}", "--account", "owner"]
    assert call(*words).status == 0
    assert Path(f"out.{ending}").read_bytes()
    check(call(*words), 4, "out.")
    start = {"csv": b"number," if what == "retirements" else b"account,", "jsonl": b"{", "xlsx": b"PK"}[ending]
    assert Path(f"out.{ending}").read_bytes().startswith(start)
    check(call("export", "-f", "a.db", what, "out.pdf", "--account", "owner"), 2, ".csv")


def test_others_can_write_while_a_meter_file_is_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading a long file takes minutes, and a transaction of that length would stop every other writer."""

    def reading(*arguments: Any, **options: Any) -> Any:
        with cl.open_ledger("a.db") as other:
            other.open_account(f"meanwhile-{other.size}", name="Meanwhile")
        return read_meter_file(*arguments, **options)

    monkeypatch.setattr("carbon_ledger.metering.meter_files.read_meter_file", reading)
    words = ("meter.csv", "--device", "other", "--zone", "UTC", "--answer", "stamp=start")
    assert call("import", "readings", "-f", "a.db", *words).status == 0
    with cl.open_ledger("a.db", read_only=True) as ledger:
        assert any(name.startswith("meanwhile") for name in ledger.accounts())


def test_json_has_every_field_of_the_record_that_the_library_returns(place: Path) -> None:
    """A program finds the same names in Python and in the shell."""
    total = ("2024-04", "--device", "mill", "--net", "10.6MWh", "--evidence", "report.pdf")
    assert {"device", "first", "last", "net_wh"} == set(
        call("import", "total", "-f", "a.db", *total, "--dry-run", "--json").json["readings"]
    )
    copy = call("backup", "-f", "a.db", "copy.db", "--json").json["backup"]
    published = call("publish", "-f", "a.db", "site", "--key", "log.key", "--json").json["published"]
    note = Path("site/checkpoint").read_text(encoding="utf-8")
    origin, size, root = note.splitlines()[:3]
    assert (published["origin"], published["size"], published["note"]) == (origin, int(size), note)
    assert copy == {"path": str(place / "copy.db"), "size": int(size), "root": published["root"]}
    assert base64.b64decode(root).hex() == published["root"]
    assert call("receipt", "-f", "a.db", "1", "--checkpoint", "site", "--out", "p").status == 0
    receipt = call("verify", "p.tlog-proof", "p.entry", "--key", "log.pub", "--json").json["receipt"]
    assert receipt["valid"] is True
    with cl.open_ledger("a.db", read_only=True) as ledger:
        assert receipt["entry"] == ledger.entry(1).to_dict()
    assert receipt["checkpoint"]["root"] == published["root"]


def test_views_show_what_the_publisher_says(place: Path) -> None:
    publish = ("publish", "-f", "a.db", "site", "--key", "log.key")
    assert call(*publish, "--views", "--public", "owner").status == 0
    (holdings,) = Path("site/views").rglob("holdings/id-owner/0.json")
    assert "beneficiary" not in Path(holdings.parents[2], "retirements/0.json").read_text(encoding="utf-8")
    assert call("verify", "site", "--key", "log.pub").status == 0
    holdings.write_bytes(b"{}")
    assert call("verify", "site", "--key", "log.pub").status == 1
    assert call(*publish, "--views", "--public-all", "--beneficiaries").status == 0
    assert "beneficiary" in Path(holdings.parents[2], "retirements/0.json").read_text(encoding="utf-8")
    for words in (("--public", "owner"), ("--beneficiaries",), ("--views", "--public", "owner", "--public-all")):
        assert call(*publish, *words).status == 2
    assert call(*publish, "--views", "--public", "nobody").status == 5


@pytest.mark.parametrize(
    "words",
    [
        ("entries", "--account", "owner"),
        ("entries", "--project", "park"),
        ("statement", "--account", "owner", "--project", "park"),
        ("retirements", "--project", "park"),
        ("cad-trust", "--project", "park", "--account", "owner"),
        ("statement",),
        ("cad-trust",),
    ],
)
def test_an_export_takes_exactly_the_options_that_it_uses(words: tuple[str, ...], place: Path) -> None:
    what, *options = words
    check(call("export", "-f", "a.db", what, "out.csv", *options), 2, what)
    assert not (place / "out.csv").exists()


def test_retirements_of_every_account_are_exported(place: Path) -> None:
    done = call("export", "-f", "a.db", "retirements", "out.csv", "--json")
    with cl.open_ledger(place / "a.db", read_only=True) as ledger:
        assert done.json["export"]["rows"] == len(ledger.retirements()) > 0


@pytest.mark.parametrize("taken", ["proof.entry", "proof.tlog-proof"])
def test_a_receipt_is_written_with_its_entry_or_not_at_all(taken: str, place: Path) -> None:
    (place / taken).write_text("of somebody else")
    check(call("receipt", "-f", "a.db", "1", "--checkpoint", "log", "--out", "proof"), 4, taken)
    assert [path.name for path in place.glob("proof*")] == [taken]


def test_entries_are_written_as_they_are_hashed(place: Path) -> None:
    assert call("export", "-f", "a.db", "entries", "out.jsonl").status == 0
    with cl.open_ledger("a.db", read_only=True) as ledger:
        whole = b"".join(ledger.entry_bytes(n) + b"\n" for n in range(ledger.size))
    assert Path("out.jsonl").read_bytes() == whole
