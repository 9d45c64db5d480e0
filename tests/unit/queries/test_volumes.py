"""Volumes: both sides of a meter and the invoice are kept beside the net energy, and the difference is named."""

from typing import Any

import pytest
from tests.conftest import EVIDENCE, device, dump
from tests.support.forging import found_in
from tests.support.shared_meter import two_plants

import carbon_ledger as cl
from carbon_ledger import errors

__all__ = ["two_plants"]

MAY = cl.Period.month(2024, 5, zone="Asia/Baku")
YEAR = cl.Period.year(2024, zone="Asia/Baku")


@pytest.fixture
def plant(ledger: cl.Ledger) -> cl.Ledger:
    ledger.register_device(device())
    return ledger


def test_metered_volumes_count_and_the_difference_from_the_invoice_is_named(plant: cl.Ledger) -> None:
    """Domain section 4: net 48,372.840 MWh, not 48,389.279."""
    plant.record_generation(
        "plant", YEAR, export="48797160 kWh", import_="424320 kWh", invoiced=("48804719 kWh", "415440 kWh")
    )
    (found,) = plant.volumes("plant", MAY)
    assert (found.net_wh, found.invoiced_net_wh) == (48_372_840_000, 48_389_279_000)
    assert (found.export_difference_wh, found.import_difference_wh) == (-7_559_000, 8_880_000)
    assert found.difference_wh == -16_439_000
    assert plant.generation("plant", YEAR).magnitude * 1_000_000 == found.net_wh
    assert "metered minus invoiced -16,439,000 Wh" in str(found)
    assert plant.audit().passed


def test_net_may_be_given_beside_both_sides_but_must_be_their_difference(plant: cl.Ledger) -> None:
    before = dump(plant)
    wrong: tuple[dict[str, Any], ...] = (
        {"net": "3 MWh", "export": "5 MWh", "import_": "1 MWh"},
        {"export": "5 MWh"},
        {"import_": "5 MWh"},
        {"net": "5 MWh", "import_": "5 MWh"},
        {"net": "-1 MWh", "export": "-1 MWh", "import_": "0 MWh"},
        {"net": "1 MWh", "invoiced": ("1 MWh",)},
        {"net": "1 MWh", "invoiced": ("-1 MWh", "0 MWh")},
        {"net": "1 MWh", "invoiced": 5},
        {"net": "1 MWh", "quality": "guessed"},
        {},
    )
    for given in wrong:
        with pytest.raises(errors.QuantityError):
            plant.record_generation("plant", MAY, **given)
    with pytest.raises(errors.QuantityError, match="step 1: export 2 Wh, import 1 Wh, net 2 Wh"):
        plant.record_readings(
            "plant", start=MAY.start, step="1 hour", net_wh=[1, 2], export_wh=[1, 2], import_wh=[0, 1]
        )
    with pytest.raises(errors.QuantityError, match="export has 2 steps, import 1"):
        plant.record_readings("plant", start=MAY.start, step="1 hour", export_wh=[1, 2], import_wh=[0])
    assert dump(plant) == before
    plant.record_generation("plant", MAY, net="4 MWh", export="5 MWh", import_="1 MWh")


def test_the_invoice_is_of_the_whole_run_however_many_entries_it_needs(plant: cl.Ledger) -> None:
    hours = 3000
    done = plant.record_readings(
        "plant",
        start=YEAR.start,
        step="1 hour",
        export_wh=[1000] * hours,
        import_wh=[10] * hours,
        invoiced=("3 MWh", "31 kWh"),
        quality="estimated",
    )
    assert done.last > done.first
    assert [("invoiced_export_wh" in plant.entry(n).event) for n in range(done.first, done.last + 1)] == [
        True,
        *[False] * (done.last - done.first),
    ]
    (found,) = plant.volumes("plant", YEAR)
    assert (found.net_wh, found.export_wh, found.import_wh) == (990 * hours, 1000 * hours, 10 * hours)
    assert (found.difference_wh, found.quality, found.superseded) == (990 * hours - 2_969_000, "estimated", False)
    assert {run.quality for run in plant.readings("plant", YEAR)} == {"estimated"}
    assert plant.audit().passed


def test_a_correction_supersedes_quality_and_sides(plant: cl.Ledger) -> None:
    plant.record_readings("plant", start=MAY.start, step="1 hour", net_wh=[5] * 4, quality="estimated")
    plant.correct_readings(
        "plant",
        start=MAY.start,
        step="1 hour",
        export_wh=[6, 7],
        import_wh=[1, 1],
        reason="the file of the meter",
        evidence=EVIDENCE,
    )
    assert [run.quality for run in plant.readings("plant", MAY)] == ["measured", "estimated"]
    first, second = plant.volumes("plant", MAY)
    assert (first.superseded, first.quality, first.export_wh) == (True, "estimated", None)
    assert (second.superseded, second.quality, second.export_wh, second.net_wh) == (False, "measured", 13, 11)
    assert "superseded" in str(first)
    assert plant.audit().passed


def test_a_meters_volumes_are_those_of_all_its_devices(two_plants: cl.Ledger) -> None:
    two_plants.record_meter("feeder", MAY, export="10 MWh", import_="1 MWh", quality="substituted")
    (found,) = two_plants.volumes("plant", MAY)
    assert (found.meter, found.net_wh, found.export_wh, found.quality) == (
        "feeder",
        9_000_000,
        10_000_000,
        "substituted",
    )
    assert [run.quality for run in two_plants.readings("second", MAY)] == ["substituted"]
    assert "(meter feeder)" in str(found)


def test_a_forged_side_is_found(plant: cl.Ledger) -> None:
    done = plant.record_generation("plant", MAY, export="5 MWh", import_="1 MWh", invoiced=("5 MWh", "1 MWh"))
    changes = (
        lambda event: event.update(export_wh=[5_000_001]),
        lambda event: event.update(import_wh=[-1_000_000], export_wh=[3_000_000]),
        lambda event: event.pop("import_wh"),
        lambda event: event.pop("invoiced_import_wh"),
        lambda event: event.update(quality="measured"),
        lambda event: event.update(export_wh=[5_000_000, 1], import_wh=[1_000_000, 1]),
    )
    for change in changes:
        assert found_in(plant, done.first, change).entry == done.first


def test_an_invoice_in_a_later_entry_of_a_run_is_found(plant: cl.Ledger) -> None:
    done = plant.record_readings("plant", start=YEAR.start, step="1 hour", net_wh=[1] * 1500)
    found = found_in(plant, done.last, lambda event: event.update(invoiced_export_wh=1, invoiced_import_wh=1))
    assert "no command writes" in str(found)
    found = found_in(plant, done.last, lambda event: event.update(quality="estimated"))
    assert "no command writes" in str(found)
