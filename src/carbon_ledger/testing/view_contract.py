"""The part of the store contract about views: the state as of any entry."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from attrs import evolve

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import ROLES
from carbon_ledger.core.state.rows import (
    RETIRED,
    Approval,
    Balance,
    Carry,
    Claim,
    Expiring,
    Grant,
    ImportedSerials,
    Label,
    Offer,
    Owed,
    Reading,
    Row,
)
from carbon_ledger.core.state.store import Store
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import CarbonLedgerError, StoreError
from carbon_ledger.testing._machine.setup import ACCOUNTS, ACTORS, DEVICES, END_UTC, METERS, PROJECTS, START_UTC
from carbon_ledger.testing.samples import (
    HOUR_S,
    LONG,
    claim,
    cut_history,
    entry_bytes,
    issuance,
    issued_batch,
    one_of_each,
    piece,
    reading,
    story,
    write,
)

BATCH = "hydro/2024/0"
EXPIRIES = (("EECS-GO", 10), ("EECS-GO", 20), ("GC", 10))
LATE = 1 << 40  # later than every expiry of a sample [s since 1970-01-01 UTC]


def refused(call: Callable[[], object]) -> CarbonLedgerError:
    """The `CarbonLedgerError` that a call raises.

    Args:
        call: The call.

    Raises:
        AssertionError: The call raises no such error.
    """
    try:
        result = call()
    except CarbonLedgerError as error:
        return error
    raise AssertionError(f"expected a refusal, got {result!r}")


def view_answers(view: View) -> list[object]:
    """The answers of a view to every question about the ledger of `story`."""
    size = view.size
    given: list[object] = [size, [view.entry(n) for n in range(size)], [view.root(n) for n in range(size + 1)]]
    for kind in ("ledger", "account", "device", "project", "nothing"):
        given += [view.registrations(kind), view.registration(kind, "op"), view.registration(kind, "alpha")]
    for device in (item.id for item in DEVICES):
        for find in (view.readings, view.readings_ever, view.claims):
            given.append(list(find(device, START_UTC, END_UTC)))
        for n in range(0, size, 5):
            for find_at in (view.readings_then, view.claims_since, view.claims_ended):
                given.append(list(find_at(n, device, START_UTC + HOUR_S, END_UTC)))
    for n in range(size):
        given += [view.issuance(n), list(view.claims_of(n)), view.offer(n)]
        for found in view.batches(n):
            batch = found.batch
            given += [found, view.batch(batch.batch_id), list(view.pieces_ever(batch.batch_id))]
            for k in range(1, batch.count + 1):
                given.append(list(view.pieces(batch.batch_id, k, k + 2)))
                given += [list(view.labels(batch.batch_id, k, k + 1, label)) for label in (None, "CORSIA", "E+")]
    for project in (item.id for item in PROJECTS):
        given += [list(view.carry(project)), list(view.carries(project)), list(view.issuances(project))]
        given += [list(view.batches_of(project, vintage)) for vintage in (2023, 2024, 2025)]
        given += [list(view.issued_after(n, project, 2024)) for n in range(size)]
        for approval in view.approvals_ever(project):
            given += [approval, view.approval(project, approval.from_n)]
            given += [view.newest_approval(approval.quantification, size, actor) for actor in (None, *ACTORS)]
    given += [view.owed(meter.id) for meter in METERS]
    for account in ACCOUNTS:
        given += [list(view.holdings(account)), list(view.balances(account)), list(view.movements(account))]
        given += [view.balance(account, name) for name in ("I-REC-E", "EECS-GO", "GC")]
        given.append(list(view.expiring_ever(account)))
        given += [list(view.expired(account, name, last)) for name in ("I-REC-E", "EECS-GO") for last in (0, LATE)]
        given.append(list(view.offers(account)))
    given += [list(view.grants(actor)) for actor in ACTORS]
    given += [list(view.grants_of(role, most)) for role in ROLES for most in (None, 1)]
    given += [view.grant(actor, role, scope) for actor in ACTORS for role in ROLES for scope in ("", *ACCOUNTS)]
    space = "123/MI/2024/1/30645"
    given += [list(view.imported_serials("m-rets", space, first, first + 1)) for first in (1, 608, 612, 613)]
    return [*given, *(view.key_use(by, key) for by in ACTORS for key in ("first", "second", "third"))]


class ViewContract(ABC):
    """Tests of the views of a store."""

    @abstractmethod
    def make_store(self, directory: Path) -> Store:
        """Make a store in a directory; a persistent one opens what the directory holds."""

    def test_a_view_of_the_past_says_what_it_said_then(self, tmp_path: Path) -> None:
        """A view of any size gives the answers that the newest view gave at that size (invariant 25)."""
        store = self.make_store(tmp_path)
        then = {}
        for _ in story(store):
            with store.write_lock():  # the newest state under the write lock, as the rules see it
                then[store.size()] = view_answers(store.view())
        assert len(then) > 10
        for size, expected in then.items():
            found = view_answers(store.view(size))
            wrong = [(a, b) for a, b in zip(found, expected, strict=True) if a != b]
            assert not wrong, f"as of {size} entries: {wrong[0][0]}, at the time {wrong[0][1]}"
        store.close()

    def test_a_view_does_not_grow(self, tmp_path: Path) -> None:
        """A view sees its entries and no later entries."""
        store = self.make_store(tmp_path)
        write(store, one_of_each(0))
        view = store.view()
        write(store, one_of_each(1))
        assert view.size == 1
        assert view.entry(0).n == 0
        assert list(view.registrations("account")) == ["account-0"]
        assert store.view().size == 2
        for n in (-1, 1):
            assert isinstance(refused(partial(view.entry, n)), StoreError), f"entry {n} of a view of 1"
        store.close()

    def test_a_view_of_nothing_is_empty(self, tmp_path: Path) -> None:
        """Before the first entry, and for unknown names, answers are None or empty."""
        store = self.make_store(tmp_path)
        write(store, one_of_each(0))
        for view, name in ((store.view(0), "hydro"), (store.view(), "unknown")):
            assert [view.registration("account", name), view.key_use("actor-0", name)] == [None] * 2
            assert view.offer(9) is None
            assert [view.batch(f"{name}/2024/0"), view.balance(name, "EECS-GO"), view.issuance(9)] == [None] * 3
            assert view.expiring(name, "EECS-GO", 10) is None
            assert list(view.expired(name, "EECS-GO", LATE)) == [0, 0, 0, 0]
            sequences = (
                view.registrations(name),
                view.readings(name, 0, HOUR_S),
                view.readings_ever(name, 0, HOUR_S),
                view.claims(name, 0, HOUR_S),
                view.claims_of(9),
                view.issuances(name),
                view.carry(name),
                view.carries(name),
                view.batches_of(name, 2024),
                view.batches(9),
                view.pieces(name, 1, 10),
                view.pieces_ever(name),
                view.holdings(name),
                view.balances(name),
                view.movements(name),
                view.expiring_ever(name),
                view.offers(name),
                view.labels(name, 1, 10),
                view.labels(name, 1, 10, "E+"),
                view.readings_then(1, name, 0, HOUR_S),
                view.claims_since(0, name, 0, HOUR_S),
                view.claims_ended(0, name, 0, HOUR_S),
                view.issued_after(-1, name, 2024),
                view.imported_serials(name, "203", 1, 10),
                view.imported_serials("acr", name, 1, 10),
            )
            assert [list(rows) for rows in sequences] == [[]] * len(sequences)
        store.close()

    def test_intervals_are_half_open(self, tmp_path: Path) -> None:
        """Runs and claims that overlap [start, end) are found whole; those that only touch it are not."""
        store = self.make_store(tmp_path)
        runs: list[Row] = [reading(4, 6, 0), reading(0, 2, 0), reading(6, 9, 0), reading(0, 9, 0, device="other")]
        claims: list[Row] = [claim(0, 2, 0), claim(4, 9, 0)]
        write(store, [*runs, *claims])
        view = store.view()
        for start, end, found, claimed in (
            (2, 4, [], []),
            (1, 5, [(0, 2), (4, 6)], [(0, 2), (4, 9)]),
            (5, 7, [(4, 6), (6, 9)], [(4, 9)]),
            (8, 20, [(6, 9)], [(4, 9)]),
            (9, 20, [], []),
            (0, 1, [(0, 2)], [(0, 2)]),
        ):
            times = (start * HOUR_S, end * HOUR_S)
            assert _hours(view.readings("plant", *times)) == found, f"readings from hour {start} to {end}"
            assert _hours(view.readings_ever("plant", *times)) == found, f"readings ever from hour {start} to {end}"
            assert _hours(view.claims("plant", *times)) == claimed, f"claims from hour {start} to {end}"
        store.close()

    def test_a_superseded_row_is_live_only_before(self, tmp_path: Path) -> None:
        """A row that ended is missing from the newest view, stays in earlier views, and is never deleted."""
        store = self.make_store(tmp_path)
        write(store, [reading(0, 2, 0), claim(0, 2, 0)])
        closing: list[Row] = [reading(0, 2, 0, to_n=1), claim(0, 2, 0, to_n=1)]
        write(store, [*closing, reading(0, 1, 1), reading(1, 2, 1)])
        then, now = store.view(1), store.view()
        assert _hours(then.readings("plant", 0, 9 * HOUR_S)) == [(0, 2)]
        assert _hours(now.readings("plant", 0, 9 * HOUR_S)) == [(0, 1), (1, 2)]
        assert _hours(now.readings_ever("plant", 0, 9 * HOUR_S)) == [(0, 2), (0, 1), (1, 2)]
        assert [_hours(view.claims("plant", 0, 9 * HOUR_S)) for view in (then, now)] == [[(0, 2)], []]
        assert [_hours(view.claims_of(0)) for view in (then, now)] == [[(0, 2)], []]
        assert len(list(store.rows("reading"))) == 3
        store.close()

    def test_pieces_are_those_of_their_time(self, tmp_path: Path) -> None:
        """Pieces are found whole by any of their serials, with the boundaries they had as of the view."""
        store = self.make_store(tmp_path)
        write(store, *cut_history())
        expected = (
            (1, (4, 5), [piece(1, 10, 0)]),
            (2, (3, 7), [piece(1, 3, 1), piece(4, 6, 1, "buyer"), piece(7, 10, 1)]),
            (2, (6, 6), [piece(4, 6, 1, "buyer")]),
            (3, (4, 4), [piece(4, 4, 2, "buyer", RETIRED)]),
            (3, (5, 7), [piece(5, 6, 2, "buyer"), piece(7, 10, 1)]),
            (4, (1, 10), [piece(1, 3, 1), piece(4, 4, 2, "buyer", RETIRED), piece(5, 6, 3), piece(7, 10, 1)]),
        )
        for size, serials, pieces in expected:
            assert list(store.view(size).pieces(BATCH, *serials)) == pieces, f"serials {serials} after {size} entries"
        assert list(store.view(2).pieces_ever(BATCH)) == [row for rows in cut_history()[:2] for row in rows]
        holdings = [list(store.view(size).holdings("buyer")) for size in (1, 2, 3, 4)]
        assert [[(row.first, row.last) for row in rows] for rows in holdings] == [
            [],
            [(4, 6)],
            [(4, 4), (5, 6)],
            [(4, 4)],
        ]
        assert [(row.first, row.last) for row in store.view(4).holdings("op")] == [(1, 3), (5, 6), (7, 10)]
        store.close()

    def test_the_newest_row_of_a_key_is_true(self, tmp_path: Path) -> None:
        """Balances, carry and issuances are the newest as of the view; movements are complete, oldest first."""
        store = self.make_store(tmp_path)
        one: list[Row] = [
            Balance("op", "GC", 0, active=5),
            Balance("op", "EECS-GO", 0, active=1),
            Carry("hydro", 2023, 0, LONG),
            Carry("hydro", 2025, 0, counted=3),
            Owed("feeder", 0, (1, -1)),
        ]
        two: list[Row] = [
            Balance("op", "GC", 1, active=3, retired=2),
            Carry("hydro", 2023, 1, -LONG),
            Carry("hydro", 2024, 1),
            Owed("feeder", 1, (-(2**70), 2**70)),
        ]
        write(store, [*one, issuance(0, 0)], [*two, issuance(0, 1, counted=7)])
        then, now = store.view(1), store.view()
        assert [view.balance("op", "GC") for view in (then, now)] == [one[0], two[0]]
        assert list(now.balances("op")) == [one[1], two[0]]
        assert list(now.movements("op")) == [one[1], one[0], two[0]]
        assert [list(view.carry("hydro")) for view in (then, now)] == [one[2:4], [two[1], two[2], one[3]]]
        assert list(now.carries("hydro")) == [one[2], one[3], two[1], two[2]]
        assert [view.owed("feeder") for view in (then, now)] == [one[4], two[3]]
        assert now.owed("other") is None
        assert [view.issuance(0) for view in (then, now)] == [issuance(0, 0), issuance(0, 1, counted=7)]
        assert [list(view.issuances("hydro")) for view in (then, now)] == [
            [issuance(0, 0)],
            [issuance(0, 1, counted=7)],
        ]
        store.close()

    def test_totals_that_expire_are_those_of_their_time(self, tmp_path: Path) -> None:
        """A total of units that expire is live until it changes, also in earlier views; it is found by its expiry."""
        store = self.make_store(tmp_path)
        ten, twenty, other = (Expiring("op", name, at, 5, 0, 1, 0, 0) for name, at in EXPIRIES)
        fewer = Expiring("op", "EECS-GO", 10, 3, 1, 1, 0, 1)
        write(store, [ten, twenty, other], [evolve(ten, to_n=1), fewer], [evolve(twenty, to_n=2)])
        found = [list(store.view(size).expired("op", "EECS-GO", LATE)) for size in (0, 1, 2, 3)]
        assert found == [[0, 0, 0, 0], [10, 0, 2, 0], [8, 1, 2, 0], [3, 1, 1, 0]]
        view = store.view(2)
        assert [list(view.expired("op", "EECS-GO", at)) for at in (9, 10, 19)] == [[0] * 4, *[[3, 1, 1, 0]] * 2]
        assert [view.expiring("op", "EECS-GO", at) for at in (9, 10, 11, 20)] == [None, fewer, None, twenty]
        assert store.view(1).expiring("op", "EECS-GO", 10) == ten
        assert store.view().expiring("op", "EECS-GO", 20) is None
        assert list(view.expiring_ever("op")) == [evolve(ten, to_n=1), twenty, other, fewer]
        store.close()

    def test_roles_approvals_and_claims_of_their_time(self, tmp_path: Path) -> None:
        """Grants, approvals and claims are live until they end, also in earlier views, and are never deleted."""
        store = self.make_store(tmp_path)
        of_op, of_b = Grant("ann", "account-holder", "op", 0), Grant("ann", "account-holder", "b", 0)
        issuer, other = Grant("ann", "issuer", "", 0), Grant("al", "issuer", "", 0)
        one, two = (Approval("sha256:1", name, 0, HOUR_S, "ann", 0) for name in ("hydro", "wind"))
        write(store, [of_op, issuer, other, of_b, one, claim(0, 2, 0), claim(4, 5, 0)], [evolve(two, from_n=1)])
        ended: list[Row] = [evolve(row, to_n=2) for row in (issuer, one, claim(0, 2, 0))]
        again = evolve(one, from_n=2)
        write(store, [*ended, evolve(issuer, from_n=2), again, claim(0, 1, 2)])
        then, now = store.view(2), store.view()
        assert list(then.grants("ann")) == [of_b, of_op, issuer]
        assert list(now.grants("ann")) == [of_b, of_op, evolve(issuer, from_n=2)]
        assert list(then.grants_of("issuer")) == [other, issuer]
        assert list(now.grants_of("issuer")) == [other, evolve(issuer, from_n=2)]
        assert [list(view.grants_of("account-holder")) for view in (then, now)] == [[of_b, of_op]] * 2
        assert [then.newest_approval("sha256:1", n) for n in (2, 1, 0)] == [evolve(two, from_n=1), one, None]
        assert [now.newest_approval("sha256:1", n) for n in (3, 2, 1)] == [again, evolve(two, from_n=1), None]
        assert [now.newest_approval("sha256:1", 3, name) for name in ("ann", "al")] == [again, None]
        assert [view.approval("hydro", 0) for view in (then, now)] == [one, evolve(one, to_n=2)]
        assert [view.grant("ann", "issuer", "") for view in (then, now)] == [issuer, evolve(issuer, from_n=2)]
        assert [now.grant("al", "issuer", scope) for scope in ("", "op")] == [other, None]
        assert [list(view.approvals_ever("hydro")) for view in (then, now)] == [[one], [evolve(one, to_n=2), again]]
        assert _hours(now.claims_since(2, "plant", 0, 4 * HOUR_S)) == [(0, 2), (0, 1)]
        assert [row.to_n for row in now.claims_since(0, "plant", 0, 4 * HOUR_S)] == [2, None]
        assert _hours(now.claims_since(3, "plant", 0, 4 * HOUR_S)) == [(0, 1)]
        assert list(then.claims_since(0, "plant", 0, 4 * HOUR_S)) == [claim(0, 2, 0)]
        assert [_hours(view.claims_ended(2, "plant", HOUR_S, 4 * HOUR_S)) for view in (then, now)] == [[], [(0, 2)]]
        assert [_hours(now.claims_ended(n, "plant", *times)) for n, times in ((1, (0, 9)), (2, (2 * HOUR_S, 9)))] == [
            [],
            [],
        ]
        for view, name in ((store.view(0), "ann"), (now, "nobody")):
            found = (view.grants(name), view.grants_of(name), view.approvals_ever(name))
            assert [list(rows) for rows in found] == [[]] * 3
            assert list(view.claims_since(0, name, 0, HOUR_S)) == []
            assert [view.grant(name, "issuer", ""), view.newest_approval(name, 9), view.approval(name, 0)] == [None] * 3
        store.close()

    def test_offers_labels_and_imports_of_their_time(self, tmp_path: Path) -> None:
        """Offers are the newest as of the view, labels live until they end, imports are found by any serial."""
        store = self.make_store(tmp_path)
        offered, other = Offer(0, 0, "op", "buyer", None, "offered"), Offer(1, 1, "buyer", "third", 9, "offered")
        whole, plus = Label(BATCH, 1, 10, "tag:a", 0, 0), Label(BATCH, 3, 4, "E+", 0, 0)
        imports: list[Row] = [ImportedSerials("acr", "203", first, last, BATCH, 0) for first, last in ((6, 9), (1, 5))]
        write(store, [offered, whole, plus, *imports], [other, ImportedSerials("acr", "204", 1, 5, BATCH, 1)])
        ended, rest = evolve(offered, from_n=2, status="accepted"), [evolve(whole, first=7, from_n=2)]
        write(store, [ended, evolve(whole, to_n=2), evolve(whole, last=4, from_n=2), *rest])
        then, now = store.view(2), store.view()
        assert [view.offer(0) for view in (then, now)] == [offered, ended]
        assert [list(view.offers("buyer")) for view in (then, now)] == [[offered, other], [ended, other]]
        assert list(now.offers("third")) == [other]
        assert list(then.labels(BATCH, 1, 10)) == [plus, whole]
        three = [("E+", 3, 4), ("tag:a", 1, 4), ("tag:a", 7, 10)]
        with store.write_lock():
            for view in (now, store.view()):
                for serials, label, expected in (
                    ((1, 10), None, three),
                    ((1, 10), "tag:a", three[1:]),
                    ((4, 7), None, three),
                    ((5, 6), None, []),
                    ((2, 2), "tag:a", three[1:2]),
                    ((5, 8), "tag:a", three[2:]),
                    ((1, 10), "CORSIA", []),
                ):
                    rows = view.labels(BATCH, *serials, label)
                    assert [(row.label, row.first, row.last) for row in rows] == expected, f"{label} of {serials}"
        for numbers, firsts in (((1, 9), [1, 6]), ((5, 5), [1]), ((5, 6), [1, 6]), ((10, 20), []), ((9, 20), [6])):
            assert [row.first for row in now.imported_serials("acr", "203", *numbers)] == firsts, f"numbers {numbers}"
        assert [len(view.imported_serials("acr", "204", 1, 5)) for view in (store.view(1), now)] == [0, 1]
        store.close()

    def test_batches_of_an_issuance_come_by_vintage(self, tmp_path: Path) -> None:
        """The batches of an issuance are sorted by vintage."""
        store = self.make_store(tmp_path)
        write(store, [issued_batch(0, 2025), issued_batch(0, 2023)], [issued_batch(1)])
        assert list(store.view().batches(0)) == [issued_batch(0, 2023), issued_batch(0, 2025)]
        assert store.view().batch("hydro/2024/1") == issued_batch(1)
        imported = evolve(issued_batch(2), batch=evolve(issued_batch(2).batch, registry="hydro"))
        write(store, [imported], [issued_batch(3)])
        assert list(store.view().batches_of("hydro", 2024)) == [issued_batch(3), issued_batch(1)]
        assert list(store.view(3).batches_of("hydro", 2024)) == [issued_batch(1)]
        assert store.view(1).batch("hydro/2024/1") is None
        store.close()

    def test_a_large_entry_is_kept(self, tmp_path: Path) -> None:
        """The longest possible entry is read back byte for byte."""
        store = self.make_store(tmp_path)
        short = evolve(Entry.from_bytes(entry_bytes(0)), sigs=({"sig": ""},))
        data = evolve(short, sigs=({"sig": "x" * (65_535 - len(short.to_bytes()))},)).to_bytes()
        assert len(data) == 65_535
        with store.transaction():
            store.append(data, [])
        assert list(store.entries(0, 1)) == [data]
        assert store.view().entry(0).to_bytes() == data
        store.close()


def _hours(rows: Sequence[Reading | Claim]) -> list[tuple[int, int]]:
    return [(row.start_utc // HOUR_S, row.end_utc // HOUR_S) for row in rows]
