"""The command that records many runs of readings, of one device or of many, as one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from carbon_ledger.arguments import checked_evidence, checked_waivers
from carbon_ledger.canonical import identifier
from carbon_ledger.errors import IdempotencyError, QuantityError
from carbon_ledger.ledger.commands.runs import Recorded, checked_run, record_run_as
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.ledger.stretches import NOTHING, Items, record_stretch
from carbon_ledger.ledger.wants import runs_wants
from carbon_ledger.mappings import listed
from carbon_ledger.metering.readings import Readings
from carbon_ledger.printing import quote
from carbon_ledger.texts import line
from carbon_ledger.waivers import Waiver

_COMMAND: Final = "record_readings"  # whose requests keys are bound to: a run can be delivered again by itself


def record_many(
    ledger: Recorder,
    runs: Iterable[tuple[str, Readings]],
    *,
    evidence: str | None = None,
    waivers: Iterable[Waiver] | Waiver = (),
    key: str | None = None,
    by: str | None = None,
) -> tuple[Recorded, ...]:
    """Record many runs of readings, all or none, faster than one by one.

    The entries are those that `record_run` writes for one run after another in a `batch`. Runs are recorded in their
    order; several runs of one device are allowed.

    Args:
        runs: Pairs of a device's id and a run. All of them are in memory; some hundreds to thousands are a good number.
        evidence: Digest of the document that all runs came from; see `digest_file`.
        waivers: Checks that are waived for every run, by name, each with its reason.
        key: Idempotency key of the first run; the runs after it have ``key#2``, ``key#3`` and so on.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        For each run, the numbers of its first and its last entry, and its net energy.

    Raises:
        QuantityError: *runs* is no sequence of pairs of a device's id and a `Readings`.
        IdempotencyError: The actor used the key for other runs.
        CarbonLedgerError: As `record_run`, for the first run that it refuses; nothing of *runs* is then recorded.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> for name in ("roof-1", "roof-2"):
        ...     _ = ledger.register_device(cl.Device(id=name, name=name, technology="solar/photovoltaic",
        ...         capacity="80 kW", country="AU", grid="AU", zone="Australia/Sydney", commissioned="2024-02-01"))
        >>> start = cl.Period.month(2024, 4, zone="Australia/Sydney").start_utc
        >>> ledger.record_many([("roof-1", cl.Readings(start, 3600, (52_000, 48_500))),
        ...                     ("roof-2", cl.Readings(start, 3600, (7_000, 9_000)))])
        (Recorded(first=3, last=3, net_wh=100500), Recorded(first=4, last=4, net_wh=16000))
    """
    pairs = _pairs(runs)
    if pairs:  # in the order in which record_run() checks them
        checked_run(pairs[0][1])
        identifier(pairs[0][0], "device")
    given = (checked_evidence(evidence), checked_waivers(waivers), line(by if by is not None else ledger._by, "by"))
    items = _items(pairs, key)
    one_more = _key_of(key, len(items) + 1)
    with ledger._store.transaction(wants=runs_wants(given[-1], items, one_more, waived=bool(given[1]))):
        _require_same_runs(ledger, given[-1], key, [name for _, _, name in items], one_more)
        return tuple(_recorded(ledger, items, *given))


def _recorded(
    ledger: Recorder,
    items: Items,
    evidence: str | None,
    waivers: tuple[Waiver, ...],
    by: str,
) -> list[Recorded]:
    """Record runs in stretches as long as they are plain, and each other run by itself."""
    found: list[Recorded] = []
    while len(found) < len(items):
        done = NOTHING if waivers else record_stretch(ledger, _COMMAND, items, len(found), evidence, by)
        found += [Recorded(n, n, wh) for n, wh in enumerate(done.totals, done.first)]
        if done.totals and done.now is None:
            continue
        device, run, key = items[len(found)]
        given = (checked_run(run), evidence, key, by, None, waivers)
        found.append(record_run_as(ledger, _COMMAND, device, *given, now=done.now))
    return found


def _pairs(runs: object) -> Sequence[Sequence[Any]]:
    """The pairs that a caller passed; what is in a pair is checked when the run is recorded."""
    pairs = None if isinstance(runs, str | bytes | Mapping) else listed(runs)
    if pairs is None:
        hint = "; pass runs.items()" if isinstance(runs, Mapping) else ""
        raise QuantityError(f"runs {quote(runs)}: expected a list of pairs of a device's id and a Readings{hint}")
    for position, pair in enumerate(pairs):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise QuantityError(f"runs[{position}] {quote(pair)}: expected a pair of a device's id and a Readings")
    return pairs


def _items(pairs: Sequence[Sequence[Any]], key: str | None) -> Items:
    """The runs with their devices and keys.

    Raises:
        QuantityError: *key* is not one line of text.
    """
    if key is not None:
        line(key, "key")
    return [(device, run, _key_of(key, number)) for number, (device, run) in enumerate(pairs, 1)]


def _key_of(key: str | None, number: int) -> str | None:
    """The key of a run, by its number from 1 on."""
    return key if key is None or number == 1 else f"{key}#{number}"


def _require_same_runs(
    ledger: Recorder, actor: str, key: str | None, keys: Sequence[str | None], one_more: str | None
) -> None:
    """Refuse a key that an earlier call used for fewer or for more runs.

    Raises:
        IdempotencyError: Some of the keys of this call were used and others were not, or one more was used.
    """
    if key is None:
        return
    view, count = ledger._view_of(), len(keys)
    used = [view.key_use(actor, name) is not None for name in (*keys, one_more) if name is not None]
    if any(used) and used != [True] * count + [False]:
        more = "more" if used[-1] else "fewer"
        raise IdempotencyError(
            f"key {quote(key)}",
            f"it and the keys made of it, such as {quote(f'{key}#2')}, were used for {more} runs than this call has "
            f"({count}); to retry, give the same runs; for other runs, use a new key",
        )
