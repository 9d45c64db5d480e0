"""The cost of importing the library, compared with `import pint`, each in a fresh interpreter."""

from statistics import median
from typing import Final

from benchmarks.harness.directory import Directory
from benchmarks.harness.rows import Row, measured
from benchmarks.harness.sizes import Sizes
from benchmarks.harness.timing import interleaved, ratios
from benchmarks.import_cost import probe

EVERY: Final = "import: every public name, over import pint"
SHIPPED: Final = "import: as shipped, over import pint"
NAMES: Final = (EVERY, SHIPPED)
_ALL: Final = "carbon_ledger; [getattr(carbon_ledger, name) for name in carbon_ledger.__all__]"


def run(sizes: Sizes, _: Directory) -> list[Row]:
    """Measure the subject."""
    turns = {
        name: lambda _, statement=statement: probe(statement)[0] / 1e6
        for name, statement in (("shipped", "carbon_ledger"), ("every", _ALL), ("pint", "pint"))
    }
    costs = interleaved(sizes.imports, turns)
    note = f"{{:.1f}} ms; pint {median(costs['pint']):.0f} ms"
    return [
        measured(EVERY, ratios(costs["every"], costs["pint"]), note.format(median(costs["every"]))),
        measured(SHIPPED, ratios(costs["shipped"], costs["pint"]), note.format(median(costs["shipped"]))),
    ]
