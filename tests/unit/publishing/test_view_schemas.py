"""The schemas of public views accept what is published, and refuse what is not of their kind."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.support.everything import everything
from tests.support.large_values import large_values
from tests.support.public_views import publish, traded, view, views_in

import carbon_ledger as cl
from carbon_ledger.publishing.view_schemas import view_schemas

KINDS = {"accounts", "batches", "holdings", "index", "retirements"}


def ledgers(place: Path) -> dict[str, cl.Ledger]:
    return {"traded": traded(), "everything": everything(place / "other").ledger, "large": large_values()}


@pytest.mark.parametrize("name", ["traded", "everything", "large"])
@pytest.mark.parametrize("public", [{}, {"accounts": "all", "beneficiaries": True}])
def test_every_published_view_fits_its_schema(name: str, public: dict[str, object], tmp_path: Path) -> None:
    place = tmp_path / "log"
    size = publish(ledgers(tmp_path)[name], place, **public).size
    files = views_in(place)
    kinds = {
        view(place, size, path.relative_to(place / f"views/{size}").with_suffix("").as_posix())["view"]
        for path in files
    }
    assert kinds == (KINDS if public else KINDS - {"holdings"})


def test_each_schema_refuses_another_view_a_missing_field_and_one_too_many(tmp_path: Path) -> None:
    publish(traded(), tmp_path, accounts="all", beneficiaries=True)
    schemas = {name: Draft202012Validator(schema) for name, schema in view_schemas().items()}
    assert set(schemas) == KINDS
    for path in views_in(tmp_path):
        found = json.loads(path.read_bytes())
        assert [name for name, schema in schemas.items() if schema.is_valid(found)] == [found["view"]]
        for field in found:
            if field != "next":
                assert not schemas[found["view"]].is_valid({k: v for k, v in found.items() if k != field})
        assert not schemas[found["view"]].is_valid({**found, "more": "x"})
