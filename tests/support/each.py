"""One test over very many small cases: it names every case that fails.

A test of its own for each case costs more than what the smallest cases do.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest

Case = TypeVar("Case")


def each(cases: Iterable[Case], name: Callable[[Case], str]) -> Callable[[Callable[[Case], None]], Callable[[], None]]:
    """A decorator that makes one test of a test that takes a case.

    Args:
        cases: The cases, of which there must be one at least.
        name: A case's name.
    """
    found = list(cases)

    def decorate(check: Callable[[Case], None]) -> Callable[[], None]:
        def over_all() -> None:
            assert found, "there is no case"
            failed = []
            for case in found:
                try:
                    check(case)
                except Exception as error:
                    failed.append(f"{name(case)}: {error!r}")
            assert not failed, f"{len(failed)} of {len(found)} cases failed:\n" + "\n".join(failed)

        over_all.__name__, over_all.__doc__ = check.__name__, check.__doc__
        over_all.__module__, over_all.__qualname__ = check.__module__, check.__qualname__
        return over_all

    return decorate


def by_default(cases: Iterable[Any], chosen: Callable[[Any], bool]) -> list[Any]:
    """Cases for `parametrize`: those that are chosen run by default, the others with the slow tests.

    Args:
        cases: Values, or tuples of values.
        chosen: Whether a case runs by default.
    """
    found = list(cases)
    assert any(map(chosen, found)), "no case runs by default"
    return [
        case if chosen(case) else pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow)
        for case in found
    ]
