"""Attested texts: one attestation a ledger stands in the place of a waiver at every issuance."""

import pytest
from tests.conftest import EVIDENCE, dump
from tests.support.forging import found_in
from tests.support.metered_project import MAY, factor, metered, project

import carbon_ledger as cl
from carbon_ledger import errors

__all__ = ["metered"]

ACM, GCC = "ACM0002@22.0", "GCCM001@4.0"
OTHER = "sha256:" + "0" * 64
JUNE = cl.Period.month(2024, 6, zone="Asia/Baku")
CREDITED = {
    "instrument": "GCC-ACC",
    "methodology": ACM,
    "baseline": "greenfield",
    "crediting_period": cl.Period.years("2021-01-01", 10, zone="Asia/Baku"),
}
WAIVER = cl.Waiver("methodology-text", "compared with the published text")


def forge(ledger: cl.Ledger, event: dict[str, str]) -> None:
    ledger._record("forged", {}, lambda _: [("methodology.attested", event)], key=None, by=None)


def test_an_issuance_needs_no_waiver_after_the_attestation_and_names_it(metered: cl.Ledger) -> None:
    """Ledger-model section 8a."""
    before = dump(metered)
    with pytest.raises(errors.NotApplicableError, match=r"adopt_methodology.*Waiver") as refused:
        metered.issue("credits", MAY, to="op", factor=factor())
    assert (refused.value.rule, dump(metered)) == ("methodology-text", before)
    n = metered.adopt_methodology(ACM, text=EVIDENCE, note="compared line by line", by="a verifier")
    (batch,) = metered.issue("credits", MAY, to="op", factor=factor())
    line = metered.trace(f"{batch.batch_id}/1").quantification.line("Text")
    assert (line.value, line.source) == (n, EVIDENCE)
    assert "a verifier" in line.name
    (note,) = metered.audit().notes
    assert note.entry == n
    assert all(words in note.detail for words in (ACM, EVIDENCE, "a verifier", "compared line by line"))


def test_every_attestation_is_listed_and_the_first_is_named(metered: cl.Ledger) -> None:
    first = metered.adopt_methodology(ACM, text=EVIDENCE, note="one", by="a")
    metered.adopt_methodology(ACM, text=EVIDENCE, note="two", by="b")
    last = metered.adopt_methodology(ACM, text=OTHER, note="the new print", by="a")
    found = metered.attestations(ACM)
    assert [(item.by, item.text, item.note) for item in found] == [
        ("a", EVIDENCE, "one"),
        ("b", EVIDENCE, "two"),
        ("a", OTHER, "the new print"),
    ]
    assert (found[0].n, found[-1].n, found[0].methodology) == (first, last, ACM)
    assert metered.quantify("credits", MAY, factor=factor()).line("Text").value == first
    assert metered.as_of(entry=first).attestations(ACM) == found[:1]
    assert metered.as_of(entry=first - 1).attestations(ACM) == ()
    assert metered.attestations(GCC) == ()
    assert metered.audit().findings == ()


def test_nobody_attests_a_document_twice(metered: cl.Ledger) -> None:
    metered.adopt_methodology(ACM, text=EVIDENCE, note="one", by="a")
    before = dump(metered)
    with pytest.raises(errors.AlreadyRegisteredError, match="'a' attested this document already, in entry"):
        metered.adopt_methodology(ACM, text=EVIDENCE, note="again", by="a")
    assert dump(metered) == before


def test_a_methodology_is_adopted_before_its_text_is_attested(ledger: cl.Ledger) -> None:
    """In one command if it was not adopted; by itself, it is adopted once."""
    first = ledger.size
    n = ledger.adopt_methodology(GCC, text=EVIDENCE, note="compared", key="k")
    assert [ledger.entry(k).type for k in range(first, ledger.size)] == ["methodology.adopted", "methodology.attested"]
    assert ledger.adopt_methodology(GCC, text=EVIDENCE, note="compared", key="k") == n == ledger.size - 1
    assert ledger.adopt_methodology(ACM, key="l") == n + 1 == ledger.adopt_methodology(ACM, key="l")
    with pytest.raises(errors.AlreadyRegisteredError):
        ledger.adopt_methodology(ACM)
    assert ledger.adopt_methodology(ACM, text=EVIDENCE, note="compared", key="m") == n + 2
    assert ledger.audit().findings == ()


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"text": EVIDENCE}, errors.MissingDataError, "note is missing, but text is given"),
        ({"note": "compared"}, errors.MissingDataError, "text is missing, but note is given"),
        ({"text": "gccm001.pdf", "note": "compared"}, errors.QuantityError, "text 'gccm001.pdf': expected the digest"),
        ({"text": EVIDENCE, "note": " "}, errors.QuantityError, "note ' ': expected text"),
    ],
)
def test_an_attestation_needs_a_document_and_words(
    metered: cl.Ledger, given: dict[str, str], error: type[Exception], words: str
) -> None:
    before = dump(metered)
    with pytest.raises(error, match=words):
        metered.adopt_methodology(ACM, **given)
    assert dump(metered) == before


