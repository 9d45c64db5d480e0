"""The log pins the rules of a zone: another machine computes the same days, or reports the differences."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import EVIDENCE, dump
from tests.support.other_zone_rules import (
    BAKU,
    FACTOR,
    LATER,
    MWH,
    RELEASE,
    RUN,
    WAIVERS,
    WHOLE,
    another_machine,
    filled,
    opened,
    period,
    rules,
    set_up,
)

import carbon_ledger as cl
from carbon_ledger import errors
from carbon_ledger.audit.findings import RULES
from carbon_ledger.audit.notes import OTHER_RULES, ZONE
from carbon_ledger.core import pinned_zones
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.numbered import count as count_of
from carbon_ledger.periods import zones
from carbon_ledger.periods.zone_rules import ZoneRules

__all__ = ["filled"]


EARLIER = rules(3)


@pytest.mark.parametrize("other", [LATER, EARLIER], ids=["later", "earlier"])
def test_an_audit_on_another_machine_passes(filled: Path, other: Any) -> None:
    with another_machine(other), opened(filled, read_only=True) as ledger:
        assert zones.vintage_of(WHOLE.start_utc + 48 * 3600 - (other is EARLIER), BAKU) in (2024, 2025)
        report = ledger.audit()
        assert report.findings == ()
        assert report.passed


@pytest.mark.parametrize("other", [LATER, EARLIER], ids=["later", "earlier"])
def test_without_the_pinned_rules_it_would_not(filled: Path, other: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above depends on them: the same ledger, the rules of that machine."""
    monkeypatch.setattr(pinned_zones, "count", lambda *_: 0)
    with another_machine(other), opened(filled, read_only=True) as ledger:
        assert not ledger.audit().passed


def answers(ledger: cl.Ledger) -> list[Any]:
    batches = [batch for project in ("go", "h", "c") for batch in ledger.batches(project)]
    return [
        batches,
        [ledger.hours(batch) for batch in ledger.batches("h")],
        [ledger.reconcile(project, WHOLE.in_utc).rows() for project in ("go", "h", "c")],
        [ledger.carry(project) for project in ("go", "h", "c")],
    ]


@pytest.mark.parametrize("other", [LATER, EARLIER], ids=["later", "earlier"])
def test_questions_are_answered_alike_on_another_machine(filled: Path, other: Any) -> None:
    with opened(filled, read_only=True) as ledger:
        here = answers(ledger)
    with another_machine(other), opened(filled, read_only=True) as ledger:
        assert answers(ledger) == here


def test_the_first_entry_that_uses_a_zone_pins_its_rules_and_no_other(filled: Path) -> None:
    with opened(filled) as ledger:
        pinning = [entry for entry in ledger.entries() if "zone_rules" in entry.event]
        assert [entry.type for entry in pinning] == ["device.registered"]
        pinned = ZoneRules.from_record(BAKU, pinning[0].event["zone_rules"])
        assert pinned.same_as(zones.installed_rules(BAKU))
        assert pinning[0].event["zone_rules"]["release"] == zones.tzdata_release()
        ledger.register_device(cl.Device(**PLANT | {"id": "wind", "zone": "Europe/Berlin"}))
        assert ledger.entry(ledger.size - 1).event["zone_rules"]["closing"] == "CET-1CEST,M3.5.0,M10.5.0/3"
        ledger.register_device(cl.Device(**PLANT | {"id": "sea", "zone": "UTC"}))
        assert "zone_rules" not in ledger.entry(ledger.size - 1).event


PLANT: dict[str, Any] = {
    "id": "plant",
    "name": "Plant",
    "technology": "wind/onshore",
    "capacity": "5 MW",
    "country": "DE",
    "grid": "DE",
    "zone": "UTC",
    "commissioned": "2020-01-01",
}
BERLIN = cl.Period.of("2024-12-30", "2025-01-02", zone="Europe/Berlin")


