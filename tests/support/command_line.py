"""The command line in tests: one call, and a small ledger file to call it on."""

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import click
from attrs import frozen

import carbon_ledger as cl
from carbon_ledger.command_line.program import program
from carbon_ledger.command_line.running import run

ZONE = "Europe/Berlin"
DIGEST = "sha256:" + "d" * 64
PROJECT = """
[[accounts]]
id = "trader"
name = "A trader"

[[devices]]
id = "roof"
name = "A roof"
technology = "solar/photovoltaic"
capacity = "80 kW"
country = "DE"
grid = "DE"
zone = "Europe/Berlin"
commissioned = 2024-02-01
"""
METER = "time,Export kWh\n2024-05-01T00:00,2000\n2024-05-01T01:00,1500\n"
REGISTRY = "Serial,Quantity\nGS1-1-KE-GS7495-16-2025-30645-608-30350,29743\n"


@frozen
class Done:
    """What a call gave: its exit status, and what it wrote to stdout and stderr."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout, or of an error on stderr."""
        found = json.loads(self.out or self.err)
        assert isinstance(found, dict)
        return found


def call(*words: str | Path) -> Done:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = run(list(map(str, words)))
    return Done(status, out.getvalue(), err.getvalue())


def leaves(group: click.Group = program, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


def month(k: int) -> cl.Period:
    """A month of 2024, in which the plant generated 10.6 MWh if it is January to March."""
    return cl.Period.month(2024, k, zone=ZONE)


def begin(path: Path) -> None:
    """A plant with readings from January to March; January's 10 units, of which some are offered or locked."""
    with cl.open_ledger(path, ledger_id="trial") as ledger:
        for name in ("owner", "buyer"):
            ledger.open_account(name, name=name.title())
        fields = {
            "technology": "wind/onshore",
            "country": "DE",
            "grid": "DE",
            "zone": ZONE,
            "commissioned": "2024-01-01",
        }
        ledger.register_device(cl.Device(id="mill", name="A mill", capacity="3 MW", **fields))
        ledger.register_device(cl.Device(id="other", name="Another mill", capacity="3 MW", **fields))
        ledger.register_meter(cl.Meter(id="feeder", shares={"mill": 1, "other": 1}))
        ledger.register_project(cl.Project(id="park", instrument="I-REC-E", zone=ZONE, devices=("mill",)))
        for k in (1, 2, 3):
            ledger.record_generation("mill", month(k), net="10.6 MWh", evidence=DIGEST)
        (batch,) = ledger.issue("park", month(1), to="owner")
        ledger.retire(batch.block.cut(9)[1], beneficiary="Buyer Ltd", purpose="2024", period=month(1))
        for block in batch.block.cut(1, 1, 1)[:3]:
            ledger.offer(block, to="buyer")
        ledger.lock(batch.block.cut(3, 1)[1], reason="a dispute")
        ledger.adopt_factor(
            cl.EmissionFactor(
                factor_id="grid", value="0.4", unit="tCO2e/MWh", kind="combined_margin", region="DE", source="a table"
            )
        )


def fill(folder: Path, ledger: Path) -> Path:
    """A folder with a copy of a ledger, as `a.db`, and the files that commands read."""
    shutil.copy(ledger, folder / "a.db")
    (folder / "project.toml").write_text(PROJECT)
    (folder / "meter.csv").write_text(METER)
    (folder / "units.csv").write_text(REGISTRY)
    (folder / "report.pdf").write_bytes(b"the evidence")
    return folder
