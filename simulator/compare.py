"""Published figures against the truth, to the cent and to the sixth decimal.

Only comparing belongs here; which of the two is wrong is for a reader of METRICS to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import duckdb

from simulator.almanac import month_of, month_text
from simulator.truth.table import Figure

# metric, statistic, month, dim_name, dim_value, grain
Key = tuple[str, str, int, str, str, str]
Figures = Mapping[Key, Decimal | None]

CENT = Decimal("0.005")
SIXTH_DECIMAL = Decimal("0.000001")
_EURO_METRICS = ("mrr_", "arr_", "churned_mrr", "churn_value", "price_waterfall")


class Difference(NamedTuple):
    """One figure on which the two disagree."""

    key: Key
    true: Decimal | None
    published: Decimal | None

    def __str__(self) -> str:
        metric_id, statistic, month, dim_name, dim_value, grain = self.key
        return (
            f"{metric_id} {statistic}, {grain} {month_text(month)[:7]}, {dim_name} {dim_value}: "
            f"true {_text(self.true)}, published {_text(self.published)}"
        )


def _text(value: Decimal | None) -> str:
    return "nothing" if value is None else f"{Decimal(value).normalize():f}"


def true_figures(figures: Iterable[Figure]) -> dict[Key, Decimal | None]:
    """The truth by key."""
    return {figure.key: figure.value for figure in figures}


def published_figures(file: Path) -> dict[Key, Decimal | None]:
    """Every value of closed months and of other periods in a published file."""
    with duckdb.connect(str(file.resolve()), read_only=True) as reader:
        return figures_in(reader)


def figures_in(reader: duckdb.DuckDBPyConnection) -> dict[Key, Decimal | None]:
    """The same of a database that is open."""
    rows = reader.execute(
        """
        select metric_id, statistic, period_start, dim_name, dim_value, period_grain, value
        from marts.metric_value
        where period_grain <> 'month' or period_start + interval 1 month <= as_of
        """
    ).fetchall()
    return {
        (metric, statistic, month_of(start.year, start.month), dim_name, dim_value, grain): value
        for metric, statistic, start, dim_name, dim_value, grain, value in rows
    }


# mart, rows that are summed, their name in the truth, month, dimension and its value
_TOTALS = [
    ("mrr_movement", "true", "'value'", "month", "'all'", "'all'"),
    ("churn_value", "basis = 'orders'", "basis", "month", "'all'", "'all'"),
    ("discount_gap", "true", "discount_type", "month", "'all'", "'all'"),
    ("price_waterfall", "true", "step", "month", "'all'", "'all'"),
    ("cohort_retention", "dim_name = 'all' and is_mature", "basis", "cohort_month",
     "'month_index'", "month_index"),
    ("cx_score", "true", "instrument", "month", "measurement_level",
     "concat_ws('|', touchpoint, unit, market, segment)"),
    ("service_live", "true", "'value'", "date_trunc('month', day)", "'quarter'",
     "cast(epoch(slot_at) as bigint) // 900 % 96"),
]  # fmt: skip


def published_totals(file: Path, true: Figures) -> dict[Key, Decimal | None]:
    """Sums of the marts' rows, of the columns that the truth has totals of."""
    found: dict[Key, Decimal | None] = {}
    columns = {key[0] for key in true}
    with duckdb.connect(str(file.resolve()), read_only=True) as reader:
        for mart, rows, statistic, month, dim_name, dim_value in _TOTALS:
            for name in sorted(column for column in columns if column.startswith(f"{mart}.")):
                column = name.partition(".")[2]
                sums = reader.execute(
                    f"""
                    select {statistic}, {month}, {dim_name}, {dim_value}, sum({column})
                    from marts.{mart}
                    where {rows} and {month} + interval 1 month <= as_of
                    group by all
                    """
                ).fetchall()
                for kind, start, dim, value, total in sums:
                    at = month_of(start.year, start.month)
                    found[name, kind, at, dim, str(value), "month"] = total
    return found


