"""METRICS' examples of voice, use, trials and referrals, from contract rows to figures.

All examples stand in one company and are built once; a month and a measurement level of its own
keep an example's figures apart. Small cells are shown (METRICS 11.5, 12), but for the employees'.
The last closed month is June 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.settings import Home
from tests.support.dbt import WarehouseUnderTest, open_copy
from tests.support.service import deliver
from tests.support.voice import FAMILIES, build_voice, figures

Row = dict[str, Any]
Key = tuple[str, str, date, str, str]

HELSINKI = ZoneInfo("Europe/Helsinki")
RELATION, JOURNEY, MOMENT = "relationship", "journey", "moment_of_truth"
LEVEL = "measurement_level"


def at(text: str) -> datetime:
    """An instant in Helsinki time, the year is 2026."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=HELSINKI)


class Company:
    """A company in the making: each method adds one row."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {}

    def add(self, entity: str, **row: Any) -> None:
        self.rows.setdefault(entity, []).append(row)

    def numbered(self, entity: str, key: str, **row: Any) -> str:
        name = f"{entity}-{len(self.rows.get(entity, []))}"
        self.add(entity, **{key: name} | row)
        return str(row.get(key, name))

    def question(self, name: str, instrument: str, low: int, high: int, **more: Any) -> None:
        self.add("survey_questions", question_id=name, instrument=instrument, scale_min=low,
                 scale_max=high, **more)  # fmt: skip

    def answer(self, question: str, score: int, when: str, level: str, **more: Any) -> str:
        row = {"question_id": question, "score": score, "submitted_at": at(when)}
        return self.numbered(
            "survey_responses", "response_id", **row, measurement_level=level, **more
        )

    def invite(self, when: str, level: str, **more: Any) -> str:
        row = {"question_id": "nps", "channel": "email", "sent_at": at(when)} | more
        return self.numbered("survey_invitations", "invitation_id", measurement_level=level, **row)

    def state(self, subscription: str, status: str, start: str, end: str | None = None) -> None:
        self.add("subscription_states", subscription_id=subscription, status=status,
                 valid_from=at(start), valid_to=None if end is None else at(end))  # fmt: skip

    def subscribe(self, customer: str, price: int, start: str, **more: Any) -> None:
        key = f"s-{customer}"
        common = {"subscription_id": key, "currency": "EUR"}
        self.add("customers_version", customer_id=customer)
        self.add("customers", customer_id=customer)
        self.add("subscriptions", customer_id=customer, service="app", plan="basic",
                 status="active", started_at=at(start), **common, **more)  # fmt: skip
        self.add("subscription_items", item_id=f"i-{customer}", valid_from=at(start), quantity=1,
                 unit_price=price, interval_unit="month", interval_count=1, **common)  # fmt: skip


def scores(company: Company) -> None:
    """3.1 to 3.6, and the weights of 17."""
    company.question("nps", "nps", 0, 10)
    for number, score in enumerate((10, 9, 9, 8, 7, 6, 1, 10, 0, 9)):
        company.answer("nps", score, "01-10 12:00", RELATION, person_id=f"p{number}")
    for customer, price in (("A", 900), ("B", 100)):
        company.subscribe(customer, price, "01-01 00:00")
    company.add("customers_version", customer_id="C")
    company.add("customers", customer_id="C")
    for number, (customer, score) in enumerate((("A", 9), ("A", 10), ("A", 3), ("B", 6), ("C", 7))):
        company.answer("nps", score, "02-10 12:00", RELATION, person_id=f"w{number}",
                       customer_id=customer)  # fmt: skip
    for high in (2, 3, 4, 5):
        company.question(f"csat-{high}", "csat", 1, high)
    for score, high in ((5, 5), (4, 5), (3, 5), (1, 5), (2, 2), (3, 3), (4, 4), (3, 4)):
        company.answer(f"csat-{high}", score, "01-10 12:00", JOURNEY)
    company.question("ease", "ces", 1, 7, polarity="ease")
    company.question("effort", "ces", 1, 5, polarity="effort")
    for score in (7, 6, 5, 4, 2, 7):
        company.answer("ease", score, "01-10 12:00", JOURNEY)
    company.answer("effort", 1, "01-10 12:00", JOURNEY)
    company.answer("ease", 1, "01-10 12:00", RELATION)
    company.question("expected", "expectation", 1, 5)
    for score in (1, 2, 3, 3, 4, 5):
        company.answer("expected", score, "01-10 12:00", JOURNEY)


def asking(company: Company) -> None:
    """3.7 to 3.13."""
    for number in range(8):
        status = {6: "bounced", 7: "opted_out"}.get(number, "delivered")
        sent = company.invite("03-10 12:00", JOURNEY, delivery_status=status)
        if number < 3:
            company.answer("nps", 8, "03-11 12:00", JOURNEY, invitation_id=sent)
    for channel, n in (("email", 80), ("sms", 15), ("kiosk", 5)):
        for _ in range(n):
            company.invite("04-10 12:00", JOURNEY, channel=channel)
    company.add("touchpoints", touchpoint="desk", is_moment_of_truth=True)
    for number in range(4):
        person = f"m{number}"
        company.numbered("encounters", "encounter_id", touchpoint="desk", person_id=person,
                         occurred_at=at("03-10 10:00"))  # fmt: skip
        if number < 3:
            company.invite("03-10 12:00", MOMENT, touchpoint="desk", person_id=person)
    company.answer("csat-5", 3, "06-24 12:00", JOURNEY, touchpoint="desk")
    for hours in (24, 96, None):
        answer = company.answer("nps", 2, "03-10 12:00", MOMENT)
        if hours is not None:
            day = 10 + hours // 24
            company.add("followups", response_id=answer, followed_up_at=at(f"03-{day} 12:00"))
    for score, low in ((5, 1), (4, 1), (1, 1)):
        company.numbered("reviews_public", "review_id", platform="stars", score=score,
                         scale_min=low, scale_max=5, published_on=date(2026, 3, 10))  # fmt: skip


def promoting(company: Company) -> None:
    """3.12, and 17's referrals: converted after 10, 61, never and 60 days."""
    for number, told in enumerate((0, 2, 1, 0)):
        customer = f"told-{number}"
        company.add("customers", customer_id=customer)
        row = {"submitted_at": datetime(2025, 10, 10, 12, tzinfo=HELSINKI)}
        company.numbered("survey_responses", "response_id", question_id="nps", score=10,
                         measurement_level=RELATION, customer_id=customer, person_id=customer,
                         **row)  # fmt: skip
        for _ in range(told):
            company.numbered("referrals", "referral_id", referrer_customer_id=customer,
                             invited_at=datetime(2025, 12, 10, 12, tzinfo=HELSINKI))  # fmt: skip
    for converted in ("03-12 12:00", "05-02 12:00", None, "05-01 12:00"):
        company.numbered("referrals", "referral_id", referrer_customer_id="A", program="kaveri",
                         invited_at=at("03-02 12:00"),
                         converted_at=at(converted) if converted else None)  # fmt: skip