def test_an_issuance_and_an_import_pin_the_zone_of_their_period(tmp_path: Path) -> None:
    """A credit's factor is valid on local days of the period's zone, and an import's vintage is a year of its zone."""
    path = tmp_path / "l.db"
    with opened(path) as ledger:
        ledger.open_account("op", name="Operator")
        for name in ("plant", "other"):
            ledger.register_device(cl.Device(**PLANT | {"id": name}))
            ledger.record_generation(name, BERLIN, net="10 MWh")
        ledger.register_project(cl.Project(id="h", instrument="I-REC-E", zone="UTC", devices=("plant",)))
        waivers = [cl.Waiver("straddling-step", "r")]
        ledger.issue("h", BERLIN, to="op", waivers=waivers)
        assert ledger.entry(ledger.size - 1).event["zone_rules"]["closing"].startswith("CET")
        ledger.import_block(
            "GS1-1-KE-GS7495-16-2025-30645-608-30350",
            registry="gold-standard",
            instrument="GS-VER",
            to="op",
            production=cl.Period.year(2025, zone="Africa/Nairobi"),
            project="GS7495",
            evidence=EVIDENCE,
        )
        assert ledger.entry(ledger.size - 1).event["zone_rules"]["closing"] == "EAT-3"
        assert ledger.audit().passed
        here = dump(ledger)
    nairobi, berlin = rules(5, zone="Africa/Nairobi"), rules(5, zone="Europe/Berlin")
    with another_machine(nairobi, berlin), opened(path, read_only=True) as ledger:
        assert ledger.audit().passed
        assert dump(ledger) == here


def test_several_issuances_of_one_command_pin_a_zone_once(tmp_path: Path) -> None:
    with opened(tmp_path / "l.db") as ledger:
        ledger.open_account("op", name="Operator")
        for name in ("plant", "other"):
            ledger.register_device(cl.Device(**PLANT | {"id": name}))
            ledger.record_readings(name, start=BERLIN.start, step="1 hour", net_wh=[MWH] * 72)
        ledger.register_project(cl.Project(id="h", instrument="GC", zone="UTC", devices=("plant", "other")))
        ledger.issue("h", BERLIN, to="op", key="k")
        issued = [entry for entry in ledger.entries() if entry.type == "issuance.recorded"]
        assert ["zone_rules" in entry.event for entry in issued] == [True, False]
        size = ledger.size
        ledger.issue("h", BERLIN, to="op", key="k")
        assert ledger.size == size
        assert ledger.audit().passed


def test_a_retry_is_answered_on_another_machine(filled: Path) -> None:
    with opened(filled) as ledger:
        first = ledger.record_generation("sun", period(), net="1 MWh", key="k")
        named = period()
    with another_machine(LATER), opened(filled) as ledger:
        assert ledger.record_generation("sun", named, net="1 MWh", key="k") == first


def test_adopted_rules_hold_for_later_entries_and_every_audit_shows_them(filled: Path) -> None:
    """Ledger-model section 4: recorded edges, and issuances computed again, keep the rules they had."""
    with another_machine(LATER), opened(filled) as ledger:
        n = ledger.adopt_zone(BAKU, release=RELEASE, reason="the law of May", by="registrar")
        assert n == ledger.size - 1
        december = cl.Period.of("2025-12-31", "2026-01-02", zone=BAKU)
        assert december.start_utc == 1_767_121_200  # 19:00 UTC
        for name in ("sun", "roof"):
            ledger.record_readings(name, start=december.start, step="1 hour", net_wh=[MWH] * 48)
        assert [(batch.vintage, batch.count) for batch in ledger.issue("go", december, to="op")] == [
            (2025, 24),
            (2026, 24),
        ]
        ledger.issue("h", december, to="op")
        # the issuances of before are computed again, by the rules they had
        year_s_last = cl.Period(WHOLE.start_utc + 46 * 3600, WHOLE.start_utc + 47 * 3600)
        before = dict(ledger.issuances("c")[0].amounts)
        for name in ("mill", "roof"):
            ledger.correct_generation(name, year_s_last, net="0.8 MWh", reason="r", evidence=EVIDENCE)
        after = dict(ledger.issuances("c")[0].amounts)
        assert (before[2024] - after[2024], before[2025] - after[2025]) == (Decimal("0.1"), 0)
        report = ledger.audit()
        assert report.passed
        (note,) = report.notes
        assert note.entry == n
        assert note.detail == f"{ZONE}: '{BAKU}' by tzdata '{RELEASE}' from here on, by 'registrar': 'the law of May'"
        there = answers(ledger)
    for machine in (nullcontext(), another_machine(EARLIER)):
        with machine, opened(filled) as ledger:
            assert ledger.audit().passed
            assert answers(ledger) == there
            with pytest.raises(errors.RefusedError, match="zone-differs"):
                ledger.record_generation("sun", period(), net="1 MWh")