_DURATIONS = {
    f"{name}_{summary}_s{suffix}": (f"{name}_s", f"{summary}_{clock}")
    for name in ("frt", "next_reply", "first_resolution", "art", "requester_wait", "agent_wait")
    for summary in ("mean", "median", "p90")
    for suffix, clock in (("", "business"), ("_calendar", "calendar"))
}
_SERVICE = (
    "request_volume", "contact_volume_by_channel", "open_cases", "ticket_backlog",
    "backlog_age_median_days", "contact_rate", "resolution_rate", "clearance_rate",
    "service_level", "asa_s", "avg_queue_wait_s", "blocked_calls", "blockage_rate",
    "abandonment_rate", "reachability_rate", "work_time_per_resolution_s", "aht_s",
    "aht_case_s", "aht_case_incl_queue_s", "sla_breach_rate", "fcr", "fcr_survey", "fcr_agent",
    "reopen_rate", "one_touch_rate", "transfer_rate", "occupancy", "cost_per_contact_eur",
    "cost_per_resolution_eur", "iqs",
)  # fmt: skip
_COUNTED = {
    "unanswered_n": ("frt_s", "unanswered_n"),
    "next_reply_unanswered_n": ("next_reply_s", "unanswered_n"),
    "no_reply_solved_n": ("frt_s", "no_reply_solved_n"),
    "short_abandons_n": ("abandonment_rate", "short_abandons_n"),
    "after_hours_n": ("blocked_calls", "after_hours_n"),
    "oldest_unanswered_days": ("frt_s", "oldest_unanswered_days"),
    "fcr_agreement": ("fcr_survey", "agreement"),
    "service_level_tickets": ("service_level", "tickets"),
    "transfers_per_ticket": ("transfer_rate", "transfers_per_ticket"),
    "iqs_random_sample_share": ("iqs", "random_sample_share"),
    "iqs_reviewed_share": ("iqs", "reviewed_share"),
    "iqs_reviewer_agreement": ("iqs", "reviewer_agreement"),
    **{f"backlog_age_{band}_n": ("ticket_backlog", f"age_{band}_n")
       for band in ("0_1", "2_7", "8_30", "over_30")},
    **{f"sla_breach_rate_{metric}": ("sla_breach_rate", metric)
       for metric in ("first_reply", "next_reply", "resolution")},
}  # fmt: skip
_BENCHMARKED = [
    *((rate, "all") for rate in (
        "fcr", "one_touch_rate", "frt_s", "next_reply_s", "first_resolution_s", "art_s",
    )),
    *((rate, level)
    for rate in ("csat", "ces_easy_share", "expectation_met_rate", "promoter_share")
    for level in ("journey", "moment_of_truth")),
]  # fmt: skip
# mart, its rows of the whole company, month, grain, dimension and its value, and for each column
# that says what a metric says the metric and its statistic
_COMPANY_ROWS = [
    ("service_kpi", "team = 'all' and channel = 'all' and priority = 'all' and topic = 'all'",
     "month", "month", "'all'", "'all'",
     _DURATIONS | _COUNTED | {name: (name, "value") for name in _SERVICE}),
    ("customer_lifetime_value", "customer_id = 'all' and segment = 'all'",
     "month", "month", "'all'", "'all'",
     {name: (name, "value") for name in ("clv_revenue_eur", "clv_margin_eur")}),
    ("survival", "segment = 'all' and plan = 'all'", "as_of at time zone 'Europe/Helsinki'",
     "as_of", "'tenure_month'", "tenure_month",
     {"survival_rate": ("survival_rate", "value"), "hazard": ("churn_hazard", "value")}),
    ("survey_quality", "touchpoint = 'all' and channel = 'all' and response_rate is not null",
     "month", "month", "'measurement_level'", "measurement_level",
     {"response_rate": ("survey_response_rate", "value")}),
    ("revenue_at_risk", "true", "max(as_of at time zone 'Europe/Helsinki')", "as_of",
     "'all'", "'all'",
     {"sum(arr_eur)": ("revenue_at_risk.arr_eur", "value"),
      "sum(scheduled_eur)": ("scheduled_churn_mrr_eur", "value"),
      "sum(past_due_eur)": ("mrr_past_due_eur", "value")}),
    *(
        ("unit_benchmark", f"metric_id = '{rate}' and measurement_level = '{level}'",
         "month", "month", "'unit'", "unit",
         {"shrunken_rate": ("unit_benchmark", rate if level == "all" else f"{rate}_{level}")})
        for rate, level in _BENCHMARKED
    ),
]  # fmt: skip


def published_copies(file: Path) -> dict[Key, Decimal | None]:
    """What other marts say of the company in closed months, under the names of the metrics."""
    found: dict[Key, Decimal | None] = {}
    with duckdb.connect(str(file.resolve()), read_only=True) as reader:
        for mart, rows, month, grain, dim_name, dim_value, columns in _COMPANY_ROWS:
            closed = "true" if grain == "as_of" else "month + interval 1 month <= as_of"
            for column, (metric_id, statistic) in columns.items():
                for start, dim, of, value in reader.execute(
                    f"select {month}, {dim_name}, {dim_value}, {column} from marts.{mart} "
                    f"where {rows} and {closed}"
                ).fetchall():
                    at = month_of(start.year, start.month)
                    found[metric_id, statistic, at, dim, str(of), grain] = value
    return found


def tolerance(metric_id: str) -> Decimal:
    """Half a cent for euros, the sixth decimal for everything else."""
    is_euros = metric_id.endswith("_eur") or metric_id.startswith(_EURO_METRICS)
    return CENT if is_euros else SIXTH_DECIMAL


def differences(true: Figures, published: Figures) -> list[Difference]:
    """Where the two disagree, over the metrics and dimensions that both have.

    A published row that the truth lacks, or the reverse, differs unless the other says nothing or
    zero: a month before the first event may be there or not.
    """
    known = {_subject(key) for key in true}
    told = {_subject(key) for key in published}
    both = known & told
    keys = {key for key in [*true, *published] if _subject(key) in both}
    return [
        Difference(key, true.get(key), published.get(key))
        for key in sorted(keys)
        if not _agree(key, true, published)
    ]


def _subject(key: Key) -> tuple[str, str, str, str]:
    metric_id, statistic, _, dim_name, _, grain = key
    return metric_id, statistic, dim_name, grain


def _agree(key: Key, true: Figures, published: Figures) -> bool:
    left, right = true.get(key), published.get(key)
    if left is None or right is None:
        missing = key not in true or key not in published
        return left == right or (missing and not left and not right)
    return abs(left - right) <= tolerance(key[0])


def without_truth(true: Figures, published: Figures) -> list[str]:
    """Published metrics, statistics and dimensions that the truth does not know."""
    known = {_subject(key) for key in true}
    told = {_subject(key) for key in published}
    return sorted(
        f"{metric} {statistic} by {dim}, {grain}" for metric, statistic, dim, grain in told - known
    )
