"""Write a JSON Schema of a whole entry for each event type: `docs/reference/schemas/<type>.json`.

A test holds the files against `carbon_ledger.ledger.shapes`. Run it after a change there::

    python scripts/write_schemas.py
"""

import json
from pathlib import Path

from carbon_ledger.ledger.events import EVENTS, entry_schema

SCHEMAS = Path(__file__).resolve().parents[1] / "docs" / "reference" / "schemas"


def texts() -> dict[str, str]:
    """The files' names and texts."""
    return {
        f"{kind}.json": json.dumps(entry_schema(kind), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        for kind in EVENTS
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