def test_an_audit_shows_a_hundred_adoptions_and_says_how_many_more_there_are(filled: Path) -> None:
    with opened(filled) as ledger:
        before = ledger.audit().notes
        with ledger.batch():
            for k in range(103):
                with another_machine(LATER if k % 2 == 0 else zones.installed_rules(BAKU)):
                    release = LATER.release if k % 2 == 0 else zones.tzdata_release()
                    ledger.adopt_zone(BAKU, release=release, reason=f"number {k}")
        report = ledger.audit()
        assert report.passed
        assert len(report.notes) == len(before) + 101
        assert report.notes[-2].detail.endswith("'number 99'")
        assert report.notes[-1].entry == ledger.size - 1
        assert report.notes[-1].detail == "zone adopted: 3 more such notes; this entry is the last of them"


def test_rules_are_adopted_back_and_forth(filled: Path) -> None:
    with another_machine(LATER), opened(filled) as ledger:
        ledger.adopt_zone(BAKU, release=RELEASE, reason="r")
    with opened(filled) as ledger:
        ledger.adopt_zone(BAKU, release=zones.tzdata_release(), reason="the law was not passed")
        ledger.record_generation("sun", period(), net="1 MWh")
        assert len(ledger.audit().notes) == 2
        view = ledger._view()
        offsets = [
            zones.local_time(WHOLE.start_utc, pinned_zones.zone_of(view, BAKU, n)).utcoffset()
            for n in range(2, ledger.size)
        ]
        assert len(set(offsets)) == 2
        assert offsets[0] == offsets[-1] == timedelta(hours=4)


def test_an_audit_shows_rules_that_are_not_those_of_the_release_that_they_name(tmp_path: Path) -> None:
    real = zones.installed_rules(BAKU)
    alike = ZoneRules(
        key=BAKU,
        release=real.release,
        offsets_s=[*real.offsets_s, real.offsets_s[-1]],
        changes_utc=[*real.changes_utc, 1_900_000_000],
        closing=real.closing,
    )
    forged = ZoneRules(
        key=BAKU,
        release=real.release,
        offsets_s=[*real.offsets_s, 18_000, 14_400],
        changes_utc=[*real.changes_utc, 1_700_000_000, 1_700_003_600],
        closing=real.closing,
    )
    closed_otherwise = ZoneRules(
        key=BAKU,
        release=real.release,
        offsets_s=real.offsets_s,
        changes_utc=real.changes_utc,
        closing="<+04>-4<+05>,M6.5.0/10,M6.5.0/13",
    )
    for pinned, noted in ((real, 0), (alike, 0), (forged, 1), (closed_otherwise, 1), (LATER, 0)):
        path = tmp_path / f"{id(pinned)}.db"
        with another_machine(pinned), opened(path) as ledger:
            ledger.register_device(cl.Device(**PLANT | {"zone": BAKU}))
            assert ledger.audit().notes == ()
        with opened(path) as ledger:
            report = ledger.audit()
            assert report.passed
            assert [note.detail.partition(":")[0] for note in report.notes] == [OTHER_RULES] * noted


