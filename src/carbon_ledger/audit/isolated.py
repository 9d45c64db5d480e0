"""Starting a process that imports nothing from the directory of a ledger or from the current directory.

A ledger may arrive in a directory with other files, and an auditor may run an audit in that directory: a ``json.py``
beside the ledger must not run. Python's isolated mode ignores the current directory, ``PYTHONPATH`` and the user's own
start-up files. The new process loads this library from the same files as this process does. The other import paths of
this process come last, so that no module in them replaces one of Python's library or of an installed package.
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
    """Build the command that runs a module's `main` in a process of its own.

    Args:
        module: A module of this library.
        arguments: The arguments of its `main`.
        beside: A file from elsewhere, such as the ledger: nothing is imported from its directory.

    Raises:
        StoreError: There is no Python interpreter to start, because the program is frozen into one file.
    """
    if not sys.executable or getattr(sys, "frozen", False):
        raise StoreError("no Python interpreter to start workers with (this program is frozen): audit with workers=1")
    init = os.path.join(_PACKAGE, "__init__.py")
    in_a_directory = os.path.isfile(init)  # a package in an archive is loaded by Python's own importer
    job = {
        "path": trusted_path(sys.path, (os.path.dirname(beside), *_running_directories())),
        "package": _PACKAGE if in_a_directory else None,
        "init": init,
        "module": module,
        "arguments": list(arguments),
    }
    return [sys.executable, "-I", "-c", _BOOT, json.dumps(job)]


def trusted_path(path: Iterable[str], untrusted: Iterable[str]) -> list[str]:
    """The import paths that another process may use after its own.

    Args:
        path: The import paths of this process.
        untrusted: Directories to leave out, unless this library itself is there.
    """
    root = os.path.dirname(_PACKAGE)
    refused = {os.path.realpath(item) for item in untrusted} - {os.path.realpath(root)}
    found = [root, *(item for item in path if os.path.isabs(item))]
    return list(dict.fromkeys(item for item in found if os.path.realpath(item) not in refused))


def _running_directories() -> list[str]:
    """The current directory, and the directory of the running script."""
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    found = [] if script is None else [os.path.dirname(os.path.abspath(script))]
    try:
        return [*found, os.getcwd()]
    except OSError:  # the current directory was removed
        return found