def staff(company: Company) -> None:
    """3.14: twelve answers of one team, eleven of another, nine of a third."""
    company.question("staff", "nps", 0, 10)
    for team, n in (("large", 12), ("middle", 11), ("small", 9)):
        for number in range(n):
            score = 10 if number < n - 3 else 5
            company.answer("staff", score, "05-10 12:00", RELATION, unit=team,
                           person_id=f"{team}{number}")  # fmt: skip


def using(company: Company) -> None:
    """6.6 to 6.8."""

    def event(user: str, when: str, kind: str = "session", **more: Any) -> None:
        company.numbered("activity_events", "event_id", user_id=user, event_type=kind,
                         occurred_at=at(when), **more)  # fmt: skip

    event("u1", "03-01 00:30")
    event("u1", "03-10 12:00")
    event("u2", "04-01 00:30")
    event("robot", "03-10 12:00", is_bot=True)
    event("u3", "03-10 12:00", "email_open")
    event("u4", "03-10 12:00", "order")
    for customer, n in (("A", 10), ("B", 0)):
        for hour in range(n):
            event(
                f"of {customer}", f"05-10 {hour + 8:02}:00", "community_post", customer_id=customer
            )


def trials(company: Company) -> None:
    """6.1, and 6.2 in May."""
    for name, start, end, paid in (
        ("at once", "02-01", "02-15", "02-15"),
        ("day 30", "02-03", "02-17", "03-19"),
        ("never", "02-10", "02-24", None),
        ("not yet", "02-20", "03-06", None),
        ("day 34", "02-05", "02-19", "03-25"),
        ("may 14", "05-01", "05-15", "05-15"),
        ("may 44", "05-01", "05-15", "06-14"),
        ("may 0", "05-01", "05-15", "05-01"),
    ):
        company.subscribe(name, 1, f"{start} 00:00")
        key = f"s-{name}"
        if name == "may 0":
            # Pays for something else from the first day of the trial.
            company.rows["subscriptions"][-1]["subscription_id"] = f"{key}-paid"
            company.rows["subscription_items"][-1]["subscription_id"] = f"{key}-paid"
            company.state(f"{key}-paid", "active", f"{start} 00:00")
            company.add(
                "subscriptions",
                subscription_id=key,
                customer_id=name,
                service="app",
                status="canceled",
                started_at=at(f"{start} 00:00"),
                currency="EUR",
            )
        company.state(key, "trialing", f"{start} 00:00", f"{end} 00:00")
        if paid is not None and name != "may 0":
            company.state(key, "active", f"{paid} 00:00")


