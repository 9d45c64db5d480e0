"""Policies: how a question decides between several factors that answer it."""

from collections.abc import Sequence

from carbon_ledger.factors.purposes import CONSERVATIVE
from carbon_ledger.factors.question import Question
from carbon_ledger.factors.record import EmissionFactor


def chosen(question: Question, answers: Sequence[EmissionFactor]) -> tuple[list[EmissionFactor], dict[str, str]]:
    """The factors that are left after applying the question's policies in their order, until one factor is left.

    Args:
        question: The question. Without a policy, all answers are left.
        answers: The factors that answer the question, one or more.

    Returns:
        The factors that are left, one or several of equal rank; and for each other factor the reason, by factor_id.

    Raises:
        UnitMismatchError: Numbers are compared, and a factor is not CO2e per energy.

    Source:
        Domain rules, section 5: baseline takes the lowest, project emissions the highest.

    Example:
        >>> factors = [EmissionFactor(factor_id=f"f{value}", value=value, unit="tCO2/MWh", kind="combined_margin",
        ...                           region="AZ", source="s") for value in ("0.5", "0.4")]
        >>> left, passed_over = chosen(Question(region="AZ", purpose="crediting", policy="conservative"), factors)
        >>> left[0].factor_id, passed_over
        ('f0.4', {'f0.5': 'answers too; the policy conservative takes the lowest, f0.4'})
    """
    left, passed_over = list(answers), dict[str, str]()
    for policy in question.policy:
        if len(left) == 1:
            break
        rule = CONSERVATIVE[question.purpose] if policy == "conservative" else policy
        best = _best(rule, left)
        words = f"{policy} takes the {rule}" if rule != policy else f"takes the {rule}"
        for factor in left:
            if factor not in best:
                passed_over[factor.factor_id] = f"answers too; the policy {words}, {best[0].factor_id}"
        left = best
    return left, passed_over


def _best(rule: str, factors: Sequence[EmissionFactor]) -> list[EmissionFactor]:
    if rule == "latest":
        years = [max(factor.data_years, default=0) for factor in factors]
        return [factor for factor, year in zip(factors, years, strict=True) if year == max(years)]
    numbers = [factor.t_per_mwh for factor in factors]
    wanted = min(numbers) if rule == "lowest" else max(numbers)
    return [factor for factor, number in zip(factors, numbers, strict=True) if number == wanted]
