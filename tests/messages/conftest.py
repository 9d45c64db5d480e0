"""The comparison of a text with its snapshot, and the rewriting of the snapshots at the end of a run."""

import pytest

from tests.messages import snapshots
from tests.messages.snapshots import Case, Expect, Snapshot

TEXTS = pytest.StashKey[dict[str, dict[str, Snapshot]]]()  # by module and case
CHANGES = pytest.StashKey[list[str]]()


@pytest.fixture
def expect(request: pytest.FixtureRequest, case: Case) -> Expect:
    """Compares a text with the snapshot of the case, or takes it as the new one (--rewrite-messages)."""
    name = request.module.__name__.rpartition(".test_")[2]
    texts = request.config.stash.setdefault(TEXTS, {}).setdefault(name, {})

    def take(text: str) -> None:
        assert not text.endswith("\n"), "a text ends without a line break"
        if request.config.getoption("--rewrite-messages"):
            texts[case.id] = Snapshot(case.label, text)
        else:
            snapshots.compare(name, case, text)

    return take


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run nothing but the cases when the snapshots are rewritten: other tests compare what is not written yet."""
    if config.getoption("--rewrite-messages"):
        others = [item for item in items if "expect" not in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in set(others)]


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption("--rewrite-messages"):
        texts = session.config.stash.setdefault(TEXTS, {})
        session.config.stash[CHANGES] = snapshots.rewrite(texts)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("--rewrite-messages"):
        terminalreporter.section("messages")
        for line in config.stash.get(CHANGES, []) or ["no snapshot changed"]:
            terminalreporter.line(line)
