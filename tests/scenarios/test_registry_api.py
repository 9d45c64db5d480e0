"""The example of a registry's service, as its clients meet it: keys, tokens, exact numbers, and problems."""

import json
import shutil
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.support.places import ROOT
from tests.support.registry_service import ACTORS, begin, crowd, judged, served

import carbon_ledger as cl
from carbon_ledger import errors

pytest.importorskip("fastapi")
from fastapi.testclient import TestClient

EXAMPLES = ROOT / "examples"
JANUARY = {"start": "2025-01-01", "end": "2025-02-01", "zone": "UTC"}
YEAR = {"start": "2024-01-01", "end": "2025-01-01", "zone": "UTC"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in which `seller` has units."""
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    begin(str(path))
    return path


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """A PostgreSQL server that the tests start."""
    support = pytest.importorskip("tests.support.postgres", reason="this version has no store on PostgreSQL")
    if support.missing() and not support.required():
        pytest.skip(f"missing: {', '.join(support.missing())}")
    server = support.Server()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite"])
def address(request: pytest.FixtureRequest, tmp_path: Path, template: Path) -> str:
    """The address of a new ledger in which `seller` has units."""
    if request.param == "sqlite":
        return str(shutil.copy(template, tmp_path / "ledger.db"))
    where = str(request.getfixturevalue("server").url(f"service_{uuid4().hex}"))
    begin(where)
    return where


# The address is an argument of the fixture `client` too.
on_both_stores = pytest.mark.parametrize(
    "address", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import registry_api

    monkeypatch.setattr(registry_api, "TIMEOUT_S", 1)
    yield registry_api
    sys.modules.pop("registry_api")


@pytest.fixture
def client(module: Any, address: str) -> Iterator[TestClient]:
    with TestClient(module.service(address, ACTORS), raise_server_exceptions=False) as client:
        yield client


def headed(key: str, token: str = "token-0", **more: str) -> dict[str, str]:
    return {"Idempotency-Key": key, "Authorization": f"Bearer {token}", "Content-Type": "application/json"} | more


def sale(count: Any, to: str = "buyer") -> dict[str, Any]:
    return {"units": {"count": count, "instrument": "I-REC-E"}, "from": "seller", "to": to}


def claim(count: int) -> dict[str, Any]:
    return {name: value for name, value in sale(count).items() if name != "to"} | {
        "beneficiary": "B", "purpose": "use", "period": YEAR
    }  # fmt: skip


def active(client: TestClient, account: str) -> int:
    answer = client.get(f"/accounts/{account}/balances/I-REC-E", headers=headed("-"))
    return int(answer.json()["balance"]["active"])


def problem(answer: Any, status: int, rule: str) -> str:
    """The detail of a problem that has every member of RFC 9457, and nothing of the inside."""
    found = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, found["status"], found["rule"]) == (status, status, rule), found
    assert found["type"].startswith("tag:")
    assert found["type"].endswith(f":{rule}")
    assert found.keys() <= {"type", "title", "status", "detail", "rule", "key"}
    for inside in ("Traceback", ".db", "/dev/shm", "/tmp", "sqlite", "SELECT", 'File "'):
        assert inside not in answer.text
    return str(found["detail"])


def test_what_the_environment_lacks_is_named(module: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.json"
    for name in ("CARBON_LEDGER", "CARBON_LEDGER_TOKENS"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit, match="CARBON_LEDGER is not set: expected the address of a ledger"):
        module.from_environment()
    monkeypatch.setenv("CARBON_LEDGER", str(tmp_path / "ledger.db"))
    with pytest.raises(SystemExit, match="CARBON_LEDGER_TOKENS is not set: expected a file of tokens"):
        module.from_environment()
    monkeypatch.setenv("CARBON_LEDGER_TOKENS", str(tokens))
    with pytest.raises(SystemExit, match="expected a file of tokens, in JSON"):
        module.from_environment()
    tokens.write_text("{}")
    with pytest.raises(errors.NotALedgerError, match="the service begins no ledger of its own"):
        module.from_environment()


@on_both_stores
def test_a_write_that_is_repeated_is_done_once_and_answered_alike(client: TestClient) -> None:
    writes: list[tuple[str, dict[str, Any]]] = [
        ("/accounts", {"account": "new", "name": "New"}),
        ("/generation", {"device": "plant", "period": JANUARY, "net": "12.5 MWh"}),
        ("/issuances", {"project": "hydro", "period": JANUARY, "to": "seller"}),
        ("/transfers", sale(5)),
        ("/transfers", sale("5") | {"units": ["hydro/2024/7/1011-1020"]}),
        ("/retirements", claim(7) | {"reference": "PO 1"}),
    ]
    for k, (path, body) in enumerate(writes):
        first, again = (client.post(path, json=body, headers=headed(f"k-{k}")) for _ in range(2))
        assert first.status_code == again.status_code == 201, first.text
        assert first.content == again.content
    assert active(client, "buyer") == 15


def test_energy_is_recorded_and_issued(client: TestClient, address: str) -> None:
    period = JANUARY
    body = {"device": "plant", "period": period, "net": "1234.567891 MWh"}
    answer = client.post("/generation", json=body, headers=headed("g"))
    assert answer.json()["recorded"][0]["net_wh"] == 1_234_567_891
    issued = client.post("/issuances", json={"project": "hydro", "period": period, "to": "buyer"}, headers=headed("i"))
    assert [batch["count"] for batch in issued.json()["batches"]] == [1_234]
    again = {"project": "hydro", "period": period, "to": "buyer", "expect": "1234"}
    assert "already" in problem(client.post("/issuances", json=again, headers=headed("i2")), 409, "double-issuance")


@on_both_stores
def test_the_same_key_with_another_body_is_unprocessable(client: TestClient) -> None:
    assert client.post("/transfers", json=sale(5), headers=headed("k")).status_code == 201
    problem(client.post("/transfers", json=sale(6), headers=headed("k")), 422, "idempotency-key")
    body = {"account": "new", "name": "New"}
    problem(client.post("/accounts", json=body, headers=headed("k")), 422, "idempotency-key")
    # A key belongs to its actor.
    assert client.post("/transfers", json=sale(6), headers=headed("k", "token-1")).status_code == 201
    assert active(client, "buyer") == 11


@pytest.mark.parametrize("key", [None, "", " ", "a b", "ü", "x" * 201])
def test_a_write_needs_a_key(key: str | None, client: TestClient) -> None:
    headers = {name: value for name, value in headed("x").items() if name != "Idempotency-Key"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    raw += [] if key is None else [(b"Idempotency-Key", key.encode())]
    problem(client.post("/transfers", content=json.dumps(sale(5)), headers=raw), 400, "no-key")
    two = [*raw, (b"Idempotency-Key", b"one"), (b"Idempotency-Key", b"two")]
    problem(client.post("/transfers", content=json.dumps(sale(5)), headers=two), 400, "no-key")


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Bearer nobody", "Basic token-0", "token-0"])
def test_who_has_no_token_learns_nothing(value: str, client: TestClient) -> None:
    for path in ("/accounts", "/transfers", "/retirements", "/issuances", "/generation"):
        answer = client.post(path, content="not read", headers=headed("k") | {"Authorization": value})
        problem(answer, 401, "no-token")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    problem(client.get("/accounts/seller/balances/I-REC-E", headers={"Authorization": value}), 401, "no-token")


def test_the_actor_is_the_tokens_and_never_the_bodys(client: TestClient, address: str) -> None:
    for name in ("by", "actor", "key", "from_"):
        assert "Extra" in problem(
            client.post("/transfers", json=sale(5) | {name: "x"}, headers=headed("k")), 422, "body"
        )
    headers = headed("k") | {"X-Actor": "registrar"}
    assert client.post("/transfers", json=sale(5), headers=headers).status_code == 201
    with cl.open_ledger(address, read_only=True) as ledger:
        assert ledger.entry(ledger.size - 1).by == "shop-0"


EXACT = [
    *("5.0", "5e0", "1e400", "NaN", "Infinity", "-Infinity", "1" * 20, "1" * 5_000),
    *('{"count":5,"count":6,"instrument":"I-REC-E"}', "[" * 100_000, "{", "'5'", ""),
]


@pytest.mark.parametrize("text", EXACT)
def test_json_that_is_not_exact_is_refused(text: str, client: TestClient) -> None:
    count = text if text.startswith(("{", "[")) else f'{{"count":{text},"instrument":"I-REC-E"}}'
    body = f'{{"units":{count},"from":"seller","to":"buyer"}}'
    problem(client.post("/transfers", content=body, headers=headed("k")), 400, "json")
    for data in (b"\xff", b"", b"\x00", "\ufeff{}".encode()):
        problem(client.post("/transfers", content=data, headers=headed("k")), 400, "json")


def test_text_that_no_encoding_has_and_a_long_one_are_refused(client: TestClient) -> None:
    for body in ('{"\\ud800":1}', '{"account":"a","name":"\\ud800"}', '{"account":"\\ud800","name":"A"}'):
        answer = client.post("/accounts", content=body, headers=headed("k"))
        problem(answer, 422, "body")
    answer = client.post("/accounts", json={"x" * 200_000: 1}, headers=headed("k"))
    assert len(problem(answer, 422, "body")) <= 2_000


@pytest.mark.parametrize("count", [True, None, "5.0", " 5", "five", [5], "1" * 19])
def test_a_count_is_a_whole_number(count: object, client: TestClient) -> None:
    problem(client.post("/transfers", json=sale(count), headers=headed("k")), 422, "body")


@pytest.mark.parametrize(
    ("path", "body", "status", "rule"),
    [
        ("/transfers", sale(1_000_000), 409, "insufficient-balance"),
        ("/transfers", sale(0), 422, "invalid"),
        ("/transfers", sale(-1), 422, "invalid"),
        ("/transfers", sale(1, "nobody"), 404, "unknown-account"),
        ("/transfers", sale(1) | {"units": ["../../x"]}, 422, "invalid"),
        ("/transfers", sale(1) | {"units": []}, 422, "body"),
        ("/transfers", sale(1, "x" * 2_000), 422, "body"),
        ("/transfers", [], 422, "body"),
        ("/transfers", "text", 422, "body"),
        ("/accounts", {"account": "../x", "name": "A"}, 422, "invalid"),
        ("/accounts", {"account": "seller", "name": "A"}, 409, "already-registered"),
        ("/generation", {"device": "plant", "period": YEAR, "net": "5 GJ/h"}, 422, "invalid"),
        ("/generation", {"device": "plant", "period": YEAR, "net": "5 MWh"}, 409, "overlap"),
        ("/generation", {"device": "plant", "period": YEAR, "net": 5}, 422, "body"),
        ("/generation", {"device": "plant", "period": {"start": "2024-01-01", "end": "2024-01-02"}, "net": "5 MWh"},
         422, "invalid"),
    ],
)  # fmt: skip
def test_a_refusal_names_its_rule_and_leaves_no_trace(
    path: str, body: Any, status: int, rule: str, client: TestClient, address: str
) -> None:
    with cl.open_ledger(address, read_only=True) as ledger:
        size = ledger.size
    assert problem(client.post(path, json=body, headers=headed("k")), status, rule)
    with cl.open_ledger(address, read_only=True) as ledger:
        assert ledger.size == size


def test_a_body_is_bounded_also_if_its_length_is_not_stated(client: TestClient, module: Any) -> None:
    large = b" " * (module.MOST_BODY_BYTES + 1)
    problem(client.post("/transfers", content=large, headers=headed("k")), 413, "body-too-large")
    pieces = (b" " * 65_536 for _ in range(100))
    problem(client.post("/transfers", content=pieces, headers=headed("k")), 413, "body-too-large")
    whole = json.dumps(sale(1)).encode().ljust(module.MOST_BODY_BYTES)
    assert client.post("/transfers", content=whole, headers=headed("k")).status_code == 201
    answer = client.post("/transfers", content=b"{}", headers=headed("k") | {"Content-Type": "text/plain"})
    problem(answer, 415, "content-type")


def test_paths_and_methods_that_are_not_there_are_problems(client: TestClient) -> None:
    problem(client.get("/nothing", headers=headed("k")), 404, "http")
    problem(client.delete("/accounts", headers=headed("k")), 405, "http")
    problem(client.get("/retirements/first", headers=headed("k")), 422, "path")
    problem(client.get("/retirements/99999999999999999999", headers=headed("k")), 404, "unknown-retirement")
    problem(client.get("/retirements/0", headers=headed("k")), 404, "unknown-retirement")
    problem(client.get("/accounts/nobody/balances/I-REC-E", headers=headed("k")), 404, "unknown-account")


def test_while_others_write_a_client_is_told_when_to_come_again(
    client: TestClient, address: str, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", 0)
    begun, done = threading.Event(), threading.Event()

    def hold() -> None:
        with cl.open_ledger(address) as ledger, ledger.batch():
            ledger.open_account("held", name="Held")
            begun.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait(30)
    answer = client.post("/transfers", json=sale(5), headers=headed("k"))
    done.set()
    thread.join()
    problem(answer, 503, "store-locked")
    assert (answer.headers["Retry-After"], answer.json()["key"]) == ("1", "k")
    assert client.post("/transfers", json=sale(5), headers=headed("k")).status_code == 201
    assert active(client, "buyer") == 5


@on_both_stores
@pytest.mark.parametrize("is_recorded", [True, False])
def test_an_unknown_outcome_is_resolved_by_the_same_request(
    is_recorded: bool, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk or the connection fails as the command is committed: before it is there, or after."""
    transfer = cl.Ledger.transfer

    def failing(ledger: cl.Ledger, *args: Any, **named: Any) -> Any:
        if is_recorded:
            transfer(ledger, *args, **named)
        raise errors.StoreError("/dev/shm/secret/ledger.db: disk I/O error")

    monkeypatch.setattr(cl.Ledger, "transfer", failing)
    answer = client.post("/transfers", json=sale(5), headers=headed("k"))
    assert "not known" in problem(answer, 503, "outcome-unknown")
    assert (answer.headers["Retry-After"], answer.json()["key"]) == ("1", "k")
    monkeypatch.setattr(cl.Ledger, "transfer", transfer)
    first, again = (client.post("/transfers", json=sale(5), headers=headed("k")) for _ in range(2))
    assert first.status_code == 201
    assert first.content == again.content
    assert active(client, "buyer") == 5


def test_every_error_of_the_library_has_an_answer(module: Any) -> None:
    def kinds(kind: type[cl.CarbonLedgerError]) -> list[type[cl.CarbonLedgerError]]:
        return [kind, *(found for below in kind.__subclasses__() for found in kinds(below))]

    # Other tests define errors of users, which a service does not meet.
    for kind in (kind for kind in kinds(cl.CarbonLedgerError) if kind.__module__.startswith("carbon_ledger")):
        error = kind("it", "text /secret/path") if issubclass(kind, errors.RefusedError) else kind("text /secret/path")
        found = module.problem_of(error)
        assert found.status in (403, 404, 409, 422, 500, 503)
        assert found.rule
        # What a client cannot mend says nothing of the inside.
        assert ("secret" in found.detail) == (found.status < 500)


def test_an_error_that_nobody_expected_says_nothing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a secret of /dev/shm/ledger.db")

    monkeypatch.setattr(cl.Ledger, "transfer", failing)
    assert "secret" not in problem(client.post("/transfers", json=sale(5), headers=headed("k")), 500, "internal")


def test_what_only_an_operator_can_mend_is_no_fault_of_the_client(module: Any, tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with cl.open_ledger(path, clock=lambda: datetime(2020, 1, 1, tzinfo=UTC)) as ledger:
        ledger.open_account("owner", name="Owner")
    with TestClient(module.service(str(path), ACTORS)) as client:
        answer = client.post("/accounts", json={"account": "a", "name": "A"}, headers=headed("open"))
        problem(answer, 500, "internal")


def test_a_service_without_its_ledger_does_not_start_and_begins_none(module: Any, tmp_path: Path) -> None:
    with pytest.raises(errors.NotALedgerError, match="mistyped"):
        module.service(str(tmp_path / "mistyped.db"), ACTORS)
    assert not (tmp_path / "mistyped.db").exists()
    path = tmp_path / "moved.db"
    begin(str(path))
    with TestClient(module.service(str(path), ACTORS), raise_server_exceptions=False) as client:
        path.rename(tmp_path / "elsewhere.db")
        problem(client.post("/transfers", json=sale(5), headers=headed("k")), 500, "internal")
    assert not path.exists()


def test_with_roles_the_ledger_says_who_may(module: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "roles.db")
    begin(path, policy="roles")
    with cl.open_ledger(path, by="registrar") as ledger:
        for role, more in (("registrar", {}), ("account-holder", {"account": "seller"})):
            ledger.revoke("shop-1", role, reason="moved", **more)
        ledger.grant("shop-1", "account-holder", account="buyer")
    with TestClient(module.service(path, ACTORS)) as client:
        problem(client.post("/transfers", json=sale(5), headers=headed("k", "token-1")), 403, "not-authorised")
        assert client.post("/transfers", json=sale(5), headers=headed("k")).status_code == 201
        for account, status in (("seller", 403), ("buyer", 200)):
            answer = client.get(f"/accounts/{account}/balances/I-REC-E", headers=headed("-", "token-1"))
            assert answer.status_code == status
        n = client.post("/retirements", json=claim(1), headers=headed("r")).json()["retirement"]["n"]
        problem(client.get(f"/retirements/{n}", headers=headed("-", "token-1")), 403, "not-authorised")
        assert client.get(f"/retirements/{n}", headers=headed("-")).json()["retirement"]["beneficiary"] == "B"


def test_large_numbers_are_text_in_answers_and_may_be_in_questions(module: Any) -> None:
    assert module.exact({"a": [2**53, 2**53 - 1, True, None]}) == {"a": [str(2**53), 2**53 - 1, True, None]}
    assert module.Selected(count="12", instrument="x").count == 12


def test_the_description_has_the_bodies_of_all_writes(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    writes = {path: item["post"]["requestBody"]["content"]["application/json"]["schema"] for path, item in paths.items()
              if "post" in item}  # fmt: skip
    assert set(writes) == {"/accounts", "/generation", "/issuances", "/transfers", "/retirements"}
    assert all(schema["additionalProperties"] is False for schema in writes.values())


@on_both_stores
@pytest.mark.outside
def test_a_served_crowd_has_each_acknowledged_write_in_the_log_once(address: str, tmp_path: Path) -> None:
    """`python -m tests.faults --name web` does the same with 2,000 writes."""
    figures: Counter[str] = Counter()
    with served(address, tmp_path, workers=1) as (_, port):
        answers, problems = crowd(port, 32, figures, clients=16)
    assert problems + judged(address, answers) == []
    assert len(answers) == 32