def test_a_correction_recomputes_an_issuance_as_it_was_before_the_attestation(metered: cl.Ledger) -> None:
    """An issuance that was waived does not claim later that somebody had read the text."""
    metered.issue("credits", MAY, to="op", factor=factor(), waivers=[WAIVER])
    metered.adopt_methodology(ACM, text=EVIDENCE, note="compared", by="a")
    metered.record_generation("plant", JUNE, net="100 MWh")
    metered.issue("credits", JUNE, to="op", factor=factor())
    metered.correct_generation("plant", MAY, net="90 MWh", reason="ratio", evidence=EVIDENCE)
    metered.correct_generation("plant", JUNE, net="90 MWh", reason="ratio", evidence=EVIDENCE)
    documents = [entry.event["text"] for entry in metered.entries() if entry.type == "document.recorded"]
    assert ['"symbol":"Text"' in text for text in documents] == [False, True, False, True]
    assert metered.audit().findings == ()


def test_a_forged_attestation_is_refused(metered: cl.Ledger) -> None:
    """Domain invariant 34: what no command writes."""
    before = dump(metered)
    event = {"methodology": ACM, "text": EVIDENCE, "note": "compared"}
    for change, error, words in (
        ({"methodology": GCC}, errors.BrokenLogError, "no earlier entry adopts methodology GCCM001@4.0"),
        ({"methodology": "GCCM001@9.9"}, errors.MethodologyError, "expected a name and a version"),
        ({"text": "sha256:0"}, errors.QuantityError, "text"),
        ({"note": ""}, errors.QuantityError, "note"),
    ):
        with pytest.raises(error, match=words):
            forge(metered, event | change)
        assert dump(metered) == before
    forge(metered, event)
    with pytest.raises(errors.AlreadyRegisteredError):
        forge(metered, event)


def test_an_attestation_of_another_methodology_lifts_no_refusal(metered: cl.Ledger) -> None:
    """The rule asks for the waiver, or for the attestation of this methodology's text."""
    metered.adopt_methodology(GCC)
    n = metered.adopt_methodology(ACM, text=EVIDENCE, note="compared")
    metered.register_project(project("more"))
    metered.issue("credits", MAY, to="op", factor=factor())
    finding = found_in(metered, n, lambda event: event.update(methodology=GCC))
    assert "the text of its document was not seen" in finding.detail
    assert finding.entry > n


def test_the_first_attestation_lets_an_approval_lapse(metered: cl.Ledger) -> None:
    """The approved quantification does not name it; the refusal says what changed. A later one changes nothing."""
    metered.register_project(project("more", requires_approval=True, **CREDITED))
    metered.approve(metered.quantify("more", MAY, factor=factor()), by="verifier")
    n = metered.adopt_methodology(ACM, text=EVIDENCE, note="compared")
    before = dump(metered)
    with pytest.raises(errors.RefusedError, match=rf"lapsed: entry {n} \(methodology\.attested\)") as refused:
        metered.issue("more", MAY, to="op", factor=factor())
    assert (refused.value.rule, dump(metered)) == ("approval-lapsed", before)
    metered.approve(metered.quantify("more", MAY, factor=factor()), by="verifier")
    metered.adopt_methodology(ACM, text=OTHER, note="compared")
    metered.issue("more", MAY, to="op", factor=factor())
    assert [item.status for item in metered.approvals("more")] == ["lapsed", "used"]
    assert metered.audit().findings == ()
