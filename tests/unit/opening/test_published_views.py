"""A public view that differs from the log is found by an audit, which names the file and the field."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.public_views import publish, traded, views_in
from tests.support.published_log import KEY, SIGNER

import carbon_ledger as cl
from carbon_ledger.opening.published_views import VIEWS
from carbon_ledger.publishing.public_views import encoded

PUBLIC = [{}, {"accounts": ["hidden-buyer"]}, {"accounts": "all", "beneficiaries": True}]


def audited(place: Path) -> cl.AuditReport:
    return cl.audit_published(place, trusted_keys=KEY)


def found(place: Path) -> list[str]:
    report = audited(place)
    assert {item.check for item in report.findings} <= {VIEWS}
    assert report.passed == (not report.findings)
    return [item.detail for item in report.findings]


@pytest.mark.parametrize("public", PUBLIC)
def test_true_views_pass_and_are_counted(public: dict[str, Any], tmp_path: Path) -> None:
    publish(traded(), tmp_path, **public)
    report = audited(tmp_path)
    assert report.passed, str(report)
    assert dict(report.checks)[VIEWS] == len(views_in(tmp_path))


def test_a_log_without_views_has_no_such_check(tmp_path: Path) -> None:
    traded().publish(tmp_path, signer=SIGNER)
    report = audited(tmp_path)
    assert report.passed
    assert VIEWS not in dict(report.checks)


def fields(value: Any) -> list[tuple[dict[str, Any], str]]:
    """Every field in a value, with the object that has it."""
    if isinstance(value, dict):
        return [(value, name) for name in value] + [pair for item in value.values() for pair in fields(item)]
    return [pair for item in value for pair in fields(item)] if isinstance(value, list) else []


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return "listed" if value == "all" else f"{value}x"
    return [*value, "x"] if isinstance(value, list) else {**value, "x": "y"}


@pytest.mark.parametrize("public", [{"accounts": ["seller"]}, {"accounts": "all", "beneficiaries": True}])
def test_every_changed_field_of_every_view_is_found_and_the_file_is_named(
    public: dict[str, Any], tmp_path: Path
) -> None:
    """All fields of a file at once: the audit of the log itself is run once for each kind of change."""
    place = tmp_path / "log"
    size = publish(traded(), place, **public).size
    files = {path: path.read_bytes() for path in views_in(place)}
    rounds = max(len(fields(json.loads(data))) for data in files.values())
    for k in range(0, rounds, 7):
        changed = set()
        for path, data in files.items():
            value = json.loads(data)
            if k < len(fields(value)) and path.name != "index.json":
                holder, name = fields(value)[k]
                holder[name] = other(holder[name])
                path.write_bytes(encoded(value))
                changed.add(path)
        if any("accounts" in path.parts for path in changed):  # a changed id of an account decides what is public
            changed = {path for path in changed if "holdings" not in path.parts}
        text = "\n".join(found(place))
        assert [path for path in changed if path.relative_to(place).as_posix() not in text] == [], k
        for path, data in files.items():
            path.write_bytes(data)
    assert found(place) == []
    assert size


def forge(place: Path, path: str, change: Callable[[dict[str, Any]], object]) -> None:
    file = place / path
    value = json.loads(file.read_bytes())
    change(value)
    file.write_bytes(encoded(value))


@pytest.mark.parametrize(
    ("path", "change", "told"),
    [
        ("retirements/0", lambda v: v["items"][1].update(units=500), "'units' of its item 1 is 500, and the log"),
        ("retirements/0", lambda v: v["items"].pop(), "it has 2 items, and the log gives 3"),
        ("retirements/0", lambda v: v["items"][0].update(beneficiary="Me"), "'beneficiary' of its item 0 is 'Me'"),
        ("batches/0", lambda v: v["items"].append(v["items"][0]), "it has 4 items, and the log gives 3"),
        ("batches/0", lambda v: v["items"][0]["states"].update(active=100), "'states' of its item 0"),
        ("batches/0", lambda v: v.update(root="0" * 64), "its 'root' is"),
        ("batches/0", lambda v: v.update(next=1), "its 'next' is 1"),
        ("accounts/0", lambda v: v["items"][0].update(name="Another"), "'name' of its item 0 is 'Another'"),
        ("accounts/0", lambda v: v["items"].append({"account": "nobody"}), "it has 2 items"),
        ("accounts/0", lambda v: v["items"].insert(0, 7), "its item 0 is 7"),
        ("holdings/id-seller/0", lambda v: v["items"].clear(), "it has 0 items"),
        ("holdings/id-seller/0", lambda v: v.update(account="hidden-buyer"), "its 'account' is"),
        ("index", lambda v: v["views"]["batches"].update(pages=9), "its 'views' is"),
        ("index", lambda v: v.update(size=v["size"] - 1), "its 'size' is"),
        ("index", lambda v: v.update(format="carbon-ledger-view@2"), "its 'format' is"),
    ],
)  # fmt: skip
def test_a_forged_view_is_named(
    path: str, change: Callable[[dict[str, Any]], object], told: str, tmp_path: Path
) -> None:
    size = publish(traded(), tmp_path, accounts=["seller"]).size
    forge(tmp_path, f"views/{size}/{path}.json", change)
    (detail,) = (text for text in found(tmp_path) if f"views/{size}/{path}.json" in text)
    assert told in detail
    assert len(detail) < 600


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"7", b"null", b"\xff", b"[" * 100_000, b'{"items":' * 50_000, b"1" * 5_000, b"{}"]
)
def test_a_view_that_is_not_json_is_a_finding(data: bytes, tmp_path: Path) -> None:
    size = publish(traded(), tmp_path, accounts=["seller"]).size
    for path in views_in(tmp_path):
        path.write_bytes(data)
    details = found(tmp_path)
    for name in ("index", "batches/0", "retirements/0", "accounts/0"):
        assert any(f"views/{size}/{name}.json: " in text for text in details)


def test_a_view_with_other_spaces_is_not_the_published_one(tmp_path: Path) -> None:
    size = publish(traded(), tmp_path).size
    file = tmp_path / f"views/{size}/batches/0.json"
    file.write_bytes(file.read_bytes() + b"\n")
    (detail,) = found(tmp_path)
    assert "its text is not canonical JSON" in detail


def test_a_missing_view_and_one_that_is_no_file_are_findings(tmp_path: Path) -> None:
    size = publish(traded(), tmp_path).size
    (tmp_path / f"views/{size}/batches/0.json").unlink()
    (tmp_path / f"views/{size}/retirements/0.json").unlink()
    (tmp_path / f"views/{size}/retirements/0.json").mkdir()
    first, second = found(tmp_path)
    assert "batches/0.json: it is missing" in first
    assert "a directory" in second


def test_an_index_that_is_no_file_is_a_finding(tmp_path: Path) -> None:
    size = publish(traded(), tmp_path).size
    (tmp_path / f"views/{size}/index.json").unlink()
    (tmp_path / f"views/{size}/index.json").mkdir()
    (detail,) = found(tmp_path)
    assert "index.json" in detail


def test_endless_pages_of_accounts_end(tmp_path: Path) -> None:
    """Whoever serves the log can answer every path."""
    publish(traded(), tmp_path, accounts=["seller"])
    asked = []

    def fetch(path: str) -> bytes | None:
        if "/accounts/" in path:
            asked.append(path)
            return b'{"items":[{"account":"seller"}]}'
        return (tmp_path / path).read_bytes() if (tmp_path / path).is_file() else None

    report = cl.audit_published(fetch, trusted_keys=KEY)
    assert not report.passed
    assert len(asked) < 10


def test_views_are_not_said_to_have_passed_where_the_log_has_not(tmp_path: Path) -> None:
    size = publish(traded(), tmp_path).size
    bundle = next((tmp_path / "tile/entries").rglob(str(size)))
    bundle.write_bytes(bundle.read_bytes().replace(b'"to":"hidden', b'"to":"forged'))
    report = audited(tmp_path)
    assert not report.passed
    assert VIEWS not in dict(report.checks)
    assert VIEWS in report.not_run
