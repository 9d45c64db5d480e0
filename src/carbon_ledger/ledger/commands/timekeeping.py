"""Commands about what every entry depends on: the recorded time, and the rules of time zones."""

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

    A command more than 400 days after the newest entry is refused, because a machine's clock can be wrong, and units
    that expired by a wrong clock stay expired. Compare the ledger's clock with another clock first: no later entry can
    have an earlier time than this one. Every audit shows the entry and its reason.

    Args:
        reason: Why so much time passed without an entry, in words that an auditor will read.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor, a registrar; by default, the actor that the ledger was opened with.

    Returns:
        The recorded time of the new entry, UTC.

    Raises:
        RefusedError: The clock is not more than 400 days after the newest entry.
        NotAuthorisedError: *by* is not a registrar.
        QuantityError: *reason* is empty or not text.

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
    reason_text = text(reason, "reason")

    def plan(view: View) -> Events:
        return [(TIME_ADVANCED, {"reason": reason_text, "since": view.entry(view.size - 1).at})]

    (entry,) = ledger._record("advance_clock", {"reason": reason_text}, plan, key=key, by=by)
    return entry.at


def adopt_zone(
    ledger: Recorder, zone: str, *, release: str, reason: str, key: str | None = None, by: str | None = None
) -> int:
    """Adopt the installed rules of a time zone for later entries, e.g. when a government has changed the clocks.

    The first entry that uses a zone pins its rules; earlier entries keep theirs. An audit's notes show the adoption.

    Args:
        zone: The time zone, by its IANA name.
        release: The installed release of the time zone database (package ``tzdata``), e.g. ``2026f``.
        reason: The reason, in words.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor, a registrar; by default, the actor that the ledger was opened with.

    Returns:
        The number of the entry from which on the rules apply.

    Raises:
        PeriodError: *zone* is not a zone, or is UTC, which has no rules to adopt.
        RefusedError: Another release is installed; or the ledger pins these rules already.
        NotAuthorisedError: *by* is not a registrar.
        QuantityError: *release* or *reason* is empty or not text.

    Source:
        ledger-model section 4.

    Example:
        >>> import carbon_ledger as cl
        >>> from carbon_ledger.periods.zones import tzdata_release
        >>> ledger = cl.open_ledger(":memory:")
        >>> ledger.adopt_zone("Asia/Baku", release=tzdata_release(), reason="pinned before its first use")
        1
    """
    name, reason_text = zone_info(zone).key, text(reason, "reason")
    if name == UTC:
        raise PeriodError("zone UTC: expected a zone whose rules can change; UTC needs no adoption")
    fields = {"zone": name, "release": line(release, "release"), "reason": reason_text}

    def plan(_: View) -> Events:
        if release != tzdata_release():
            raise RefusedError(
                f"zone {name}, release {quote(release)}",
                f"the installed release is {tzdata_release()}; give that release, or install the other tzdata",
                rule="zone-release",
            )
        rules = {RULES_FIELD: as_decoded(installed_rules(name).to_record())}
        return [(ZONE_ADOPTED, {"zone": name, **rules, "reason": reason_text})]

    (entry,) = ledger._record("adopt_zone", fields, plan, key=key, by=by)
    return entry.n