def test_rules_whose_changes_are_written_out_agree_with_the_rule_that_gives_them() -> None:
    """The file of a zone may be written either way. A change too few or too many is another zone."""
    real = zones.installed_rules("Europe/Berlin")
    last, hour = real.changes_utc[-1], 3_600

    def offset(at: int) -> int:
        return round(datetime.fromtimestamp(at, real.info).utcoffset() / timedelta(seconds=1))  # type: ignore[operator]

    coming = [at for at in range(last + hour, last + 12 * 365 * 24 * hour, hour) if offset(at) != offset(at - 1)]
    assert len(coming) == 23

    def written_out(changes: list[int]) -> ZoneRules:
        return ZoneRules(
            key=real.key,
            release=real.release,
            offsets_s=[*real.offsets_s, *map(offset, changes)],
            changes_utc=[*real.changes_utc, *changes],
            closing=real.closing,
        )

    in_summer = 4_120_000_000  # July 2100
    assert offset(in_summer) == offset(last)
    for changes in (coming[:1], coming[:2], coming):
        assert real.agree_with(written_out(changes))
        assert written_out(changes).agree_with(real)
    for changes in (
        [in_summer],
        coming[:4] + coming[6:],
        [at + hour for at in coming],
        [in_summer + 30_000_000 * hour],
    ):
        assert not real.agree_with(written_out(changes))
        assert not written_out(changes).agree_with(real)


def refusal(ledger: cl.Ledger, kind: type[Exception], call: Callable[[], object]) -> str:
    before = dump(ledger)
    with pytest.raises(kind) as caught:
        call()
    assert dump(ledger) == before
    return str(caught.value)


def test_what_cannot_be_adopted(filled: Path) -> None:
    with opened(filled) as ledger:
        here = zones.tzdata_release()
        adopt = ledger.adopt_zone
        said = refusal(ledger, errors.RefusedError, lambda: adopt(BAKU, release="1999a", reason="r"))
        assert "zone-release" in said
        assert here in said
        said = refusal(ledger, errors.RefusedError, lambda: adopt(BAKU, release=here, reason="r"))
        assert "zone-unchanged" in said
        assert "UTC needs no adoption" in refusal(
            ledger, errors.PeriodError, lambda: adopt("UTC", release=here, reason="r")
        )
        assert "did you mean" in refusal(ledger, errors.PeriodError, lambda: adopt("Baku", release=here, reason="r"))
        assert "reason" in refusal(ledger, errors.QuantityError, lambda: adopt(BAKU, release=here, reason=" "))
        assert "release" in refusal(ledger, errors.QuantityError, lambda: adopt(BAKU, release=7, reason="r"))


def test_rules_can_be_adopted_before_their_first_use(tmp_path: Path) -> None:
    with opened(tmp_path / "l.db") as ledger:
        n = ledger.adopt_zone(BAKU, release=zones.tzdata_release(), reason="at the beginning", key="k")
        assert ledger.adopt_zone(BAKU, release=zones.tzdata_release(), reason="at the beginning", key="k") == n
        set_up(ledger)
        assert [entry.n for entry in ledger.entries() if "zone_rules" in entry.event] == [n]
        assert ledger.audit().passed


def forged(event: dict[str, Any], kind: str = "device.registered") -> str:
    """What an audit finds of an entry that was put into the log by hand."""
    ledger = cl.open_ledger(":memory:", ledger_id="forged")
    entry = Entry(n=1, at=ledger.entry(0).at[:-2] + "9Z", by="f", type=kind, event=event)
    if entry.at <= ledger.entry(0).at:
        entry = Entry(n=1, at=ledger.entry(0).at[:-7] + "999999Z", by="f", type=kind, event=event)
    with ledger._store.transaction():
        ledger._store.append(entry.to_bytes(), [])
    (finding,) = [item for item in ledger.audit().findings if item.check == RULES]
    return finding.detail