def buying(company: Company) -> None:
    """6.3 to 6.5, with a guest, a return, and one who recommended themselves."""
    for customer, net, source, program, is_first in (
        ("x1", 100, "referral", "kaveri", True),
        ("x2", 50, "ads", None, True),
        ("x1", 100, "referral", "kaveri", False),
        (None, 220, "organic", None, None),
        ("x3", 50, "referral", None, True),
        (None, -20, "organic", None, None),
    ):
        company.numbered("orders", "order_id", customer_id=customer, net_amount=net,
                         currency="EUR", ordered_at=at("03-10 12:00"), order_source=source,
                         referral_program=program, is_first_order=is_first)  # fmt: skip
    for customer in ("x1", "x2", "x3"):
        company.add("customers", customer_id=customer)
    company.add("customers", customer_id="self", referred_by_customer_id="self")
    company.numbered("orders", "order_id", customer_id="self", net_amount=10, currency="EUR",
                     ordered_at=at("04-10 12:00"), order_source="referral")  # fmt: skip


@pytest.fixture(scope="module")
def company(
    warehouse_template: Home, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WarehouseUnderTest]:
    made = Company()
    for example in (scores, asking, promoting, staff, using, trials, buying):
        example(made)
    home = Home(tmp_path_factory.mktemp("voice") / "home")
    with open_copy(warehouse_template, home) as warehouse:
        deliver(warehouse, made.rows)
        build_voice(warehouse, min_cell_n=1, enps_questions="staff")
        yield warehouse


@pytest.fixture(scope="module")
def told(company: WarehouseUnderTest) -> dict[Key, tuple[Decimal | None, str]]:
    return {key: value for family in FAMILIES for key, value in figures(company, family).items()}


@pytest.mark.parametrize(
    ("metric_id", "month", "level", "expected"),
    [
        ("nps", 1, RELATION, "20"),
        ("promoter_count", 1, RELATION, "5"),
        ("detractor_count", 1, RELATION, "3"),
        ("promoter_share", 1, RELATION, "0.5"),
        ("promoter_customers_est", 2, RELATION, "1.2"),
        ("nps", 2, RELATION, "0"),
        ("nps_account_weighted", 2, RELATION, "-22.222222"),
        ("nps_revenue_weighted", 2, RELATION, "20"),
        ("csat", 1, JOURNEY, "0.75"),
        ("dsat", 1, JOURNEY, "0.125"),
        ("ces", 1, JOURNEY, "5.166667"),
        ("ces_easy_share", 1, JOURNEY, "0.666667"),
        ("expectation_met_rate", 1, JOURNEY, "0.666667"),
        ("expectation_exceeded_rate", 1, JOURNEY, "0.333333"),
        ("survey_response_rate", 3, JOURNEY, "0.5"),
        ("survey_channel_dependency", 4, JOURNEY, "0.8"),
        ("moment_of_truth_coverage", 3, MOMENT, "0.75"),
        ("closed_loop_rate", 3, MOMENT, "0.333333"),
    ],
)
def test_what_customers_say_follows_the_examples(
    told: dict[Key, tuple[Decimal | None, str]],
    metric_id: str,
    month: int,
    level: str,
    expected: str,
) -> None:
    value, status = told[metric_id, "value", date(2026, month, 1), LEVEL, level]
    assert value is not None
    assert abs(value - Decimal(expected)) < Decimal("0.000001")
    assert status == ("ok" if metric_id == "survey_channel_dependency" else "low_n")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (("promoter_advocacy_rate", "value", date(2025, 10, 1), LEVEL, RELATION), "0.5"),
        (("followup_hours", "median", date(2026, 3, 1), LEVEL, MOMENT), "60"),
        (("public_review_score", "value", date(2026, 3, 1), "platform", "stars"), "0.583333"),
        (("touchpoint_freshness_days", "value", date(2026, 7, 1), "touchpoint", "desk"), "7"),
        (("mau", "value", date(2026, 3, 1), "all", "all"), "2"),
        (("dau_mau", "value", date(2026, 3, 1), "all", "all"), "0.048387"),
        (("trial_to_paid_rate", "value", date(2026, 2, 1), "all", "all"), "0.4"),
        (("time_to_paid_days", "median", date(2026, 5, 1), "all", "all"), "14"),
        (("time_to_paid_days", "mean", date(2026, 5, 1), "all", "all"), "19.333333"),
        (("customer_referral_rate", "value", date(2026, 3, 1), "all", "all"), "0.6"),
        (("customer_referral_rate", "value", date(2026, 4, 1), "all", "all"), "0"),
        (("referred_customers", "value", date(2026, 3, 1), "all", "all"), "2"),
        (("referred_customers", "value", date(2026, 3, 1), "program", "kaveri"), "1"),
        (("referred_customers", "value", date(2026, 4, 1), "all", "all"), "0"),
        (("referred_revenue_share", "value", date(2026, 3, 1), "all", "all"), "0.5"),
        (("referrals_sent", "value", date(2026, 3, 1), "program", "kaveri"), "4"),
        (("referral_conversion_rate", "value", date(2026, 3, 1), "all", "all"), "0.5"),
    ],
    ids=lambda key: " ".join(map(str, key[:2])) if isinstance(key, tuple) else None,
)  # fmt: skip
def test_use_and_referrals_follow_the_examples(
    told: dict[Key, tuple[Decimal | None, str]], key: Key, expected: str
) -> None:
    value, _ = told[key]
    assert value is not None
    assert abs(value - Decimal(expected)) < Decimal("0.000001")


