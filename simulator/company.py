"""The company: what it sells, to whom, with which people, and what was done to it on purpose.

Only parameters and reference rows. The effects planted in EFFECTS are the truth that later analysis
has to find.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from simulator import almanac
from simulator.almanac import day_of, midnight, month_of
from simulator.chance import Chance
from simulator.log import (
    Agent,
    Change,
    Cost,
    FxRate,
    MetricTarget,
    Price,
    Service,
    SlaPolicy,
    SurveyQuestion,
    Team,
    Touchpoint,
    Unit,
)

# 36 whole months, and nine days of the month that is still running.
FIRST_MONTH = month_of(2023, 7)
LAST_MONTH = month_of(2026, 6)
AS_OF_DAY = day_of(2026, 7, 10)
AS_OF = midnight(AS_OF_DAY)

# Customers that came with the acquired company pay since then, but their invoices begin later.
MIGRATED_DAY = day_of(2023, 5, 1)

PRICE_RISE_DAY = day_of(2025, 2, 1)
INCIDENT_DAYS = range(day_of(2025, 11, 10), day_of(2025, 11, 17))
# The team `tuki` answers faster from this day on: the change whose effect is known.
FASTER_DAY = day_of(2025, 4, 1)
FASTER_FACTOR = 0.45
VAT_RISE_DAY = day_of(2024, 9, 1)
# `aspa` opens longer from this day on; before, it kept shorter hours.
LONGER_HOURS_DAY = day_of(2024, 10, 1)
# Recommendation is asked on 0-10 since this day, before on 1-10; effort since then as ease.
NEW_SCALES_DAY = day_of(2024, 1, 1)

# Monthly chance of leaving is multiplied by these while the experience is fresh.
EFFECTS = {"slow_reply": 1.6, "failed_first_contact": 1.5, "detractor": 2.2, "price_rise": 1.8}
EFFECT_MONTHS = 3
SLOW_REPLY_BUSINESS_S = 6 * 3_600

SERVICES = [
    Service("talous", "contractual", None, Decimal("0.80")),
    Service("vaihde", "contractual", None, Decimal("0.62")),
    Service("striimi", "contractual", None, Decimal("0.55")),
    Service("kauppa", "noncontractual", 180, Decimal("0.35")),
]


@dataclass(frozen=True)
class Offer:
    """One way to buy a plan; `list_eur` by the tier's first quantity."""

    price_id: str
    plan: str
    service: str
    unit: str
    count: int
    list_eur: dict[int, Decimal]
    target_eur: Decimal | None = None

    @property
    def months(self) -> int:
        """Length of a period in months; 0 where it is counted in weeks."""
        return {"month": 1, "year": 12, "week": 0, "one_time": 0}[self.unit] * self.count


def _offer(
    price_id: str, plan: str, service: str, unit: str, count: int, price: str, target: str = ""
) -> Offer:
    list_eur = {1: Decimal(price)}
    return Offer(
        price_id, plan, service, unit, count, list_eur, Decimal(target) if target else None
    )


OFFERS = {
    offer.price_id: offer
    for offer in [
        _offer("talous-basic-month", "Basic", "talous", "month", 1, "49.00"),
        _offer("talous-pro-month", "Pro", "talous", "month", 1, "99.00"),
        _offer("talous-premium-quarter", "Premium", "talous", "month", 3, "585.00"),
        _offer("talous-pro-year", "Pro", "talous", "year", 1, "1000.00", "950.00"),
        _offer("talous-pro-2year", "Pro", "talous", "year", 2, "1800.00"),
        _offer("talous-user-month", "Users", "talous", "month", 1, "9.00"),
        _offer("talous-setup", "Setup", "talous", "one_time", 1, "150.00"),
        _offer("vaihde-minutes", "Minutes", "vaihde", "month", 1, "0.20"),
        Offer(
            "vaihde-seat-month", "Seats", "vaihde", "month", 1,
            {1: Decimal("12.00"), 10: Decimal("10.50"), 50: Decimal("9.00")},
        ),
        _offer("striimi-month", "Month", "striimi", "month", 1, "12.90"),
        _offer("striimi-year", "Year", "striimi", "year", 1, "129.00", "119.00"),
        _offer("striimi-week", "Week", "striimi", "week", 1, "4.50"),
        _offer("striimi-4week", "Fourweek", "striimi", "week", 4, "13.90"),
    ]
}  # fmt: skip

# Price points rather than conversions: a list price is set per currency and rounded to look good.
_PRICE_POINTS = {"EUR": Decimal(1), "SEK": Decimal("11.5"), "USD": Decimal("1.1")}
_STEPS = {"EUR": Decimal("0.10"), "SEK": Decimal(1), "USD": Decimal("0.10")}
_RISE = Decimal("1.08")


def _price_point(eur: Decimal, currency: str, is_raised: bool) -> Decimal:
    price = eur * _PRICE_POINTS[currency] * (_RISE if is_raised else 1)
    steps = (price / _STEPS[currency]).to_integral_value()
    return (steps * _STEPS[currency]).quantize(Decimal("0.01"))


