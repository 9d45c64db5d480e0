"""The cost of finding one factor among 100,000, compared with a linear scan over the same records.

Run as ``python benchmarks/factor_lookup.py [rounds]``. The scan applies the registry's conditions to each record,
the cheapest first. The two take turns, so that other work of the machine slows both, and must find the same
factor. The exit status is 1 if the ratio of the medians is above 1/100.
"""

import statistics
import sys
import time
from collections.abc import Iterator

from carbon_ledger.factors import EmissionFactor, FactorRegistry, Question

REGIONS, YEARS, KINDS = 500, 20, ("average_production", "combined_margin", "lifecycle", "residual_mix", "marginal")
REVISIONS = 2
ROUNDS = 15
LOOKUPS = 20
LIMIT = 0.01


def records() -> Iterator[EmissionFactor]:
    """Records with two revisions for each region, year and kind: 100,000 in all."""
    for region in range(REGIONS):
        for year in range(2005, 2005 + YEARS):
            for kind in KINDS:
                series = f"r{region}-{kind}-{year}"
                for revision in range(1, REVISIONS + 1):
                    yield EmissionFactor(
                        factor_id=f"{series}-{revision}",
                        value=str(100 + region + year + revision),
                        unit="gCO2/kWh",
                        kind=kind,
                        region=f"R{region}",
                        source="made up for a measurement",
                        series=series,
                        revision=revision,
                        supersedes=f"{series}-{revision - 1}" if revision > 1 else None,
                        data_years=year,
                        valid_from=f"{year}-01-01",
                        valid_to=f"{year}-12-31",
                        recorded_at=f"{year + revision}-06-01",
                    )


def scan(factors: tuple[EmissionFactor, ...], question: Question) -> str:
    """The id of the factor that answers a question, found without an index."""
    kinds = question.kinds
    found = [
        factor
        for factor in factors
        if factor.region == question.region
        and factor.kind in kinds
        and not question.unknown(factor)
        and not question.expiry(factor)
        and not question.misfit(factor)
    ]
    replaced = {factor.supersedes for factor in found}
    (answer,) = (factor for factor in found if factor.factor_id not in replaced)
    return answer.factor_id


def questions() -> list[Question]:
    """Questions spread over the records, some with `as_of`."""
    return [
        Question(
            region=f"R{k * REGIONS // LOOKUPS}",
            purpose="crediting",
            on=f"{2005 + k % YEARS}-07-01",
            as_of=None if k % 2 else f"{2007 + k % YEARS}-01-01",
        )
        for k in range(LOOKUPS)
    ]


def main(rounds: int) -> int:
    """Measure, print the figures and return the exit status."""
    registry = FactorRegistry(records())
    asked = questions()
    found, scanned = [], []
    for position in range(rounds):
        question = asked[position % len(asked)]
        before = time.perf_counter_ns()
        answers = [registry.ask(each).factor.factor_id for each in asked]
        between = time.perf_counter_ns()
        answer = scan(registry.factors, question)
        after = time.perf_counter_ns()
        if answer != answers[position % len(asked)]:
            print(f"the registry finds {answers[position % len(asked)]}, the scan {answer}")
            return 1
        found.append((between - before) / len(asked))
        scanned.append(after - between)
    ratio = statistics.median(found) / statistics.median(scanned)
    print(f"{len(registry):,} records, {rounds} rounds, interleaved, Python {sys.version.split()[0]}")
    print(f"one lookup median {statistics.median(found) / 1000:10.1f} us")
    print(f"one scan   median {statistics.median(scanned) / 1000:10.1f} us")
    print(f"ratio {ratio:.5f} of the medians (limit {LIMIT})")
    return 1 if ratio > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
