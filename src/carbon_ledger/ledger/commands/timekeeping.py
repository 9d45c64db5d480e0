"""Commands about what every other entry rests on: the recorded time, and the rules of time zones."""

from carbon_ledger.canonical import as_decoded
from carbon_ledger.core.entries.events import TIME_ADVANCED, ZONE_ADOPTED
from carbon_ledger.core.entries.splitting import Events
from carbon_ledger.core.pinned_zones import RULES_FIELD, UTC
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import PeriodError, RefusedError
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.periods.zones import installed_rules, tzdata_release, zone_info
from carbon_ledger.printing import quote
from carbon_ledger.texts import line, text


def advance_clock(ledger: Recorder, *, reason: str, key: str | None = None, by: str | None = None) -> str:
    """Record that more than 400 days have passed since the newest entry, so that commands are accepted again.

    A command more than 400 days after the newest entry is refused, because a machine's clock can be wrong, and
    units that expired by a wrong clock stay expired. Compare the ledger's clock with another one first: the time
    of this entry is the earliest time of every later one, for ever. Every audit shows it, with its reason.

    Args:
        reason: Why so much time passed without an entry, in words that an auditor will read.
        key: Idempotency key.
        by: The actor, a registrar.

    Returns:
        The recorded time, UTC, from which the ledger goes on.

    Raises:
        RefusedError: The clock is not more than 400 days after the newest entry.
        NotAuthorisedError: *by* is no registrar.
        QuantityError: *reason* is no text.

    Source:
        ledger-model section 1.

    Example:
        >>> from datetime import UTC, datetime
        >>> import carbon_ledger as cl
        >>> times = iter([datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)])
        >>> ledger = cl.open_ledger(":memory:", clock=lambda: next(times))
        >>> ledger.advance_clock(reason="the plant was being repaired from 2024 to 2025")
        '2026-01-01T00:00:00.000000Z'
    """
    why = text(reason, "reason")

    def plan(view: View) -> Events:
        return [(TIME_ADVANCED, {"reason": why, "since": view.entry(view.size - 1).at})]

    (entry,) = ledger._record("advance_clock", {"reason": why}, plan, key=key, by=by)
    return entry.at


def adopt_zone(
    ledger: Recorder, zone: str, *, release: str, reason: str, key: str | None = None, by: str | None = None
) -> int:
    """Adopt the installed rules of a time zone for later entries, e.g. when a government has changed the clocks.

    The first entry that uses a zone pins its rules. Earlier entries keep theirs. An audit's notes show the adoption.

    Args:
        zone: IANA zone.
        release: The release of the time zone database, e.g. ``2026f``; the installed one (package ``tzdata``).
        reason: Why.
        key: Idempotency key.
        by: The actor, a registrar.

    Returns:
        The number of the entry, from which on the rules hold.

    Raises:
        PeriodError: *zone* is not a zone, or is UTC, which has no rules to adopt.
        RefusedError: Another release is installed; or the ledger pins these rules already.
        NotAuthorisedError: *by* is no registrar.
        QuantityError: *release* or *reason* is no text.

    Source:
        ledger-model section 4.

    Example:
        >>> import carbon_ledger as cl
        >>> from carbon_ledger.periods.zones import tzdata_release
        >>> ledger = cl.open_ledger(":memory:")
        >>> ledger.adopt_zone("Asia/Baku", release=tzdata_release(), reason="pinned before its first use")
        1
    """
    name, why = zone_info(zone).key, text(reason, "reason")
    if name == UTC:
        raise PeriodError("zone UTC: it has no rules to adopt")
    said = {"zone": name, "release": line(release, "release"), "reason": why}

    def plan(_: View) -> Events:
        if release != tzdata_release():
            raise RefusedError(
                f"zone {name}, release {quote(release)}",
                f"the release that is installed is {tzdata_release()}; name that one, or install the other tzdata",
                rule="zone-release",
            )
        rules = {RULES_FIELD: as_decoded(installed_rules(name).to_record())}
        return [(ZONE_ADOPTED, {"zone": name, **rules, "reason": why})]

    (entry,) = ledger._record("adopt_zone", said, plan, key=key, by=by)
    return entry.n
