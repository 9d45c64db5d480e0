"""Waivers, corrections, withdrawals, retirements, attestations and approvals: each is on the page, with its figures."""

from pathlib import Path

from tests.conftest import EVIDENCE, device
from tests.support.reported import corrected_ledger
from tests.support.reported_ledgers import BAKU, begun, contents_of, crowded, full, hostile, hourly

import carbon_ledger as cl

JULY = cl.Period.month(2025, 7, zone=BAKU)


def events(ledger: cl.Ledger, *types: str) -> list[cl.Ledger]:
    return [entry for entry in ledger.entries() if entry.type in types]


def test_every_waiver_is_listed_with_its_reason_and_the_units_that_rest_on_it() -> None:
    ledger = hostile()
    found = contents_of(ledger).waivers
    issuance = events(ledger, "issuance.recorded")[0]
    assert found.total == 2
    assert [(item.name, item.reason) for item in found.items] == [
        (item["name"], item["reason"]) for item in issuance.event["waivers"]
    ]
    assert {(item.entry, item.by, item.units, item.instrument) for item in found.items} == {
        (issuance.n, issuance.by, ledger.issuances("p")[0].counted, "I-REC-E")
    }


def test_waivers_of_readings_corrections_projects_and_retirements_are_listed() -> None:
    ledger = begun()
    ledger.open_account("op", name="Op")
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    implausible = cl.Waiver("implausible-reading", "a new meter")
    hour = cl.Period.of("2025-07-01T00:00Z", "2025-07-01T01:00Z")
    ledger.record_generation("plant", hour, net="500 MWh", waivers=[implausible])
    ledger.correct_generation("plant", hour, net="501 MWh", reason="misread", evidence=EVIDENCE, waivers=[implausible])
    (batch,) = ledger.issue("p", hour, to="op")
    early = cl.Waiver("claim-period", "as the contract says")
    year = cl.Period.year(2024, zone="UTC")
    ledger.retire(batch.take(3), beneficiary="B", purpose="use", period=year, waivers=[early])
    assert [(item.what, item.name, item.units) for item in contents_of(ledger).waivers.items] == [
        ("retirement for B", "claim-period", 3),
        ("correction of plant", "implausible-reading", None),
        ("reading of plant", "implausible-reading", None),
    ]


def test_a_correction_has_the_energy_before_and_after() -> None:
    ledger = corrected_ledger()
    (correction, void) = contents_of(ledger).changes.items
    assert (correction.kind, correction.before_wh, correction.after_wh) == ("correction", 100_000_001, 90_500_000)
    assert (correction.reason, correction.evidence) == ("=misread", EVIDENCE)
    assert (void.kind, void.withdrawn, void.reason) == ("voided issuance", 16, "issued to the wrong account")


def test_a_correction_of_some_hours_counts_these_hours_alone() -> None:
    ledger = hourly()
    part = cl.Period.of("2025-07-03T00:00Z", "2025-07-03T02:00Z")
    ledger.correct_readings(
        "plant", start=part.start, step="1 hour", net_wh=[5, 6], reason="misread", evidence=EVIDENCE
    )
    again = cl.Period.of("2025-07-03T01:00Z", "2025-07-03T03:00Z")
    ledger.correct_readings(
        "plant", start=again.start, step="1 hour", net_wh=[8, 9], reason="misread", evidence=EVIDENCE
    )
    newest, oldest = contents_of(ledger).changes.items
    assert (oldest.before_wh, oldest.after_wh) == (14_000_014, 11)
    assert (newest.before_wh, newest.after_wh) == (6 + 7_000_007, 17)


