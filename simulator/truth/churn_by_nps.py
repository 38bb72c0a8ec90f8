"""Lost customers by what they last answered to the relationship NPS (METRICS 4.4, 4.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from simulator.almanac import local_day, local_month
from simulator.log import Log
from simulator.truth.money import Base, lost_subscription
from simulator.truth.retention import losses
from simulator.truth.table import Figure
from simulator.truth.voice import Answer, answers

ZERO = Decimal(0)
_BUCKETS = {1: "promoter", 0: "passive", -1: "detractor", None: "no_answer"}


def churn_by_nps_figures(log: Log, base: Base, as_of: int) -> Iterator[Figure]:
    """Counts and values of the lost, month by month, also where a bucket lost nobody."""
    if not base.accounts:
        return
    said: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers(log, as_of):
        is_asked = answer.response.measurement_level == "relationship"
        if answer.instrument == "nps" and is_asked and answer.customer_id is not None:
            said[answer.customer_id].append(answer)
    sums: dict[tuple[int, str, str], Decimal] = defaultdict(Decimal)
    for account in base.accounts:
        for month in losses(base, account):
            _, instant = lost_subscription(account, month, base.rates)
            opening = account.value(month - 1, base.rates, month)
            name = _BUCKETS[_last_bucket(said[account.customer_id], local_day(instant))]
            sums[month, name, "churned_customers"] += 1
            sums[month, name, "churned_mrr_eur"] += opening
            sums[month, name, "churn_value_eur"] += 12 * opening
            sums[month, name, "churn_value_ltm_eur"] += base.invoiced.before(
                account.customer_id, instant
            )
    first_month = min(local_month(account.paying_from) for account in base.accounts)
    for month in range(first_month, base.last_month + 1):
        for name in _BUCKETS.values():
            for metric_id in (
                "churned_customers", "churned_mrr_eur", "churn_value_eur", "churn_value_ltm_eur",
            ):  # fmt: skip
                value = sums.get((month, name, metric_id), ZERO)
                yield Figure(metric_id, "value", month, "last_nps_bucket", name, value)


def _last_bucket(said: list[Answer], lost_on: int) -> int | None:
    """Of the answers on earlier days, the last."""
    known = [
        (answer.response.submitted_at, answer.response.response_id, answer.bucket)
        for answer in said
        if local_day(answer.response.submitted_at) < lost_on
    ]
    return max(known)[2] if known else None
