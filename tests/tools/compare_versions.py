"""Compare what users rely on in this version with an earlier one: public names, parameters, and the bytes of entries.

Run as ``python tests/tools/compare_versions.py REVISION``. The exit status is 1 if a name or a parameter of the earlier
version is missing here, or if this version writes another entry than that version's golden ledgers have. New names and
new parameters are listed; they are no difference.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROBE = """
import inspect, json
import carbon_ledger as cl
import carbon_ledger.testing

def parameters(function):
    found = list(inspect.signature(function).parameters.values())[1:]  # the first is the ledger, whatever its name
    return [[item.name, item.kind.name, repr(item.default)] for item in found]

def surface(kind):
    named = {name: inspect.getattr_static(kind, name) for name in dir(kind) if not name.startswith("_")}
    return {name: parameters(item) if callable(item) else type(item).__name__ for name, item in named.items()}

reader = type(cl.open_ledger(":memory:", by="a").as_of(entry=0))
print(json.dumps({
    "carbon_ledger": sorted(cl.__all__),
    "carbon_ledger.testing": sorted(carbon_ledger.testing.__all__),
    "Ledger": surface(cl.Ledger),
    "Reader": surface(reader),
}))
"""


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=True).stdout


def surface_of(tree: Path) -> dict[str, Any]:
    """The public names of a source tree, asked in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(tree / "src")}
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env=environment, cwd=tree, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def differences(old: dict[str, Any], new: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What the earlier version has and this one lacks or has otherwise; and what this version adds."""
    lost, added = [], []
    for part, names in old.items():
        lost += [f"{part}: {name} is gone" for name in names if name not in new[part]]
        added += [f"{part}: {name}" for name in new[part] if name not in names]
        for name in names if isinstance(names, dict) else ():
            before, after = names[name], new[part].get(name)
            if after is None or before == after:
                continue
            if not isinstance(before, list) or any(item not in after for item in before):
                lost.append(f"{part}.{name}: its parameters were {before}, now {after}")
            else:
                added += [f"{part}.{name}: parameter {item[0]}" for item in after if item not in before]
    return lost, added


def golden_differences(revision: str) -> list[str]:
    """The golden files that were changed since, and the entries that this version writes otherwise."""
    from tests.golden.write_golden import VERSIONS, build

    from carbon_ledger.errors import CarbonLedgerError
    from carbon_ledger.stores.memory import MemoryStore

    found = []
    listed = git("ls-tree", "--name-only", revision, "tests/golden/").decode().split()
    for name in listed:
        if (
            Path(name).suffix in (".db", ".json", ".jsonl")
            and git("show", f"{revision}:{name}") != (ROOT / name).read_bytes()
        ):
            found.append(f"{name} was changed")
    for name, version in VERSIONS.items():
        if f"tests/golden/{name}.jsonl" in listed:
            store = MemoryStore()
            try:
                build(version, store)
            except (AttributeError, TypeError, CarbonLedgerError) as error:
                found.append(f"{name}: this version cannot write it: {error}")
                continue
            written = b"".join(data + b"\n" for data in store.entries(0, store.size()))
            if written != git("show", f"{revision}:tests/golden/{name}.jsonl"):
                found.append(f"{name}: this version writes other entries")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", help="the earlier version, as git names it")
    revision = parser.parse_args().revision
    with TemporaryDirectory() as place:
        with tarfile.open(fileobj=io.BytesIO(git("archive", revision, "src"))) as archive:
            archive.extractall(place, filter="data")
        lost, added = differences(surface_of(Path(place)), surface_of(ROOT))
    lost += golden_differences(revision)
    for line in added:
        print(f"new: {line}")
    for line in lost:
        print(f"LOST: {line}")
    print(f"{len(lost)} differences from {revision}")
    return int(bool(lost))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