DEVICE = cl.Device(**PLANT | {"zone": BAKU}).to_record()
RECORD = zones.installed_rules(BAKU).to_record()
CHANGES, OFFSETS = RECORD["changes"], RECORD["offsets_s"]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (DEVICE, "does not pin its rules"),
        (DEVICE | {"zone": "UTC", "zone_rules": RECORD}, "is not the first to use a zone"),
        (DEVICE | {"zone_rules": RECORD | {"changes": CHANGES[1:]}}, "expected one offset before the first change"),
        (DEVICE | {"zone_rules": RECORD | {"changes": CHANGES[::-1]}}, "expected changes in ascending order"),
        (
            DEVICE | {"zone_rules": RECORD | {"changes": list(range(300)), "offsets_s": list(range(301))}},
            "at most 250 different offsets",
        ),
        (DEVICE | {"zone_rules": RECORD | {"offsets_s": [*OFFSETS[:-1], 90_000]}}, "90000"),
        (DEVICE | {"zone_rules": RECORD | {"changes": [*CHANGES[:-1], -172_801]}}, "-172801"),
        (DEVICE | {"zone_rules": RECORD | {"closing": "<+05>-5"}}, "but 5:00:00 by the closing rule '<+05>-5'"),
        (DEVICE | {"zone_rules": RECORD | {"closing": "AAA-4BBB,M13.1.0,M14.1.0"}}, "is invalid"),
        (DEVICE | {"zone_rules": RECORD | {"closing": "<+04>-4\nAAA-4"}}, "closing: '<+04>-4\\nAAA-4' is not text"),
        (DEVICE | {"zone_rules": RECORD | {"release": "by\nhand"}}, "release"),
        (DEVICE | {"zone_rules": {**RECORD, "more": 1}}, "more"),
    ],
)
def test_forged_rules_are_a_finding(event: dict[str, Any], said: str) -> None:
    assert said in forged(event)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"zone": "UTC", "zone_rules": RECORD, "reason": "r"}, "rules of UTC, which has no rules"),
        ({"zone": BAKU, "zone_rules": RECORD | {"closing": "<+05>-5"}, "reason": "r"}, "by the closing rule"),
        ({"zone": BAKU, "zone_rules": RECORD}, "reason"),
        ({"zone": "Baku", "zone_rules": RECORD, "reason": "r"}, "not an IANA time zone"),
    ],
)
def test_a_forged_adoption_is_a_finding(event: dict[str, Any], said: str) -> None:
    assert said in forged(event, "zone.adopted")


class Adoptions:
    """A view in which the rules of a zone were pinned by some entries, and no more is known."""

    def __init__(self, entries: list[int]) -> None:
        self.asked = 0
        self._entries = entries

    def registration(self, kind: str, name: str) -> int | None:
        assert kind == "zone"
        self.asked += 1
        k = int(name.partition("#")[2] or 1)
        return self._entries[k - 1] if k <= len(self._entries) else None


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7, 8, 9, 100, 1000])
def test_the_rules_in_force_are_found_in_few_steps(count: int) -> None:
    entries = [3 * k for k in range(count)]
    for before in {0, 1, 3, 4, 3 * count // 2, 3 * count - 3, 3 * count + 1}:
        view = Adoptions(entries)
        assert count_of(view, "zone", BAKU, before) == sum(n < before for n in entries)
        assert view.asked <= 24


def test_what_a_run_of_credits_needs_is_there() -> None:
    """The fixture has edges to lose: the factor is valid on no other day, and a step is across the new year."""
    assert (FACTOR.valid_from, FACTOR.valid_to) == (date(2024, 12, 30), date(2025, 1, 1))
    assert RUN["start"] == WHOLE.start
    assert [year for year, _ in WHOLE.split_by_year()] == [2024, 2025]
    assert len(WAIVERS) == 3
