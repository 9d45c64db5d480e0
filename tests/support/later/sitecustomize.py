"""Sets the clock of `open_ledger` ahead in every process, to see whether a test depends on the day on which it runs.

``PYTHONPATH=$PWD/tests/support/later DAYS_LATER=1000 .venv/bin/pytest -q`` runs the tests as they will run in 1,000
days. Python imports a module of this name when it starts, if there is one. A test that starts a program passes its
environment on, with `tests.support.places.PYTHONPATH`.
"""

import os
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_MODULE = "carbon_ledger.opening.ledgers"  # the only module that asks the system's clock for the time of day


def _ahead() -> timedelta:
    """How far the clock is set ahead.

    Raises:
        SystemExit: ``DAYS_LATER`` is not a number of days. Python would go on after an error of another class.
    """
    days = os.environ.get("DAYS_LATER", "0")
    try:
        return timedelta(days=int(days))
    except (ValueError, OverflowError):
        raise SystemExit(f"DAYS_LATER={days!r}: expected a whole number of days") from None


_AHEAD = _ahead()


class _Later:
    """What that module uses of `datetime`."""

    @staticmethod
    def now(zone: tzinfo) -> datetime:
        return datetime.now(zone) + _AHEAD


class _Finder:
    """Finds that module, as it would be found otherwise, and sets its clock ahead when it is loaded."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, *_: object) -> ModuleSpec | None:
        if name != _MODULE:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def load_and_set(module: ModuleType) -> None:
            load(module)
            module.datetime = _Later  # type: ignore[attr-defined]

        spec.loader.exec_module = load_and_set  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, _Finder)