def list_price(offer: Offer, currency: str, quantity: int, day: int) -> Decimal:
    """List price per unit that a seller quotes on a day."""
    tier = max(start for start in offer.list_eur if start <= max(quantity, 1))
    return _price_point(offer.list_eur[tier], currency, day >= PRICE_RISE_DAY)


def price_rows() -> list[Price]:
    """The price list: every offer, tier and currency, before and after the rise."""
    first = midnight(day_of(2023, 1, 1))
    rise = midnight(PRICE_RISE_DAY)
    return [
        Price(
            offer.price_id,
            offer.plan,
            currency,
            offer.unit,
            _price_point(eur, currency, is_raised),
            offer.service,
            offer.count,
            Decimal(tier),
            _price_point(offer.target_eur, currency, is_raised) if offer.target_eur else None,
            rise if is_raised else first,
            None if is_raised else rise,
        )
        for offer in OFFERS.values()
        for tier, eur in offer.list_eur.items()
        for currency in _PRICE_POINTS
        for is_raised in (False, True)
    ]


_RATE_STARTS = {"SEK": 11_350, "USD": 1_080}


def fx_rows(seed: int) -> list[FxRate]:
    """A walk like the ECB's reference rates: none on weekends and TARGET holidays."""
    rows = []
    for currency, thousandths in _RATE_STARTS.items():
        chance = Chance(seed, "fx", currency)
        rate = thousandths * 10
        for day in range(day_of(2023, 1, 2), AS_OF_DAY):
            if almanac.is_target_day(day):
                pull = (thousandths * 10 - rate) // 200
                rate += pull + chance.between(-rate // 300, rate // 300)
                rows.append(FxRate(currency, day, Decimal(rate).scaleb(-4)))
    return rows


# team → opening hours, holidays, channels, quantiles of first reply in business seconds
@dataclass(frozen=True)
class Desk:
    """A team of the service, its hours and how quickly it usually answers in writing."""

    team: str
    unit: str
    schedule: str | None
    holidays: str | None
    first_reply_s: tuple[int, ...]
    agents: tuple[str, ...]


DESKS = {
    desk.team: desk
    for desk in [
        Desk("tuki", "palvelu", None, None, (120, 1_500, 5_400, 14_000, 28_000, 90_000),
             ("aino", "bertta", "cecilia", "daavid", "eeva")),
        Desk("laskutus", "palvelu", "mon-fri 09:00-12:00, mon-fri 12:30-15:30",
             "FI, 2025-12-23 09:00-12:00, -2025-01-06", (300, 3_000, 9_000, 18_000, 60_000),
             ("fanni", "göran", "helmi")),
        Desk("aspa", "kuluttajat", "mon-fri 08:00-20:00, sat 10:00-16:00", "FI",
             (60, 600, 2_400, 6_000, 20_000, 40_000), ("iiris", "jukka", "kaisa", "lauri", "mari")),
        Desk("kakkoslinja", "tuotanto", "mon-fri 09:00-17:00", "FI, 2026-01-02",
             (900, 7_200, 30_000, 80_000), ("niko", "oona")),
    ]
}  # fmt: skip
HOURS = {desk.team: almanac.OpeningHours(desk.schedule, desk.holidays) for desk in DESKS.values()}
_SHORT_SCHEDULE = "mon-fri 09:00-17:00"
_SHORT_HOURS = almanac.OpeningHours(_SHORT_SCHEDULE, "FI")


def hours_of(team: str, instant: int) -> almanac.OpeningHours:
    """The opening hours that a team kept at an instant."""
    if team == "aspa" and instant < midnight(LONGER_HOURS_DAY):
        return _SHORT_HOURS
    return HOURS[team]


SALES_TEAM = "myynti"
SELLERS = ("otso", "pirkko", "reko")

TOPICS = [("lasku", 0.25), ("tekninen", 0.3), ("ohje", 0.25), ("toimitus", 0.1), ("sopimus", 0.1)]
TOUCHPOINTS = {
    "tuki-ratkaisu": ("palvelu", True),
    "kayttoonotto": ("kayttoonotto", False),
    "irtisanominen": ("lahto", True),
    "myymala": ("kaytto", False),
}


def team_rows() -> list[Team]:
    """Teams with their hours, and the hours that one of them kept before."""
    longer = midnight(LONGER_HOURS_DAY)
    before = Team("aspa", DESKS["aspa"].unit, "Europe/Helsinki", _SHORT_SCHEDULE, "FI")
    return [
        before,
        *(
            Team(
                desk.team, desk.unit, "Europe/Helsinki", desk.schedule, desk.holidays,
                longer if desk.team == before.team else None,
            )
            for desk in DESKS.values()
        ),
        Team(SALES_TEAM, "asiakkuudet", "Europe/Helsinki", "mon-fri 09:00-16:00", "FI"),
    ]  # fmt: skip


def agent_rows() -> list[Agent]:
    """People of the desks with those who help, lead and left, and the bot."""
    rows = [
        Agent(name, name.capitalize(), desk.team, "agent", midnight(day_of(2023, 1, 1)))
        for desk in DESKS.values()
        for name in desk.agents
    ]
    return [
        *rows,
        # Was of the first line once, and knows it still.
        Agent("oona", "Oona", "tuki", "agent", midnight(day_of(2022, 1, 1))),
        Agent("pekka", "Pekka", "aspa", "agent", midnight(day_of(2022, 1, 1))),
        Agent("pekka", "Pekka", None, "ex_agent", midnight(day_of(2024, 3, 1))),
        Agent("raili", "Raili", "laskutus", "light_agent"),
        Agent("venla", "Venla", None, "admin"),
        Agent("botti", "Botti", None, "bot"),
    ]


def unit_rows() -> list[Unit]:
    """The organisation's tree."""
    return [
        Unit("asiakkuudet", "branch"),
        Unit("palvelu", "branch", "asiakkuudet"),
        Unit("kuluttajat", "branch", "asiakkuudet"),
        Unit("tuotanto", "branch", "asiakkuudet"),
    ]


def sla_rows() -> list[SlaPolicy]:
    """What is promised by channel and priority."""
    always = midnight(day_of(2023, 1, 1))
    return [
        SlaPolicy("first_reply", target, channel, priority, "business", None, always)
        for channel in ("email", "web", "chat")
        for priority, target in (("normal", 28_800), ("high", 7_200))
    ] + [
        SlaPolicy("resolution", 3 * 28_800, channel, "normal", "business", "pending;hold", always)
        for channel in ("email", "web")
    ] + [
        SlaPolicy("next_reply", 14_400, "email", "normal", "business", None, None),
        SlaPolicy("resolution", 2 * almanac.DAY_S, "social", "normal", "calendar", None, always),
        # Promised sooner since the team answers faster.
        SlaPolicy("first_reply", 14_400, "email", "normal", "business", None,
                  midnight(FASTER_DAY)),
    ]  # fmt: skip


def question_rows() -> list[SurveyQuestion]:
    """Questions on the scales that they are asked on."""
    return [
        SurveyQuestion("nps-fi", "nps", Decimal(1), Decimal(10), 1, None, "fi"),
        SurveyQuestion("nps-fi", "nps", Decimal(0), Decimal(10), 2, None, "fi"),
        SurveyQuestion("csat-5", "csat", Decimal(1), Decimal(5), 1, None, "fi"),
        SurveyQuestion("hymio-4", "csat", Decimal(1), Decimal(4), 1, None, "fi"),
        SurveyQuestion("ces-7", "ces", Decimal(1), Decimal(5), 1, "effort", "fi"),
        SurveyQuestion("ces-7", "ces", Decimal(1), Decimal(7), 2, "ease", "fi"),
        SurveyQuestion("fcr-2", "fcr", Decimal(0), Decimal(1), 1, None, "fi"),
        SurveyQuestion("odotus-5", "expectation", Decimal(1), Decimal(5), 1, None, "fi"),
    ]


def touchpoint_rows() -> list[Touchpoint]:
    """Where customers meet the company; the last one has no owner yet."""
    owners = {"tuki-ratkaisu": "Venla", "kayttoonotto": "Onni"}
    return [
        Touchpoint(name, journey, "kaytto", is_moment, "customer_experience", owners.get(name),
                   "palvelu")
        for name, (journey, is_moment) in TOUCHPOINTS.items()
    ]  # fmt: skip


def change_rows() -> list[Change]:
    """The change whose effect is known: `tuki` answers faster, `laskutus` is its control."""
    return [
        Change("nopeampi-tuki", "frt_s", FASTER_DAY, "tuki", 14, "laskutus", Decimal(12_000), "EUR")
    ]


def target_rows() -> list[MetricTarget]:
    """Targets of the board."""
    since = midnight(day_of(2023, 7, 1))
    return [
        MetricTarget("churn_rate", since, Decimal("0.03"), None, "customer_experience", "Venla"),
        MetricTarget("nrr", since, Decimal("1.00"), None, "sales", "Onni"),
        MetricTarget("frt_s", since, Decimal(14_400), None, "service", "Aino"),
        MetricTarget("discount_gap_rate", since, Decimal("0.06"), None, "sales", "Onni"),
    ]


def cost_rows(seed: int, customers: int) -> list[Cost]:
    """Monthly costs by type, in two currencies for the marketing."""
    rows = []
    chance = Chance(seed, "costs")
    for month in range(FIRST_MONTH, LAST_MONTH + 1):
        day = almanac.first_day(month) + chance.below(28)
        for cost_type, per_customer, currency, channel in (
            ("acquisition", 310, "EUR", "search"),
            ("acquisition", 90, "USD", "social"),
            ("retention", 160, "EUR", None),
            ("support", 420, "EUR", None),
            ("referral_reward", 20, "EUR", None),
        ):
            cents = customers * per_customer * chance.between(80, 120) // 100
            rows.append(
                Cost(day, cost_type, Decimal(cents).scaleb(-2), currency, "palvelu", channel)
            )
    return rows
