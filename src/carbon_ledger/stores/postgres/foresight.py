"""What a command is going to ask: its wants and its rehearsal, asked together as far as they can be known."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from carbon_ledger.core.state.store import Rehearsal, Want
from carbon_ledger.stores.cache import Cache, clear_if_full
from carbon_ledger.stores.postgres.answers import Answers, Key
from carbon_ledger.stores.postgres.neighbours import neighbours
from carbon_ledger.stores.postgres.rehearsals import Foreseen, Stage
from carbon_ledger.stores.postgres.sessions import Session, Statement
from carbon_ledger.stores.postgres.sources import Wanted
from carbon_ledger.stores.postgres.view import PostgresView
from carbon_ledger.stores.sql.selections import ALL
from carbon_ledger.stores.tables import Values

_MOST_ROUNDS: Final = 3  # in which wants are asked
_MANY: Final = 1_000  # wants whose queries take longer than a round trip

Send = Callable[[list[Statement]], list[list[Values]]]


def _subject(rehearsal: Rehearsal) -> tuple[str, object]:
    project = rehearsal.about.get("project")
    return rehearsal.name, project if isinstance(project, str) else None


class Foresight:
    """The queries that a transaction asks before its commands make them.

    Args:
        path: The store, for messages.
        session: The connection that writes.
        answers: The answers of the server.

    Attributes:
        shown: The size of the log after the last commit, and the rows that were read together with it.
    """

    def __init__(self, path: str, session: Session, answers: Answers) -> None:
        self._path, self._session, self._answers = path, session, answers
        self._stage = Stage(path, session, answers)
        # Commands about a project that asked nothing but their wants when they were rehearsed: they are rehearsed once.
        self._complete: dict[tuple[str, object], None] = {}
        self._wants: Sequence[Want] = ()
        self._rehearsal: Rehearsal | None = None
        self._first: dict[Key, Statement] = {}
        self._later: dict[Key, Statement] = {}
        self.shown: tuple[int, Mapping[Key, list[Values]]] = (0, {})

    def _view(self, size: int) -> PostgresView:
        return PostgresView(Wanted(self._path, self._session, self._answers, size), size)

    def begin(self, wants: Sequence[Want]) -> list[Statement]:
        """The queries that can be sent together with the lock.

        What was read before about the latest state may no longer be true, so all of it is asked again. It is still a
        good guess, such as of who holds a unit: what depends on it is asked at the same time. A command with very many
        wants asks them once it has the lock, and only if another client has written since this one did.
        """
        self.clear()
        self._wants = wants
        if not wants:
            return []
        cache = self._session.cache
        try:
            guessed = self._answers.missing(wants, self._view(ALL))
            if self._answers.called <= _MANY:
                self._session.cache = cache.of_settled()
                self._first = {**self._answers.missing(wants, self._view(ALL)), **guessed}
        finally:
            self._session.cache = cache
        self._rehearsal = next((want for want in wants if isinstance(want, Rehearsal)), None)
        if self._rehearsal is not None and _subject(self._rehearsal) in self._complete:
            self._rehearsal = None
        near = [] if self._rehearsal is None else [neighbours(self._rehearsal.about)]
        return [*self._first.values(), *near]

    def read(self, rows: Sequence[list[Values]], size: int, send: Send) -> None:
        """Take the rows of those queries, and ask what depends on them.

        Args:
            rows: The rows of each.
            size: How many entries the log has.
            send: Sends statements, and returns the rows of each.
        """
        self._answers.fill(self._first, rows[: len(self._first)])
        if self._rehearsal is not None:
            self._stage.fill(rows[-1])
        rehearsal, foreseen = self._rehearsal, set[Key]()
        for _ in range(_MOST_ROUNDS):
            found = Foreseen() if self._rehearsal is None else self._stage.rehearse(self._rehearsal, size)
            if self._rehearsal is not None:
                self._later = found.shown
            foreseen |= found.queries.keys()
            missing = self._answers.missing(self._wants, self._view(size)) | found.queries
            if not missing:
                break
            self._answers.fill(missing, send(list(missing.values())))
            if found.is_whole and all(self._answers.known(key) == rows for key, rows in found.guesses.items()):
                self._rehearsal = None  # the command was rehearsed on what the server has
        self._answers.hold(0)
        if rehearsal is not None and self._rehearsal is None and _subject(rehearsal)[1] is not None:
            self._learn(rehearsal, foreseen, size)
        self._stage.clear()

    def _learn(self, rehearsal: Rehearsal, foreseen: set[Key], size: int) -> None:
        """Note whether the wants of a command ask all that it asked in its rehearsal."""
        view = Wanted(self._path, self._session, self._answers, size)
        view.cache = Cache()  # the rehearsal had none either
        if foreseen <= self._answers.queries_of(self._wants, PostgresView(view, size)) | self._first.keys():
            clear_if_full(self._complete)
            self._complete[_subject(rehearsal)] = None

    def fetch(self, wants: Sequence[Want], size: int, send: Send) -> None:
        """Ask the queries of the wants of a command in a batch."""
        self._answers.begin_command()
        for _ in range(_MOST_ROUNDS):
            missing = self._answers.missing(wants, self._view(size))
            if not missing:
                break
            self._answers.fill(missing, send(list(missing.values())))

    @property
    def later(self) -> list[Statement]:
        """The queries that the command makes once it has committed, which are sent together with the commit."""
        return list(self._later.values())

    def committed(self, size: int, rows: Sequence[list[Values]] | None) -> None:
        """Take the rows of those queries; None if they were lost together with the answer to the commit."""
        self.shown = size, {} if rows is None else dict(zip(self._later, rows, strict=True))
        self._later, self._wants, self._rehearsal = {}, (), None  # which have what the command was given

    def close(self) -> None:
        """Release the tables of rehearsals."""
        self._stage.close()

    def clear(self) -> None:
        """Forget everything that was foreseen."""
        self._answers.clear()
        self._stage.clear()
        self._wants, self._rehearsal, self._first, self._later, self.shown = (), None, {}, {}, (0, {})