def test_no_figure_of_the_customers_voice_pools_the_levels(
    company: WarehouseUnderTest,
) -> None:
    dimensions = company.query("select distinct dim_name from core.metric_voice order by 1")
    assert dimensions == [("measurement_level",), ("platform",), ("team",), ("touchpoint",)]
    levels = company.query("select distinct measurement_level from marts.cx_score order by 1")
    assert levels == [(JOURNEY,), (MOMENT,), (RELATION,)]


def test_the_interval_of_the_score_is_the_adjusted_one(company: WarehouseUnderTest) -> None:
    rows = company.query(
        "select score, ci_low, ci_high, promoters_n, passives_n, detractors_n, status "
        "from marts.cx_score where instrument = 'nps' and month = '2026-01-01' "
        "and touchpoint = 'all' and unit = 'all' and market = 'all' and segment = 'all'"
    )
    assert rows == [
        (Decimal(20), Decimal("-30.325995"), Decimal("61.095226"), 5, 2, 3, "low_n"),
    ]


def test_employees_are_no_customers_and_small_teams_stay_hidden(
    company: WarehouseUnderTest, told: dict[Key, tuple[Decimal | None, str]]
) -> None:
    may = date(2026, 5, 1)
    assert not company.query(
        "select 1 from marts.cx_score where instrument = 'nps' and month = '2026-05-01'"
    )
    assert told["enps", "value", may, "team", "large"] == (Decimal(50), "low_n")
    # Nine are too few; with them goes the next smallest, which the total would tell.
    assert told["enps", "value", may, "team", "small"] == (None, "suppressed")
    assert told["enps", "value", may, "team", "middle"] == (None, "suppressed")
    total, status = told["enps", "value", may, LEVEL, RELATION]
    assert (total, status) == (Decimal("43.75"), "ok")


def test_windows_that_are_not_over_say_nothing(
    told: dict[Key, tuple[Decimal | None, str]],
) -> None:
    june = date(2026, 6, 1)
    for metric_id, level in (
        ("promoter_advocacy_rate", RELATION),
        ("survey_response_rate", JOURNEY),
        ("closed_loop_rate", MOMENT),
    ):
        key = (metric_id, "value", june, LEVEL, level)
        assert told[key] == (None, "immature")
    assert told["referral_conversion_rate", "value", date(2026, 5, 1), "all", "all"] == (
        None,
        "immature",
    )


def test_the_running_month_and_silent_ones_are_not_zero_percent(
    told: dict[Key, tuple[Decimal | None, str]],
) -> None:
    def nps(month: int) -> tuple[Decimal | None, str]:
        return told["nps", "value", date(2026, month, 1), LEVEL, RELATION]

    assert nps(7) == (None, "immature")
    assert nps(6) == (None, "no_data")
    silent = told["promoter_count", "value", date(2026, 6, 1), LEVEL, RELATION]
    assert silent == (Decimal(0), "ok")


def test_no_person_leaves_core(company: WarehouseUnderTest, tmp_path: Path) -> None:
    for table in ("cx_score", "survey_quality", "unit_benchmark"):
        names = {name for name, *_ in company.query(f"describe marts.{table}")}
        assert not names & {"person_id", "customer_id", "response_id", "comment", "agent_id"}
