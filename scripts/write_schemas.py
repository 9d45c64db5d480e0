"""Write a JSON Schema of a whole entry for each event type, of the document of a quantification, and of public views.

The files are `docs/reference/schemas/<type>.json`, `quantification.json` and `view-<view>.json`. A test holds them
against `carbon_ledger.core.entries.events`, `carbon_ledger.core.issuance.document_schema` and
`carbon_ledger.publishing.view_schemas`. Run it after a change there::

    python scripts/write_schemas.py
"""

import json
from pathlib import Path

from carbon_ledger.core.entries.events import EVENTS, entry_schema
from carbon_ledger.core.issuance.document_schema import quantification_schema
from carbon_ledger.publishing.view_schemas import view_schemas

SCHEMAS = Path(__file__).resolve().parents[1] / "docs" / "reference" / "schemas"


def texts() -> dict[str, str]:
    """The files' names and texts."""
    schemas = {kind: entry_schema(kind) for kind in EVENTS} | {"quantification": quantification_schema()}
    schemas |= {f"view-{view}": schema for view, schema in view_schemas().items()}
    return {
        f"{kind}.json": json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        for kind, schema in schemas.items()
    }


def main() -> None:
    """Write every file, and remove those of types that are no more."""
    SCHEMAS.mkdir(parents=True, exist_ok=True)
    wanted = texts()
    for file in SCHEMAS.glob("*.json"):
        if file.name not in wanted:
            file.unlink()
    for name, text in wanted.items():
        (SCHEMAS / name).write_text(text, encoding="utf-8")
    print(f"{len(wanted)} schemas in {SCHEMAS}")


if __name__ == "__main__":
    main()
