"""Starting another process that runs this library's code alone, wherever the caller happens to be.

A ledger is handed over in a directory with other files, and an auditor may well be in it: a ``json.py`` beside the
ledger must not run. Python's isolated mode keeps the current directory, ``PYTHONPATH`` and the user's own start-up
files out; the library is loaded from the files that this process has it from; and what else this process imports from
comes last, so that nothing in it takes the place of Python's library or of an installed package.
"""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Final

from carbon_ledger.errors import StoreError

_PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

_BOOT: Final = """\
import json, sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
job = json.loads(sys.argv[1])
sys.path += [item for item in job["path"] if item not in sys.path]
if job["package"] is not None:
    spec = spec_from_file_location("carbon_ledger", job["init"], submodule_search_locations=[job["package"]])
    sys.modules["carbon_ledger"] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules["carbon_ledger"])
import_module(job["module"]).main(*job["arguments"])
"""


def command(module: str, arguments: Sequence[str], beside: str) -> list[str]:
    """The command that runs a module's `main` in a process of its own.

    Args:
        module: A module of this library.
        arguments: What its `main` is given.
        beside: A file that somebody handed over: nothing is imported from its directory.

    Raises:
        StoreError: There is no Python to start: the program is frozen into one file.
    """
    if not sys.executable or getattr(sys, "frozen", False):
        raise StoreError("no Python interpreter to start workers with (a frozen program): audit with workers=1")
    init = os.path.join(_PACKAGE, "__init__.py")
    in_a_directory = os.path.isfile(init)  # else in an archive, from which Python's own importer loads it
    job = {
        "path": trusted_path(sys.path, (os.path.dirname(beside), *_surroundings())),
        "package": _PACKAGE if in_a_directory else None,
        "init": init,
        "module": module,
        "arguments": list(arguments),
    }
    return [sys.executable, "-I", "-c", _BOOT, json.dumps(job)]


def trusted_path(path: Iterable[str], untrusted: Iterable[str]) -> list[str]:
    """The places to import from that another process may use after its own.

    Args:
        path: Where this process imports from.
        untrusted: Directories from which nothing is imported, unless the library itself is there.
    """
    root = os.path.dirname(_PACKAGE)
    refused = {os.path.realpath(item) for item in untrusted} - {os.path.realpath(root)}
    found = [root, *(item for item in path if os.path.isabs(item))]
    return list(dict.fromkeys(item for item in found if os.path.realpath(item) not in refused))


def _surroundings() -> list[str]:
    """The current directory, and the directory of the script that is run."""
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    found = [] if script is None else [os.path.dirname(os.path.abspath(script))]
    try:
        return [*found, os.getcwd()]
    except OSError:  # it was removed
        return found
