"""A methodology of a test's own, written to a file and imported from there, and ledgers that use it."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from tests.conftest import device
from tests.support.metered_project import MAY

import carbon_ledger as cl
from carbon_ledger.methodologies.base import Methodology
from carbon_ledger.testing import Clock

KEY = "OWN-TOY@1.0"
FACTOR = cl.EmissionFactor(factor_id="f", value="0.5", unit="tCO2e/MWh", kind="fuel", region="AZ", source="a test")

SOURCE = """
from decimal import Decimal

from carbon_ledger.methodologies import base

SHARE = Decimal("{share}")


def calculate(methodology, activity, factor):
    lines, amounts = [], []
    for year in activity.vintages:
        energy = base.net_energy_lines(activity, year, "MWh", source="rule 1", confidence="C")
        lines += [*energy, *base.project_lines(activity, year, factor, "rule 2")]
        lines += base.leakage_lines(activity, year, "rule 3")
        value = energy[-1].value * factor.t_per_mwh * SHARE
        lines.append(base.Line(symbol=f"ER[{{year}}]", name="reductions", value=value, unit="tCO2e", source="rule 4"))
        amounts.append((year, value))
    lines, amounts = tuple(lines), tuple(amounts)
    {attack}
    return lines, amounts


def check(activity):
    {check}
    return base.Condition(name="any", met=True, detail="any plant", source="rule 0", confidence="C")


METHODOLOGY = base.Methodology(
    name="{name}",
    version="{version}",
    title="A toy",
    source="a test",
    confidence="C",
    factor_kinds=("fuel",),
    checks=(check,),
    calculation=calculate,
    text_seen=True,
)
"""

Write = Callable[..., ModuleType]


def source(**parts: str) -> str:
    """The text of a module with a methodology. The parts are a share, an attack, a check, a name and a version."""
    given = {"share": "0.9", "attack": "pass", "check": "pass", "name": "OWN-TOY", "version": "1.0"}
    return SOURCE.format(**(given | parts))


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """A function that writes a module into a directory of its own, and imports it."""
    folder = tmp_path / "code"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    names: list[str] = []

    def written(text: str | None = None, module: str = "own_toy", **parts: str) -> ModuleType:
        (folder / f"{module}.py").write_text(source(**parts) if text is None else text, encoding="utf-8")
        names.append(module)
        sys.modules.pop(module, None)
        importlib.invalidate_caches()
        return importlib.import_module(module)

    # Two files of one length, written in the same second, have one name in Python's cache of compiled modules.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield written
    for name in names:
        sys.modules.pop(name, None)


def project(name: str = "toys", key: str = KEY) -> cl.Project:
    """A project that is credited by a methodology of its own."""
    return cl.Project(
        id=name,
        instrument="GCC-ACC",
        zone="Asia/Baku",
        devices=("plant",),
        methodology=key,
        baseline="greenfield",
        crediting_period=cl.Period.years("2021-01-01", 10, zone="Asia/Baku"),
    )


def registered(ledger: cl.Ledger, key: str = KEY) -> cl.Ledger:
    """A ledger with a plant of 100 MWh in May, and a project of the methodology."""
    ledger.open_account("op", name="Op")
    ledger.register_device(device())
    ledger.register_project(project(key=key))
    ledger.record_generation("plant", MAY, net="100 MWh")
    return ledger


def opened(path: Path | str = ":memory:", *methodologies: Methodology, **more: object) -> cl.Ledger:
    """A ledger of that path, with methodologies."""
    given = {"clock": Clock(), **more}
    return cl.open_ledger(path, ledger_id="test", by="tester", methodologies=methodologies, **given)


def issued(path: Path | str, methodology: Methodology, **more: object) -> cl.Ledger:
    """A ledger that has issued May."""
    ledger = registered(opened(path, methodology, **more), methodology.key)
    ledger.issue("toys", MAY, factor=FACTOR, to="op")
    return ledger
