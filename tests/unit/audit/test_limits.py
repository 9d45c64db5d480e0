"""The limits of an audit: what was not computed again is listed in every report, and nothing hides it."""

from pathlib import Path

import pytest
from tests.conftest import EVIDENCE
from tests.support.metered_project import MAY
from tests.support.own_methodology import FACTOR, KEY, Write, issued, opened, project, registered, write
from tests.support.published_log import KEY as LOG_KEY
from tests.support.published_log import SIGNER

import carbon_ledger as cl
from carbon_ledger.audit.findings import RULES
from carbon_ledger.audit.limits import MOST_LISTED, Limits, NotRecomputed
from carbon_ledger.audit.report import report_of
from carbon_ledger.core.methodologies import NOTHING
from carbon_ledger.log.merkle import RootHasher

__all__ = ["write"]


def test_a_report_without_the_object_does_not_pass_and_names_the_entries_first(write: Write) -> None:
    with issued(":memory:", write().METHODOLOGY) as ledger:
        report = ledger.audit(methodologies=[])
    (limit,) = report.not_recomputed
    assert (limit.methodology, limit.entries, limit.count) == (KEY, (8,), 1)
    assert (report.findings, report.not_run, report.passed) == ((), (), False)
    first, *others = str(report).splitlines()
    assert first.startswith("NOT COMPUTED AGAIN: entry 8 by OWN-TOY@1.0; lines and amounts are taken as recorded; ")
    assert "pass the object as methodologies=[...] of open_ledger(), audit() or audit_published()" in first
    (rules,) = (line for line in others if "follows from the rules" in line)
    assert "every quantification computed again but those of entry 8 by OWN-TOY@1.0 (9)" in rules
    assert not any(f"{RULES} (" in line for line in others)


def test_a_ledger_that_only_adopts_a_methodology_has_no_limit(write: Write) -> None:
    """There is nothing to compute again. Its definition is that of the entry."""
    with registered(opened(":memory:", write().METHODOLOGY)) as ledger:
        assert ledger.audit(methodologies=[]).passed


def test_other_code_than_the_pinned_one_is_a_finding_and_a_limit(write: Write) -> None:
    """An auditor who was given other code knows it, even if it computes the same figures."""
    with issued(":memory:", write().METHODOLOGY) as ledger:
        same = write(module="own_copy", attack="pass  # the same figures").METHODOLOGY
        report = ledger.audit(methodologies=[same])
    (finding,) = report.findings
    assert finding.entry == 3
    assert "pins the code digest sha256:" in finding.detail
    assert finding.check.startswith(RULES[:29])
    (limit,) = report.not_recomputed
    assert (limit.entries, limit.reason) == ((8,), finding.detail)


def test_an_object_that_the_ledger_does_not_adopt_changes_nothing(write: Write) -> None:
    with issued(":memory:", write().METHODOLOGY) as ledger:
        other = write(module="own_other", name="OWN-OTHER").METHODOLOGY
        report = ledger.audit(methodologies=[other])
        assert report.not_recomputed == ledger.audit(methodologies=[]).not_recomputed


def test_each_methodology_is_listed_apart(write: Write) -> None:
    one, two = write().METHODOLOGY, write(module="own_two", name="OWN-TWO").METHODOLOGY
    with registered(opened(":memory:", one, two)) as ledger:
        ledger.issue("toys", MAY, factor=FACTOR, to="op")
        ledger.register_project(project("twos", two.key))
        june = cl.Period.month(2024, 6, zone="Asia/Baku")
        ledger.record_generation("plant", june, net="100 MWh")
        ledger.issue("twos", june, factor="f", to="op")
        assert [item.methodology for item in ledger.audit(methodologies=[]).not_recomputed] == [KEY, two.key]
        assert [item.methodology for item in ledger.audit(methodologies=[one]).not_recomputed] == [two.key]
        assert ledger.audit(methodologies=[two, one]).passed


def test_an_approval_of_carry_needs_no_methodology(write: Write) -> None:
    """It follows from the rows of the ledger alone."""
    with issued(":memory:", write().METHODOLOGY) as ledger:
        ledger.correct_generation("plant", MAY, net="200 MWh", reason="meter", evidence=EVIDENCE)
        ledger.approve(ledger.quantify_carry("toys"), by="verifier")
        report = ledger.audit(methodologies=[])
        types = [ledger.entry(n).type for n in report.not_recomputed[0].entries]
    assert report.findings == ()
    assert types == ["issuance.recorded", "generation.corrected"]


def test_a_published_log_is_audited_with_and_without_the_object(write: Write, tmp_path: Path) -> None:
    methodology = write().METHODOLOGY
    with issued(tmp_path / "a.db", methodology) as ledger:
        ledger.publish(tmp_path / "log", signer=SIGNER)
    for methodologies, passed in (([methodology], True), ((), False)):
        report = cl.audit_published(tmp_path / "log", trusted_keys=LOG_KEY, methodologies=methodologies)
        assert (report.findings, report.passed) == ((), passed)
        assert [item.entries for item in report.not_recomputed] == ([] if passed else [(8,)])


def test_workers_list_what_one_process_lists(write: Write, tmp_path: Path) -> None:
    with issued(tmp_path / "a.db", write().METHODOLOGY) as ledger:
        one, several = (ledger.audit(workers=count, methodologies=[]) for count in (1, 3))
    assert one.not_recomputed == several.not_recomputed
    assert str(one).splitlines()[0] == str(several).splitlines()[0]


@pytest.mark.parametrize("cut", [0, 1, 60, 150])
def test_a_hundred_entries_are_listed_and_all_are_counted(cut: int) -> None:
    """Whether one process audited them or two: the first hundred, and the count of all."""
    limits = Limits(NOTHING)
    for numbers in (range(cut), range(cut, 150)):
        part = Limits(NOTHING)
        for n in numbers:
            part._add(NotRecomputed(methodology="OWN-A@1", reason="r", entries=(n,), count=1))
        limits.merge(part.to_record())
    (found,) = limits.all()
    assert (found.entries, found.count) == (tuple(range(MOST_LISTED)), 150)
    assert found.listed.endswith("98, 99 and 50 more")


def test_the_name_of_a_check_stays_short_however_many_methodologies_there_are() -> None:
    items = tuple(NotRecomputed(methodology=f"OWN-A@{k}", reason="r", entries=(k,), count=1) for k in range(9))
    report = report_of("a", 9, RootHasher(), [(RULES, 9)], [], (), items, (RULES,))
    ((name, _),) = report.checks
    assert name.endswith("entry 4 by OWN-A@4; and 4 more methodologies")
    assert len(str(report).splitlines()) == 11
