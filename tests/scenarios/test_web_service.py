"""The example of a web service, as a client meets it."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.support.places import ROOT

import carbon_ledger as cl

pytest.importorskip("fastapi")
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

EXAMPLES = ROOT / "examples"
YEAR = cl.Period.year(2024, zone="UTC")


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    path = tmp_path / "ledger.db"
    with cl.open_ledger(path) as ledger:
        ledger.open_account("owner", name="Owner")
        ledger.register_device(
            cl.Device(
                id="plant",
                name="Plant",
                technology="wind/onshore",
                capacity="4 MW",
                country="DE",
                grid="DE",
                zone="UTC",
                commissioned="2020-01-01",
            )
        )
        ledger.register_project(cl.Project(id="wind", instrument="I-REC-E", zone="UTC", devices=("plant",)))
        ledger.record_generation("plant", YEAR, net="100 MWh")
        ledger.issue("wind", YEAR, to="owner")
    monkeypatch.setenv("CARBON_LEDGER", str(path))
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import web_service

    with TestClient(web_service.app, raise_server_exceptions=False) as client:
        yield client
    sys.modules.pop("web_service")


def sale(buyer: str, count: int) -> dict[str, Any]:
    return {"seller": "owner", "instrument": "I-REC-E", "count": count, "buyer": buyer, "buyer_name": buyer.title()}


def headed(key: str, actor: str = "shop") -> dict[str, str]:
    return {"Idempotency-Key": key, "X-Actor": actor}


def active(client: TestClient, account: str) -> int:
    return int(client.get(f"/accounts/{account}/I-REC-E").json()["active"])


def test_a_sale_moves_units_of_the_seller_alone(client: TestClient) -> None:
    for buyer in ("first", "second"):
        answer = client.post("/sales", json=sale(buyer, 5), headers=headed(f"sale-{buyer}"))
        assert (answer.status_code, len(answer.json()["sold"])) == (201, 1), answer.text
    assert [active(client, account) for account in ("owner", "first", "second")] == [90, 5, 5]


def test_a_request_that_is_repeated_is_done_once(client: TestClient) -> None:
    first, again = (client.post("/sales", json=sale("buyer", 5), headers=headed("sale")) for _ in range(2))
    assert first.json() == again.json()
    assert active(client, "buyer") == 5
    other = client.post("/sales", json=sale("buyer", 6), headers=headed("sale"))
    assert (other.status_code, other.json()["rule"]) == (409, "idempotency-key")
    assert client.post("/sales", json=sale("buyer", 6), headers=headed("sale", "another shop")).status_code == 201


@pytest.mark.parametrize(
    ("count", "status", "rule"), [(1_000, 409, "insufficient-balance"), (0, 422, None), (-1, 422, None)]
)
def test_what_is_refused_leaves_no_account_behind(
    client: TestClient, count: int, status: int, rule: str | None
) -> None:
    answer = client.post("/sales", json=sale("buyer", count), headers=headed("k"))
    assert (answer.status_code, answer.json()["rule"]) == (status, rule), answer.text
    assert client.get("/accounts/buyer/I-REC-E").status_code == 404


def test_what_only_an_operator_can_mend_is_no_fault_of_the_client(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "old.db"
    with cl.open_ledger(path, clock=lambda: datetime(2020, 1, 1, tzinfo=UTC)) as ledger:
        ledger.open_account("owner", name="Owner")
    monkeypatch.setenv("CARBON_LEDGER", str(path))
    answer = client.post("/accounts", json={"account": "a", "name": "A"}, headers=headed("open", "shop"))
    assert (answer.status_code, answer.json()["rule"]) == (500, "clock-jump"), answer.text


def test_a_path_without_a_ledger_begins_none(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CARBON_LEDGER", str(tmp_path / "mistyped.db"))
    answer = client.get("/accounts/owner/I-REC-E")
    assert (answer.status_code, "no such file" in answer.json()["error"]) == (500, True)
    assert not (tmp_path / "mistyped.db").exists()


def test_a_ledger_that_is_shared_by_all_requests_works_as_well(tmp_path: Path) -> None:
    """With batches in the endpoints, in threads of the framework's pool."""
    from concurrent.futures import ThreadPoolExecutor

    app = FastAPI()
    with cl.open_ledger(tmp_path / "shared.db", timeout_s=60) as ledger:

        @app.post("/{name}")
        def post(name: str, shared: cl.Ledger = Depends(lambda: ledger)) -> int:  # noqa: B008 FastAPI's way
            with shared.batch():
                shared.open_account(name, name=name)
                return len(shared.accounts())

        with TestClient(app) as client, ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda k: client.post(f"/a-{k}"), range(40)))
        assert {answer.status_code for answer in answers} == {200}
        assert sorted(answer.json() for answer in answers) == list(range(1, 41))