def test_a_correction_in_several_entries_is_one_change() -> None:
    ledger = hourly()
    hours = JULY.seconds // 3600
    ledger.register_device(device("second"))
    many = 20_000  # quarters of an hour, more than fit into one entry
    start = "2025-01-01T00:00Z"
    ledger.record_readings("second", start=start, step="15 minutes", net_wh=[1_000_000] * many)
    ledger.correct_readings(
        "second", start=start, step="15 minutes", net_wh=[999_999] * many, reason="misread", evidence=EVIDENCE
    )
    assert hours
    (change,) = contents_of(ledger).changes.items
    assert (change.before_wh, change.after_wh) == (many * 1_000_000, many * 999_999)


def test_a_correction_of_a_shared_meter_is_of_the_whole_meter() -> None:
    ledger = begun()
    for name in ("one", "two"):
        ledger.register_device(device(name))
    ledger.register_meter(cl.Meter(id="feeder", shares={"one": 1, "two": 2}))
    ledger.record_meter("feeder", JULY, net="30 MWh")
    ledger.correct_meter(
        "feeder", start=JULY.start, step=JULY.end - JULY.start, net_wh=[27_000_000], reason="why", evidence=EVIDENCE
    )
    (change,) = contents_of(ledger).changes.items
    assert (change.before_wh, change.after_wh) == (30_000_000, 27_000_000)
    assert change.subject.startswith("feeder, 2025-06-30T20:00:00Z")


def test_withdrawn_units_are_listed() -> None:
    ledger = hourly()
    batch = ledger.batches("p")[0]
    ledger.withdraw(batch.take(5), reason="a mistake")
    (change,) = contents_of(ledger).changes.items
    assert (change.kind, change.withdrawn, change.subject) == ("withdrawal", 5, str(batch.take(5)))


def test_a_withdrawal_in_several_entries_is_one_change_of_all_its_units() -> None:
    ledger = hourly()
    batch = ledger.batches("p")[-1]
    before = ledger.size
    ledger.withdraw([cl.Block(batch.batch_id, k, k) for k in range(1, 2 * 2_000, 2)], reason="a mistake")
    assert ledger.size > before + 1
    found = contents_of(ledger).changes
    assert (found.total, [(item.entry, item.withdrawn) for item in found.items]) == (1, [(before, 2_000)])
    assert found.items[0].subject.endswith(" and 1,988 more blocks")


def test_every_retirement_is_the_one_that_the_ledger_returns(tmp_path: Path) -> None:
    for ledger in (full(tmp_path), hostile()):
        found = contents_of(ledger).retirements
        of = [item for name in ledger._view().registrations("account") for item in ledger.retirements(name)]
        assert [item.number for item in found.items] == [
            item.number for item in sorted(of, key=lambda item: item.n, reverse=True)
        ]
        for shown in found.items:
            item = ledger.retirement(shown.number)
            assert (shown.beneficiary, shown.purpose, shown.units) == (item.beneficiary, item.purpose, item.count)


def test_lists_are_bounded_and_state_how_many_more_there_are() -> None:
    ledger = crowded(80)
    found = contents_of(ledger)
    assert (len(found.retirements.items), found.retirements.total) == (50, 80)
    assert found.retirements.items[0].beneficiary == "Beneficiary 79"
    one = contents_of(ledger, accounts=("a7",)).retirements
    assert [item.beneficiary for item in one.items] == ["Beneficiary 7"]


def test_attestations_and_approvals_are_those_of_the_ledger(tmp_path: Path) -> None:
    ledger = full(tmp_path)
    approvals = ledger.approvals("p")
    found = contents_of(ledger).approvals
    assert [(item.entry, item.by, item.document) for item in found.items] == [
        (item.n, item.by, item.status) for item in reversed(approvals)
    ]
    ledger.adopt_methodology("GCCM001@4.0", text=EVIDENCE, note="compared line by line")
    (item,) = contents_of(ledger).attestations.items
    (of,) = ledger.attestations("GCCM001@4.0")
    assert (item.entry, item.by, item.note, item.document) == (of.n, of.by, of.note, of.text)


