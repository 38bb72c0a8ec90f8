"""One customer's life, month by month: buying, needing help, being asked, leaving.

The months are lived in order because they depend on each other: a slow answer in March makes the
customer likelier to leave in April.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from simulator import almanac, company
from simulator.almanac import day_month, day_of, first_day, midnight
from simulator.billing import Coupon, Running, billing_day
from simulator.chance import Chance
from simulator.company import AS_OF, AS_OF_DAY, EFFECTS, FIRST_MONTH, LAST_MONTH, OFFERS, Offer
from simulator.log import ActivityEvent, Customer, Log, Order, Person, Referral, User
from simulator.service import Helpdesk, Requester, moment_in
from simulator.voice import Surveys

_REGIONS = ("Uusimaa", "Pirkanmaa", "Varsinais-Suomi", "Pohjois-Pohjanmaa", "Lappi")
_SOURCES = [
    ("search", 0.35),
    ("social", 0.2),
    ("partner", 0.15),
    ("referral", 0.15),
    ("other", 0.15),
]
_CURRENCIES = [("EUR", 0.8), ("SEK", 0.12), ("USD", 0.08)]
_MONTHLY_HAZARD = {"b2b": 0.014, "b2c": 0.032}
# Autumn brings customers, July does not; by calendar month.
_SEASON = (11, 9, 9, 8, 8, 6, 3, 9, 12, 10, 9, 6)
_DETRACTOR_MAX = 6


@dataclass
class Mood:
    """What is still fresh: months until each bad experience is forgotten."""

    fresh_until: dict[str, int] = field(default_factory=dict)

    def remember(self, effect: str, month: int) -> None:
        self.fresh_until[effect] = month + company.EFFECT_MONTHS

    def hazard(self, base: float, month: int) -> float:
        """The monthly chance of leaving."""
        for effect, until in self.fresh_until.items():
            if month <= until:
                base *= EFFECTS[effect]
        return min(base, 0.6)

    def level(self, chance: Chance, month: int) -> int:
        """0 bad, 1 plain, 2 good."""
        if any(month <= until for until in self.fresh_until.values()):
            return 0 if chance.happens(0.6) else 1
        return 2 if chance.happens(0.6) else 1


def first_days(customers: int, seed: int) -> list[int]:
    """On which day each customer begins, in order: an acquired base, then by season."""
    chance = Chance(seed, "arrivals")
    base = customers // 4
    months = [
        month for month in range(FIRST_MONTH, LAST_MONTH + 2) for _ in range(_SEASON[month % 12])
    ]
    days = []
    for number in range(customers):
        if number < base:
            migrated = company.MIGRATED_DAY + chance.below(28)
            days.append(migrated if number % 3 == 0 else first_day(FIRST_MONTH) + chance.below(28))
        else:
            month = chance.one_of(months)
            last = AS_OF_DAY - day_of(2026, 7, 1) - 2 if month > LAST_MONTH else 28
            days.append(first_day(month) + chance.below(last))
    return sorted(days)


class Life:
    """One customer."""

    def __init__(self, log: Log, desk: Helpdesk, seed: int, number: int, day: int) -> None:
        self.log, self.desk, self.surveys = log, desk, Surveys(log)
        self.chance = Chance(seed, "customer", number)
        self.number, self.day = number, day
        self.mood = Mood()
        self.subscriptions: list[Running] = []
        self.returns_on: int | None = None
        self.case_open_until = 0
        self.referral_place: int | None = None
        self.invitations_n = 0
        self.is_deleted = False
        self.has_ordered = False
        self.is_shopper = self.chance.happens(0.25)
        self.customer = self._introduce()
        customer_id = self.customer.customer_id
        self.requester = Requester(self.customer, f"{customer_id}-p1", f"{customer_id}@example.fi")
        self.currency = self.chance.weighted(_CURRENCIES)
        self.is_migrated = day < first_day(FIRST_MONTH)

    def _introduce(self) -> Customer:
        chance, number = self.chance, self.number
        customer_id = f"c{number:05d}"
        is_b2b = chance.happens(0.35)
        source = chance.weighted(_SOURCES)
        referrer = f"c{chance.below(number):05d}" if source == "referral" and number else None
        large = chance.weighted([("small", 0.6), ("medium", 0.3), ("large", 0.1)])
        customer = Customer(
            customer_id,
            f"Yritys {number} Oy" if is_b2b else f"Asiakas {number}",
            "b2b" if is_b2b else "b2c",
            large if is_b2b else "consumer",
            chance.one_of(_REGIONS),
            None,
            "FI",
            source,
            referrer,
            chance.weighted([("kaveri", 0.6), ("kumppani", 0.25), (None, 0.15)])
            if referrer
            else None,
            f"{1_000_000 + number}-{number % 10}" if is_b2b else None,
            True if number % 97 == 5 else None,
            created_at := midnight(self.day) + chance.between(6, 20) * 3_600,
            created_at,
        )
        self.log.customers.append(customer)
        self.log.people.append(
            Person(f"{customer_id}-p1", customer_id, f"{customer_id}@example.fi", None,
                   "sv" if chance.happens(0.06) else "fi", chance.happens(0.9))
        )  # fmt: skip
        self.log.users.append(User(f"{customer_id}-u1", customer_id, f"{customer_id}-p1", None))
        if number % 23 == 4:
            self.log.users.append(User(f"{customer_id}-api", customer_id, None, True))
        if referrer:
            invited = midnight(self.day) - chance.between(1, 90) * almanac.DAY_S
            self.log.referrals.append(
                Referral(f"r{number}", referrer, invited, customer.referral_program, customer_id,
                         converted_at=midnight(self.day))
            )  # fmt: skip
            self.referral_place = len(self.log.referrals) - 1
        return customer

    # buying

    def live(self) -> None:
        """The whole life, to the end of the log."""
        if not (self.is_shopper and self.chance.happens(0.4)):
            self._subscribe(self.day)
        first = max(day_month(self.day), FIRST_MONTH)
        if self.is_migrated:
            first = day_month(self.day)
        for month in range(first, LAST_MONTH + 2):
            if not self.is_deleted:
                self._live_month(month)
        for running in self.subscriptions:
            running.close()

    def _live_month(self, month: int) -> None:
        is_customer = any(not running.is_over for running in self.subscriptions)
        begins, ends = first_day(month), min(first_day(month + 1), AS_OF_DAY)
        begins = max(begins, self.day)
        if begins >= ends:
            return
        if is_customer and month >= FIRST_MONTH:
            self._need_help(month, begins, ends)
            self._be_asked(month, begins)
            self._use(begins, ends)
            self._invite(begins, ends)
            self._grow(begins, ends)
        if self.is_shopper and month >= FIRST_MONTH:
            self._shop(begins, ends)
        chance = self.chance
        hazard = self.mood.hazard(_MONTHLY_HAZARD[self.customer.customer_type or "b2c"], month)
        for running in list(self.subscriptions):
            was_over = running.is_over
            running.live_through(month, hazard)
            if running.is_over and not was_over:
                self._maybe_return(running)
                if running.ended_at and chance.happens(0.8):
                    level = self.mood.level(chance, month)
                    self._meet("irtisanominen", running.ended_at, level)
        if self.returns_on is not None and self.returns_on < ends:
            day, self.returns_on = self.returns_on, None
            self._subscribe(day, is_return=True)
            self.subscriptions[-1].live_through(month, hazard)
        if self.customer.customer_type == "b2b" and is_customer and self.chance.happens(0.006):
            self._subscribe(billing_day(ends - 1), is_addition=True)
            self.subscriptions[-1].live_through(month, hazard)
        self._be_forgotten(is_customer, ends)

    def _know_anew(self, instant: int, **changes: object) -> None:
        """A later version of the customer's own record."""
        self.customer = self.customer._replace(updated_at=instant, **changes)  # type: ignore[arg-type]
        self.log.customers.append(self.customer)

    def _grow(self, begins: int, ends: int) -> None:
        """A company moves up a segment, a consumer moves house."""
        chance = self.chance
        if not chance.happens(0.006):
            return
        day = begins if chance.happens(0.2) else begins + chance.below(ends - begins)
        instant = midnight(day) + (0 if day == begins else 14 * 3_600)
        if instant <= (self.customer.updated_at or 0):
            return
        if self.customer.customer_type == "b2b":
            larger = {"small": "medium", "medium": "large", "large": "medium"}
            self._know_anew(instant, segment=larger[self.customer.segment or "small"])
        else:
            self._know_anew(instant, region=chance.one_of(_REGIONS))

    def _be_forgotten(self, was_customer: bool, ends: int) -> None:
        """Some ask to be deleted when they have left; a few records go while they still pay."""
        chance = self.chance
        is_customer = any(not running.is_over for running in self.subscriptions)
        left_now = was_customer and not is_customer and self.returns_on is None
        if not chance.happens(0.04 if left_now else 0.0005) or ends >= AS_OF_DAY:
            return
        instant = midnight(ends) - chance.between(1, 8) * 3_600
        ended = [running.ended_at or 0 for running in self.subscriptions]
        if instant <= max([self.customer.updated_at or 0, *ended]):
            return
        self.is_deleted = True
        self._know_anew(instant, is_deleted=True)
        for running in self.subscriptions:
            if not running.is_over and chance.happens(0.5):
                running.vanish(instant)

    def _invite(self, begins: int, ends: int) -> None:
        """Customers in a good mood tell others, of whom few come."""
        chance = self.chance
        if not chance.happens(0.02):
            return
        customer_id = self.customer.customer_id
        invited = midnight(begins + chance.below(ends - begins)) + chance.between(8, 20) * 3_600
        self.invitations_n += 1
        converted = invited + chance.spread((1, 10, 30, 60, 90)) * almanac.DAY_S
        is_taken = chance.happens(0.3) and converted < AS_OF
        self.log.referrals.append(
            Referral(f"r-{customer_id}-{self.invitations_n}", customer_id, invited,
                     chance.weighted([("kaveri", 0.7), (None, 0.3)]),
                     converted_at=converted if is_taken else None)
        )  # fmt: skip

    def _maybe_return(self, running: Running) -> None:
        if running.ended_at is None or not self.chance.happens(0.15):
            return
        gap = 3 if self.chance.happens(0.2) else self.chance.between(20, 240)
        day = billing_day(almanac.local_day(running.ended_at) + gap)
        if day < AS_OF_DAY - 2:
            self.returns_on = day

    def _offer(self, is_addition: bool) -> str:
        chance = self.chance
        if self.customer.customer_type != "b2b":
            return chance.weighted(
                [("striimi-month", 0.72), ("striimi-year", 0.18), ("striimi-week", 0.03),
                 ("striimi-4week", 0.07)]
            )  # fmt: skip
        if is_addition or chance.happens(0.2):
            return "vaihde-seat-month"
        return chance.weighted(
            [("talous-basic-month", 0.4), ("talous-pro-month", 0.28), ("talous-pro-year", 0.18),
             ("talous-premium-quarter", 0.1), ("talous-pro-2year", 0.04)]
        )  # fmt: skip

    def _subscribe(self, day: int, is_return: bool = False, is_addition: bool = False) -> None:
        chance = self.chance
        day = billing_day(day)
        if day >= AS_OF_DAY:
            return
        offer = OFFERS[self._offer(is_addition)]
        is_plain = self.is_migrated and not self.subscriptions
        has_trial = offer.months == 1 and not is_return and not is_plain and chance.happens(0.35)
        running = Running(
            self.log,
            chance,
            f"{self.customer.customer_id}-s{len(self.subscriptions) + 1}",
            self.customer,
            offer,
            self.currency,
            day,
            14 if has_trial else 0,
            chance.one_of(("Helsinki", "Oulu")) if offer.service != "striimi" else None,
            12 if offer.service == "talous" and offer.months == 1 and chance.happens(0.3) else None,
            chance.weighted([("web", 0.6), ("sales", 0.25), ("partner", 0.15)]),
        )
        if has_trial and chance.happens(0.4):
            running.end_reason = "voluntary"
        if is_plain:
            # Paid to the former owner until our invoicing takes over.
            while running.next_day < first_day(FIRST_MONTH):
                running.next_day = running.period_end(running.next_day)
        self._price(running, offer, day)
        if offer.service == "vaihde" and chance.happens(0.5):
            running.add_meter(OFFERS["vaihde-minutes"], day)
        running.loses_first_invoice = not is_plain and chance.happens(0.012)
        running.first_is_credited = chance.happens(0.012)
        if day >= first_day(FIRST_MONTH) and not is_return:
            begun = midnight(day + 10) + 13 * 3_600
            self._meet("kayttoonotto", begun, chance.weighted([(0, 0.2), (1, 0.4), (2, 0.4)]))
        self.subscriptions.append(running)

    def _price(self, running: Running, offer: Offer, day: int) -> None:
        """At what price, with which coupons: every kind occurs."""
        chance = self.chance
        quantity = chance.spread((1, 3, 6, 9, 15, 40, 80)) if offer.service == "vaihde" else 1
        deal = chance.weighted(
            [("list", 0.55), ("negotiated", 0.12), ("above", 0.02), ("rate", 0.03),
             ("amount", 0.02), ("forever", 0.05), ("forever_item", 0.02), ("free", 0.01),
             ("repeating", 0.07), ("once", 0.05), ("term", 0.03), ("two_free", 0.03)]
        )  # fmt: skip
        factor = Decimal(1)
        if deal == "negotiated":
            factor = Decimal(chance.between(75, 97)) / 100
        elif deal == "above":
            factor = Decimal("1.05")
        rate = Decimal("0.10") if deal == "rate" else None
        off = Decimal(chance.between(1, 4)) if deal == "amount" else None
        line = running.add_item(offer, quantity, day, factor, rate, off)
        starts = running.paid_day
        if deal == "forever":
            coupon = Coupon("percent", Decimal(chance.between(5, 25)), starts, None)
            running.add_coupon("PYSYVA", coupon, "forever")
        elif deal == "forever_item":
            running.add_coupon(
                "KANTA", Coupon("amount", Decimal(2), starts, None, line.item_id), "forever"
            )
        elif deal == "free":
            running.add_coupon("ILMAINEN", Coupon("percent", Decimal(100), starts, None), "forever")
        elif deal == "repeating":
            until = almanac.add_months(starts, 3)
            running.add_coupon(
                "KEVAT50", Coupon("percent", Decimal(50), starts, until), "repeating"
            )
        elif deal == "once":
            coupon = Coupon("amount", Decimal(3), starts, starts + 1, line.item_id)
            running.add_coupon("TERVETULOA", coupon, "once")
        elif deal == "term" and running.committed_term_months:
            until = almanac.add_months(starts, 12)
            running.add_coupon(
                "SOPIMUS", Coupon("percent", Decimal(15), starts, until), "repeating"
            )
        elif deal == "two_free" and offer.months == 1:
            until = almanac.add_months(starts, 2)
            running.add_coupon(
                "ALKU100", Coupon("percent", Decimal(100), starts, until), "repeating"
            )

    def _shop(self, begins: int, ends: int) -> None:
        chance = self.chance
        while chance.happens(0.12):
            instant = moment_in(chance, range(begins, ends))
            amount = Decimal(chance.spread((900, 2_500, 4_900, 8_900, 30_000))).scaleb(-2)
            number = len(self.log.orders) + 1
            source = "referral" if self.customer.referred_by_customer_id else "web"
            self.log.orders.append(
                Order(f"o{number}", instant, amount, self.currency, self.customer.customer_id,
                      "kauppa", source, self.customer.referral_program,
                      not self.has_ordered)
            )  # fmt: skip
            if not self.has_ordered and self.referral_place is not None:
                place = self.referral_place
                referral = self.log.referrals[place]
                self.log.referrals[place] = referral._replace(converted_order_id=f"o{number}")
            self.has_ordered = True
            returned_at = instant + chance.between(2, 50) * almanac.DAY_S
            if chance.happens(0.06) and returned_at < AS_OF:
                self.log.orders.append(
                    Order(f"o{number + 1}", returned_at, -amount, self.currency,
                          self.customer.customer_id, "kauppa", source, None, False)
                )  # fmt: skip

    # needing help

    def _need_help(self, month: int, begins: int, ends: int) -> None:
        chance = self.chance
        wants = 0.24 if self.customer.customer_type == "b2b" else 0.13
        if month == day_month(company.INCIDENT_DAYS[0]) and chance.happens(0.15):
            self._ask_for_help(moment_in(chance, company.INCIDENT_DAYS), month)
        if chance.happens(wants):
            self._ask_for_help(moment_in(chance, range(begins, ends)), month)

    def _ask_for_help(self, instant: int, month: int, topic: str | None = None) -> None:
        if not self.case_open_until < instant < AS_OF:
            return
        chance = self.chance
        is_known = self.number % 29 != 7
        requester = (
            self.requester if is_known else Requester(None, None, f"tuntematon{self.number}")
        )
        experience = self.desk.case_of(chance, requester, instant, topic)
        self.case_open_until = experience.ended_at
        is_repeated = topic is None and chance.happens(0.08)
        if experience.is_slow:
            self.mood.remember("slow_reply", month)
        if experience.is_failed or is_repeated:
            self.mood.remember("failed_first_contact", month)
        self.surveys.after_case(chance, requester, experience, self.mood.level(chance, month))
        self.surveys.review_quality(chance, experience)
        if is_repeated:
            again = experience.ended_at + chance.between(4, 200) * 3_600
            self._ask_for_help(again, month, experience.topic)

    def _be_asked(self, month: int, begins: int) -> None:
        if month % 3 != self.number % 3 or not self.chance.happens(0.7):
            return
        instant = midnight(begins) + self.chance.between(9, 15) * 3_600
        level = self.mood.level(self.chance, month)
        score = self.surveys.relationship(self.chance, self.requester, instant, level)
        if score is not None and score <= _DETRACTOR_MAX:
            self.mood.remember("detractor", month)

    def _meet(self, touchpoint: str, instant: int, level: int) -> None:
        self.surveys.at_touchpoint(self.chance, self.requester, touchpoint, instant, level)

    def _use(self, begins: int, ends: int) -> None:
        chance = self.chance
        events = self.log.activity_events
        customer_id = self.customer.customer_id
        for _ in range(chance.below(4)):
            instant = midnight(begins + chance.below(ends - begins)) + chance.below(86_000)
            kind = chance.weighted([("session", 0.7), ("core_action", 0.2), ("email_open", 0.1)])
            events.append(
                ActivityEvent(f"a{len(events) + 1}", f"{customer_id}-u1", kind, instant,
                              customer_id, None, "app" if chance.happens(0.5) else "web")
            )  # fmt: skip
