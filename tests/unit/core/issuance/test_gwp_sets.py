"""A project's claims are under one set of global warming potentials."""

from itertools import count

import pytest
from tests.conftest import dump
from tests.support.forging import found_in
from tests.support.metered_project import factor, metered, project

import carbon_ledger as cl
from carbon_ledger import errors

__all__ = ["metered"]

TEXT = cl.Waiver("methodology-text", "compared")
SET = cl.Waiver("gwp-set", "the programme changed to AR6 in June")
MONTHS = [cl.Period.month(2024, k, zone="Asia/Baku") for k in range(5, 13)]
_ids = count()


def of(gwp_set: str | None, **more: object) -> cl.EmissionFactor:
    return factor(factor_id=f"f{next(_ids)}", gwp_set=gwp_set, **more)


@pytest.fixture
def months(metered: cl.Ledger) -> cl.Ledger:
    """Eight months of 100 MWh."""
    for month in MONTHS[1:]:
        metered.record_generation("plant", month, net="100 MWh")
    return metered


def issue(ledger: cl.Ledger, k: int, used: cl.EmissionFactor, *waivers: cl.Waiver, to: str = "credits") -> cl.Batch:
    (batch,) = ledger.issue(to, MONTHS[k], to="op", factor=used, waivers=[TEXT, *waivers])
    return batch


def refuse(ledger: cl.Ledger, k: int, used: cl.EmissionFactor) -> errors.FactorNotApplicableError:
    before = dump(ledger)
    with pytest.raises(errors.FactorNotApplicableError) as refused:
        issue(ledger, k, used)
    assert (refused.value.rule, dump(ledger)) == ("gwp-set", before)
    return refused.value


def test_the_first_issuance_determines_the_set_and_another_is_refused_or_waived(months: cl.Ledger) -> None:
    """Ledger-model section 5."""
    first = issue(months, 0, of("AR5"))
    assert f"in 'AR5', the set of its issuance of entry {first.batch_id.rsplit('/')[-1]}" in str(
        refuse(months, 1, of("AR6"))
    )
    issue(months, 1, of("AR5"))
    issue(months, 2, of("AR6"), SET)
    refuse(months, 3, of("AR6"))  # a waiver is of one issuance
    issue(months, 3, of("AR5"))
    assert months.audit().findings == ()


def test_a_forged_factor_in_a_set_that_does_not_exist_is_found(months: cl.Ledger) -> None:
    """Another spelling would be another set."""
    issue(months, 0, of("AR5"))
    (n,) = [entry.n for entry in months.entries() if entry.type == "factor.adopted"]
    finding = found_in(months, n, lambda event: event["factor"].update(gwp_set="ar5"))
    assert (finding.entry, "expected one of SAR, TAR, AR4, AR5, AR6" in finding.detail) == (n, True)


def test_co2_alone_and_a_factor_without_a_set_go_with_any(months: cl.Ledger) -> None:
    issue(months, 0, of("AR4", gas="CO2"))
    issue(months, 1, of("AR4", unit="tCO2/MWh"))
    issue(months, 2, of(None))
    issue(months, 3, of("AR5"))
    issue(months, 4, of("AR4", gas="CO2"))
    issue(months, 5, of(None))
    refuse(months, 6, of("AR4"))
    refuse(months, 6, of("AR4", gas="CO2e", unit="lb/MWh", value="500"))


def test_the_set_is_the_project_s_own(months: cl.Ledger) -> None:
    months.register_project(project("more"))
    issue(months, 0, of("AR5"))
    issue(months, 1, of("AR6"), to="more")
    refuse(months, 2, of("AR6"))


def test_the_set_holds_until_every_issuance_is_voided(months: cl.Ledger) -> None:
    """The claims that are left are in the set of the first issuance, whether or not that one was voided."""
    first, second = issue(months, 0, of("AR5")), issue(months, 1, of("AR5"))
    months.void(first, reason="an error")
    refuse(months, 0, of("AR6"))
    months.void(second, reason="an error")
    issue(months, 0, of("AR6"))
    refuse(months, 1, of("AR5"))
    issue(months, 1, of("AR6"))
    assert months.audit().findings == ()


def test_a_forged_issuance_without_its_waiver_is_found(months: cl.Ledger) -> None:
    issue(months, 0, of("AR5"))
    issue(months, 1, of("AR6"), SET)
    finding = found_in(months, months.size - 1, lambda event: event["waivers"].pop())
    assert finding.entry == months.size - 1
    assert "it is in the GWP set 'AR6'" in finding.detail