def test_verifiers_statements_are_on_the_page_with_what_has_become_of_them() -> None:
    ledger = begun()
    ledger.open_account("op", name="Op")
    ledger.register_device(device())
    ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=BAKU, devices=("plant",)))
    ledger.record_generation("plant", JULY, net="3 MWh", evidence=EVIDENCE)

    def state(replaces: tuple[cl.VerificationStatement, ...], requests: dict[str, str]) -> cl.VerificationStatement:
        return ledger.state_verification(
            "p",
            JULY,
            body="V Ltd",
            opinion="unmodified",
            assurance="limited",
            quantities={2025: 3},
            report=EVIDENCE,
            size=ledger.size,
            root=ledger.root(),
            open_requests=requests,
            replaces=replaces,
            by="v",
        )

    first = state((), {})
    second = state((first,), {"FAR-1": "calibrate"})
    (standing, replaced) = contents_of(ledger).verifications.items
    assert (standing.entry, standing.by, standing.document) == (second.n, "v", "stands")
    assert standing.note == "V Ltd: unmodified, limited assurance, 3 of 2025; open: FAR-1"
    assert (replaced.entry, replaced.document) == (first.n, f"replaced by entry {second.n}")
    ledger.correct_generation("plant", JULY, net="2 MWh", reason="misread", evidence=EVIDENCE)
    assert contents_of(ledger).verifications.items[0].document == f"overtaken by entry {ledger.size - 1}"
    assert contents_of(ledger, projects=()).verifications.total == 0


def test_a_page_of_some_projects_leaves_out_what_is_about_others(tmp_path: Path) -> None:
    ledger = full(tmp_path)
    assert contents_of(ledger).changes.total == 1
    assert contents_of(ledger, projects=("w",)).changes.total == 1  # of its plant
    assert contents_of(ledger, projects=("p",)).changes.total == 0
    assert contents_of(ledger, projects=("w",)).retirements.total == 0
    assert contents_of(ledger, projects=("p",)).retirements.total == 1
    assert contents_of(ledger, projects=()).issuances.total == 0


def test_a_page_of_some_projects_has_what_is_about_one_of_their_units_among_others() -> None:
    ledger = hourly()
    ledger.register_device(device("other"))
    ledger.register_project(cl.Project(id="q", instrument="I-REC-E", zone=BAKU, devices=("other",)))
    ledger.record_generation("other", JULY, net="3 MWh", evidence=EVIDENCE)
    (other,) = ledger.issue("q", JULY, to="op")
    own = ledger.batches("p")[-1]
    many = [cl.Block(own.batch_id, k, k) for k in range(1, 2 * 2_000, 2)]
    ledger.retire([cl.Block(own.batch_id, 2, 2), other.take(1)], beneficiary="B", purpose="use", period=JULY)
    ledger.retire([*many, cl.Block(other.batch_id, 2, 2)], beneficiary="B", purpose="use", period=JULY)
    assert len(ledger.retirements()[-1].entries) > 1
    assert contents_of(ledger, projects=("p",)).retirements.total == 2
    assert contents_of(ledger, projects=("q",)).retirements.total == 2
    assert contents_of(ledger, projects=()).retirements.total == 0


def test_a_retirement_in_several_entries_is_one_retirement(tmp_path: Path) -> None:
    ledger = hourly()
    batch = ledger.batches("p")[-1]
    blocks = [cl.Block(batch.batch_id, k, k) for k in range(1, 2 * 2_000, 2)]
    made = ledger.retire(blocks, beneficiary="B", purpose="use", period=JULY)
    assert len(made.entries) > 1
    found = contents_of(ledger).retirements
    assert (found.total, [(item.number, item.units) for item in found.items]) == (1, [(made.number, 2_000)])
    assert found.items[0].serials.endswith(" and 1,988 more blocks")
    path = tmp_path / "certificate.html"
    ledger.retirement_certificate(made.number, path)
    assert "1,900 more; see" in path.read_text(encoding="utf-8")
