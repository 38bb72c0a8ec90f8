"""What the rows of each mart must sum to, month by month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from simulator.almanac import local_month
from simulator.log import Log
from simulator.truth.desk import slot_totals
from simulator.truth.money import MIN_COHORT, Base, Cohorts, money_totals
from simulator.truth.price import Sales, price_totals, waterfall_totals
from simulator.truth.shop import losses, order_cohorts
from simulator.truth.standing import standing_arr
from simulator.truth.table import Figure


def mart_figures(
    log: Log, as_of: int, base: Base, cells: Cohorts, found: Sales
) -> Iterator[Figure]:
    """Totals under `<mart>.<column>`; the statistic says which rows are summed."""
    last_month = base.last_month
    for month, column, value in money_totals(base):
        yield Figure(f"mrr_movement.{column}", "value", month, "all", "all", value)
    yield from _churn(log, as_of, last_month)
    arr = standing_arr(log, base, as_of)
    yield Figure("revenue_at_risk.arr_eur", "value", local_month(as_of), "all", "all", arr, "as_of")
    for month, kind, column, value in price_totals(found):
        if month <= last_month:
            yield Figure(f"discount_gap.{column}", kind, month, "all", "all", value)
    for month, step, value in waterfall_totals(found):
        if month <= last_month:
            yield Figure("price_waterfall.amount_eur", step, month, "all", "all", value)
    yield from _cohorts(log, cells, last_month)
    for month, column, quarter, total in slot_totals(log):
        if month <= last_month:
            yield Figure(f"service_live.{column}", "value", month, "quarter", str(quarter), total)


def _churn(log: Log, as_of: int, last_month: int) -> Iterator[Figure]:
    lost: dict[int, list[Decimal]] = defaultdict(list)
    for loss in losses(log, as_of):
        if loss.month <= last_month:
            lost[loss.month].append(loss.value_eur)
    for month, values in lost.items():
        total = sum(values, Decimal(0))
        for column, value in (("churned_n", Decimal(len(values))), ("churn_value_eur", total)):
            yield Figure(f"churn_value.{column}", "orders", month, "all", "all", value)


def _cohorts(log: Log, cells: Cohorts, last_month: int) -> Iterator[Figure]:
    def cell_figures(
        basis: str, cohort: int, index: int, n0: int, columns: dict[str, Decimal | int]
    ) -> Iterator[Figure]:
        key = (basis, cohort, "month_index", str(index))
        yield Figure("cohort_retention.n0", *key, Decimal(n0))
        for column, value in columns.items():
            shown = Decimal(value) if n0 >= MIN_COHORT else None
            yield Figure(f"cohort_retention.{column}", *key, shown)

    for (cohort, index), cell in cells.items():
        values: dict[str, Decimal | int] = {
            "n_i": cell.n,
            "base_eur": cell.base_eur,
            "eur_i": cell.eur,
            "capped_eur_i": cell.capped_eur,
        }
        yield from cell_figures("mrr", cohort, index, cell.n0, values)
    for (cohort, index), bought in order_cohorts(log, last_month).items():
        values = {"n_i": bought.n, "base_eur": bought.base_eur, "eur_i": bought.eur}
        yield from cell_figures("orders", cohort, index, bought.n0, values)
