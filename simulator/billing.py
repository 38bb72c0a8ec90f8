"""One subscription from trial to its end: items, states, invoices, payments, credits.

Days of billing are 1-28, so that a month later is always the same day; money is Decimal in the
customer's currency, lines rounded to cents as an invoicing system does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from simulator import almanac, company
from simulator.almanac import add_months, date_of, midnight
from simulator.chance import Chance
from simulator.company import AS_OF, AS_OF_DAY, OFFERS, Offer, list_price
from simulator.log import (
    CreditNoteLine,
    Customer,
    Discount,
    Invoice,
    InvoiceLine,
    Item,
    Log,
    Pause,
    Payment,
    State,
    Subscription,
)

CENT = Decimal("0.01")
ZERO = Decimal(0)
ONE = Decimal(1)
HOUR_S = 3_600
_DUNNING_DAYS = (3, 7, 14)
_DUNNING_END_DAYS = 21


def cents(amount: Decimal) -> Decimal:
    """Rounded to cents, half away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def billing_day(day: int) -> int:
    """The first day from `day` on that every month has."""
    while date_of(day).day > 28:
        day += 1
    return day


@dataclass
class Line:
    """What is sold now: one running item of the subscription."""

    item_id: str
    offer: Offer
    quantity: int
    unit_price: Decimal
    since: int
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    is_metered: bool = False


@dataclass(frozen=True)
class Coupon:
    """A running coupon; `until` None for ever. Days, not instants."""

    kind: str
    value: Decimal
    since: int
    until: int | None
    item_id: str | None = None

    def off(self, line: Line, gross: Decimal, day: int) -> Decimal:
        """What it takes off one line of an invoice of that day."""
        if day < self.since or (self.until is not None and day >= self.until):
            return ZERO
        if self.item_id not in (None, line.item_id):
            return ZERO
        return cents(gross * self.value / 100) if self.kind == "percent" else self.value


@dataclass
class Running:
    """A subscription while it lives; the log gets its row when it is closed."""

    log: Log
    chance: Chance
    subscription_id: str
    customer: Customer
    offer: Offer
    currency: str
    first_day: int
    trial_days: int = 0
    branch: str | None = None
    committed_term_months: int | None = None
    sales_channel: str | None = None
    lines: list[Line] = field(default_factory=list)
    coupons: list[Coupon] = field(default_factory=list)
    status: str = "active"
    end_reason: str | None = None
    ended_at: int | None = None
    cancel_requested_at: int | None = None

    def __post_init__(self) -> None:
        self.is_b2b = self.customer.customer_type == "b2b"
        self.started_at = midnight(self.first_day) + self.chance.between(6, 21) * HOUR_S
        self.paid_day = billing_day(self.first_day + self.trial_days)
        self.next_day = self.paid_day
        self.invoices_n = 0
        self.items_n = 0
        self.leaves_on: int | None = None
        self.paused_until: int | None = None
        self.is_past_due = False
        self.loses_first_invoice = False
        self.first_is_credited = False
        self.deleted_at: int | None = None
        # Lines of the running period that were paid in full and of which nothing was taken back.
        self._open_lines: list[InvoiceLine] = []
        self._state: tuple[str, int] | None = None
        self._price_rise_day = 0
        is_trial = self.trial_days > 0
        self._enter("trialing" if is_trial else "active", self._begin())

    def _begin(self) -> int:
        return self.started_at if self.trial_days else midnight(self.paid_day)

    # what the subscription consists of

    def add_item(
        self,
        offer: Offer,
        quantity: int,
        day: int,
        factor: Decimal = ONE,
        rate: Decimal | None = None,
        amount: Decimal | None = None,
    ) -> Line:
        """Sell an item from a day on, at list price times the negotiated factor."""
        self.items_n += 1
        price = cents(list_price(offer, self.currency, quantity, day) * factor)
        item_id = f"{self.subscription_id}-i{self.items_n}"
        line = Line(item_id, offer, quantity, price, day, rate, amount)
        self.lines.append(line)
        return line

    def add_meter(self, offer: Offer, day: int) -> None:
        """Sell usage: what was used is invoiced afterwards, and is no recurring revenue."""
        self.add_item(offer, 1, day).is_metered = True

    def add_coupon(self, name: str, coupon: Coupon, duration: str) -> None:
        """Attach a coupon to the subscription, or to one item."""
        self.coupons.append(coupon)
        scope_id = coupon.item_id or self.subscription_id
        self.log.discounts.append(
            Discount(
                f"{scope_id}-{name}",
                "item" if coupon.item_id else "subscription",
                scope_id,
                name,
                coupon.kind,
                coupon.value,
                self.currency if coupon.kind == "amount" else None,
                duration,
                midnight(coupon.since),
                None if coupon.until is None else midnight(coupon.until),
            )
        )

    def _close_line(self, line: Line, until: int | None) -> None:
        self.log.subscription_items.append(
            Item(
                line.item_id,
                self.subscription_id,
                midnight(line.since),
                Decimal(line.quantity),
                line.unit_price,
                self.currency,
                line.offer.unit,
                line.offer.count,
                line.offer.price_id,
                line.offer.plan,
                until,
                line.discount_rate,
                line.discount_amount,
                True if line.is_metered else None,
            )
        )

    def _replace_line(self, line: Line, day: int, quantity: int, price: Decimal) -> None:
        """The same item goes on with another quantity or price."""
        if line.since == day:
            line.quantity, line.unit_price = quantity, price
            return
        self._close_line(line, midnight(day))
        line.since, line.quantity, line.unit_price = day, quantity, price

    # states

    def _enter(self, status: str, instant: int) -> None:
        if self._state is not None:
            before, since = self._state
            self.log.subscription_states.append(State(self.subscription_id, before, since, instant))
        self._state = (status, instant)
        self.status = status

    def _end(self, instant: int, reason: str) -> None:
        self._enter("canceled", instant)
        self.ended_at, self.end_reason = instant, reason
        for line in self.lines:
            self._close_line(line, instant)
        self.lines = []

    @property
    def is_over(self) -> bool:
        """Nothing will be invoiced any more."""
        return self.status in ("canceled", "free") or self.deleted_at is not None

    # the run of periods

    def period_end(self, day: int) -> int:
        """The first day after the period that begins on a day."""
        months = self.offer.months
        return add_months(day, months) if months else day + 7 * self.offer.count

    def live_through(self, month: int, monthly_hazard: float) -> None:
        """Everything that is due before the end of a month."""
        until = min(almanac.first_day(month + 1), AS_OF_DAY)
        while not self.is_over and self.next_day < until:
            self._turn(self.next_day, monthly_hazard)

    def _turn(self, day: int, monthly_hazard: float) -> None:
        if self.leaves_on == day:
            # Some systems end at midnight, some when their nightly job has run.
            late = self.chance.between(1, 6) * HOUR_S if self.chance.happens(0.1) else 0
            self._end(midnight(day) + late, self.end_reason or "voluntary")
            return
        if day == self.paid_day and self.trial_days:
            self._end_trial(day)
        if self.paused_until == day:
            self.paused_until = None
            self._enter("active", midnight(day))
        elif self.invoices_n and self._pauses(day):
            return
        if self.invoices_n:
            self._change_at(day)
        if not self.is_over:
            self._live_period(day, self.period_end(day), monthly_hazard)

    def _end_trial(self, day: int) -> None:
        if self.end_reason:
            self._end(midnight(day), self.end_reason)
        else:
            self._enter("active", midnight(day))

    def _live_period(self, day: int, end: int, monthly_hazard: float) -> None:
        is_given_free = self._is_given_free()
        if not is_given_free:
            self._invoice_period(day, end)
        if not self.is_over:
            if not is_given_free:
                self._change_within(day, end)
            self.next_day = end
            if is_given_free or not self._leaves_at_once(day, end):
                self._decide_to_leave(day, end, monthly_hazard)

    def _is_given_free(self) -> bool:
        """A month for nothing, without an invoice; nobody gives one to who pays nothing anyway."""
        pays = not any(coupon.value == 100 for coupon in self.coupons)
        return pays and self.invoices_n > 0 and self.is_b2b and self.chance.happens(0.008)

    def _pauses(self, day: int) -> bool:
        if self.offer.months != 1 or self.is_b2b or not self.chance.happens(0.008):
            return False
        self.paused_until = add_months(day, self.chance.between(1, 3))
        self._enter("paused", midnight(day))
        resumes = midnight(self.paused_until)
        self.log.subscription_pauses.append(Pause(self.subscription_id, midnight(day), resumes))
        self.next_day = self.paused_until
        return True

    def _change_at(self, day: int) -> None:
        """Changes that take effect with a new period."""
        main, chance = self.lines[0], self.chance
        if not self.is_b2b and day >= company.PRICE_RISE_DAY and not self._price_rise_day:
            self._price_rise_day = day
            if main.since < company.PRICE_RISE_DAY:
                price = list_price(main.offer, self.currency, main.quantity, day)
                self._replace_line(main, day, main.quantity, max(price, main.unit_price))
        roll = chance.random()
        if self.offer.service == "striimi":
            self._change_consumer(day, roll)
        elif self.offer.service == "vaihde" and roll < 0.06:
            change = chance.between(-3, 5)
            quantity = max(1, main.quantity + change)
            price = list_price(main.offer, self.currency, quantity, day)
            self._replace_line(main, day, quantity, price)
        elif self.offer.service == "talous" and roll < 0.012 and len(self.lines) == 1:
            if self.offer.months == 1:
                self.add_item(OFFERS["talous-user-month"], chance.between(1, 6), day)
        elif self.offer.service == "talous" and roll < 0.02 and len(self.lines) == 2:
            self._close_line(self.lines.pop(), midnight(day))
        elif main.offer.price_id == "talous-pro-month" and roll > 0.994:
            self._swap_plan(OFFERS["talous-basic-month"], day)

    def _change_consumer(self, day: int, roll: float) -> None:
        if roll < 0.002 and self.offer.months == 1:
            for line in self.lines:
                self._close_line(line, midnight(day))
            self.lines = []
            self._enter("free", midnight(day))
            self.end_reason = "downgrade_to_free"
        elif roll > 0.995 and self.offer.months == 1:
            self.offer = OFFERS["striimi-year"]
            self._swap_plan(self.offer, day)

    def _swap_plan(self, offer: Offer, day: int) -> Line:
        old = self.lines.pop(0)
        self._close_line(old, midnight(day))
        self.coupons = [coupon for coupon in self.coupons if coupon.item_id != old.item_id]
        new = self.add_item(offer, old.quantity, day)
        self.lines.insert(0, self.lines.pop())
        return new

    def _change_within(self, day: int, end: int) -> None:
        """An upgrade in the middle of a period is invoiced pro rata at once."""
        main = self.lines[0]
        if main.offer.price_id != "talous-basic-month" or not self.chance.happens(0.012):
            return
        middle = day + self.chance.between(5, 20)
        if middle >= min(end, AS_OF_DAY):
            return
        share = (Decimal(end - middle) / (end - day)).quantize(Decimal("0.000001"))
        new = self._swap_plan(OFFERS["talous-pro-month"], middle)
        back = self._draft_line(main, middle, middle, end, -main.quantity, share)
        more = self._draft_line(new, middle, middle, end, new.quantity, share)
        self._issue([back, more], middle, self._pays_in_time(middle))

    def _leaves_at_once(self, day: int, end: int) -> bool:
        """Ended in the middle of a paid period; what was not used is credited the same day."""
        if self.leaves_on or not self._open_lines or not self.chance.happens(0.004):
            return False
        middle = day + self.chance.between(4, 20)
        if middle >= min(end, AS_OF_DAY):
            return False
        unused = Decimal(end - middle) / (end - day)
        for number, line in enumerate(self._open_lines, 1):
            amount = cents(line_net(line) * unused)
            if amount > 0:
                self.log.credit_note_lines.append(
                    CreditNoteLine(
                        f"u-{line.invoice_id}", number, middle, "quantity", amount, self.currency,
                        line.invoice_id, line.line_no,
                    )
                )  # fmt: skip
        self.cancel_requested_at = midnight(middle) + 11 * HOUR_S
        self._end(self.cancel_requested_at, "voluntary")
        return True

    def vanish(self, instant: int) -> None:
        """The record is deleted in the source while the subscription runs."""
        self.deleted_at = instant

    def _decide_to_leave(self, day: int, end: int, monthly_hazard: float) -> None:
        months = self.offer.months or 1
        if self._price_rise_day and day < self._price_rise_day + 90:
            monthly_hazard *= company.EFFECTS["price_rise"]
        if self.leaves_on or not self.chance.happens(1 - (1 - monthly_hazard) ** months):
            return
        asked = midnight(self.chance.between(day, max(day, end - 1))) + 10 * HOUR_S
        if asked < AS_OF:
            self.leaves_on, self.cancel_requested_at = end, asked
            roll = self.chance.random()
            if self.is_b2b and roll < 0.12:
                self.end_reason = "business_end"
            elif roll < 0.9:
                self.end_reason = "voluntary"

    # invoices

    def _draft_line(
        self, line: Line, day: int, start: int, end: int, quantity: int, factor: Decimal = ONE
    ) -> InvoiceLine:
        """One line without its number; its discounts are those of `day`."""
        gross = cents(quantity * line.unit_price * factor)
        off = ZERO
        if line.discount_rate is not None:
            off += cents(gross * line.discount_rate)
        if line.discount_amount is not None and factor == ONE:
            off += line.discount_amount
        for coupon in self.coupons:
            if coupon.kind == "percent" or factor == ONE:
                off += coupon.off(line, gross - off, day)
        if gross > 0:
            off = min(off, gross)
        is_proration = factor != ONE
        return InvoiceLine(
            "",
            0,
            Decimal(quantity),
            line.unit_price,
            self.currency,
            self.subscription_id,
            line.offer.price_id,
            line.offer.service,
            line.offer.plan,
            self.sales_channel,
            company.SALES_TEAM if self.sales_channel == "sales" else None,
            midnight(start),
            midnight(end),
            off or None,
            gross - off if is_proration or not self.is_b2b else None,
            None,
            None,
            True,
            is_proration,
            factor if is_proration else None,
        )

    def _one_off_line(
        self, price_id: str | None, price: Decimal, listed: Decimal | None
    ) -> InvoiceLine:
        return InvoiceLine(
            "", 0, ONE, price, self.currency, self.subscription_id, price_id, self.offer.service,
            "Setup" if price_id else "Project", self.sales_channel,
            net_amount=price, is_recurring=False, is_proration=False, list_unit_price=listed,
        )  # fmt: skip

    def _pays_in_time(self, day: int) -> int | None:
        """The day of payment, None while it is still awaited at the end of the log."""
        paid = day + (self.chance.between(3, 22) if self.is_b2b else 0)
        return paid if paid < AS_OF_DAY else None

    def _invoice_period(self, day: int, end: int) -> None:
        sold = [line for line in self.lines if not line.is_metered]
        lines = [self._draft_line(line, day, day, end, line.quantity) for line in sold]
        chance = self.chance
        is_first = self.invoices_n == 0
        if not is_first:
            lines += self._used(day)
        if chance.happens(0.006):
            lines[0] = self._line_coupon(lines[0], day)
        self._open_lines = []
        if is_first and self.offer.service == "talous" and chance.happens(0.5):
            price = list_price(OFFERS["talous-setup"], self.currency, 1, day)
            lines.append(self._one_off_line("talous-setup", price, None))
        elif self.is_b2b and chance.happens(0.01):
            listed = Decimal(400) if chance.happens(0.8) else None
            lines.append(self._one_off_line(None, Decimal(chance.between(300, 450)), listed))
        off = None
        if self.is_b2b and chance.happens(0.03):
            total = sum((line_net(line) for line in lines), ZERO)
            off = min(cents(total * chance.between(3, 12) / 100), total)
        if is_first and self.loses_first_invoice:
            self._fail(lines, day, off)
        elif not self.is_b2b and self.offer.unit != "week" and chance.happens(0.02):
            self._dun(lines, day, off)
        else:
            paid_day = self._pays_in_time(day)
            numbered = self._issue(lines, day, paid_day, off)
            if off is None and not self._credit(numbered, day, is_first) and paid_day == day:
                self._open_lines = [line for line in numbered if line.is_recurring]

    def _line_coupon(self, line: InvoiceLine, day: int) -> InvoiceLine:
        """A coupon of the first line of the invoice that is written next."""
        net = line_net(line)
        off = min(Decimal(2), max(net, ZERO))
        scope_id = f"{self.subscription_id}-{self.invoices_n + 1:03d}/1"
        self.log.discounts.append(
            Discount(f"{scope_id}-d", "line", scope_id, "HYVITYS", "amount", off, self.currency,
                     "once", midnight(day), midnight(day + 1))
        )  # fmt: skip
        return line._replace(
            line_discount_amount=(line.line_discount_amount or ZERO) + off or None,
            net_amount=None if line.net_amount is None else net - off,
        )

    def _used(self, day: int) -> list[InvoiceLine]:
        """What was used since the last invoice, priced by the piece."""
        lines = []
        for line in self.lines:
            pieces = self.chance.between(0, 300) if line.is_metered else 0
            if pieces:
                begun = max(add_months(day, -1), line.since)
                used = self._draft_line(line, day, begun, day, pieces)
                lines.append(used._replace(is_recurring=False))
        return lines

    def _issue(
        self,
        lines: list[InvoiceLine],
        day: int,
        paid_day: int | None,
        off: Decimal | None = None,
        status: str | None = None,
    ) -> list[InvoiceLine]:
        """Write an invoice and, when it is paid, its payment; returns the numbered lines."""
        self.invoices_n += 1
        invoice_id = f"{self.subscription_id}-{self.invoices_n:03d}"
        numbered = [
            line._replace(invoice_id=invoice_id, line_no=number)
            for number, line in enumerate(lines, 1)
        ]
        self.log.invoice_lines.extend(numbered)
        total = sum((line_net(line) for line in lines), ZERO) - (off or ZERO)
        rate = Decimal("0.255") if day >= company.VAT_RISE_DAY else Decimal("0.24")
        tax = cents(total * rate)
        if off:
            self.log.discounts.append(
                Discount(f"{invoice_id}-d", "invoice", invoice_id, "KERTA", "amount", off,
                         self.currency, "once", midnight(day), midnight(day + 1))
            )  # fmt: skip
        paid = status is None and (paid_day is not None or total <= 0)
        self.log.invoices.append(
            Invoice(
                invoice_id,
                self.customer.customer_id,
                day,
                status or ("paid" if paid else "open"),
                self.currency,
                self.subscription_id,
                day + 14,
                off,
                total,
                tax,
            )
        )
        if paid_day is not None and total > 0:
            # Who pays within the week may keep two in a hundred.
            is_prompt = self.is_b2b and day < paid_day < day + 7 and self.chance.happens(0.2)
            amount = total - cents(total * Decimal("0.02")) if is_prompt else total
            self._pay(invoice_id, midnight(paid_day) + 9 * HOUR_S, amount, None)
        return numbered

    def _pay(self, invoice_id: str, instant: int, amount: Decimal, failure: str | None) -> None:
        self.log.payments.append(
            Payment(
                f"p{len(self.log.payments) + 1}",
                amount,
                self.currency,
                "failed" if failure else "succeeded",
                invoice_id,
                instant,
                failure,
            )
        )

    def _dun(self, lines: list[InvoiceLine], day: int, off: Decimal | None) -> None:
        """The card fails: dunning that ends in a payment, or with the subscription."""
        chance = self.chance
        saved = chance.one_of(_DUNNING_DAYS) if chance.happens(0.6) else None
        last = day + (saved if saved is not None else _DUNNING_END_DAYS)
        is_over = last < AS_OF_DAY
        status = None
        if not is_over:
            status = "open"
        elif saved is None:
            status = "uncollectible"
        numbered = self._issue(
            lines, day, last if is_over and saved is not None else None, off, status
        )
        invoice_id = numbered[0].invoice_id
        total = sum((line_net(line) for line in lines), ZERO) - (off or ZERO)
        if total <= 0:
            return
        for wait in (0, *_DUNNING_DAYS):
            if day + wait < min(last, AS_OF_DAY):
                failed_at = midnight(day + wait) + 3 * HOUR_S
                self._pay(invoice_id, failed_at, total, chance.one_of(["card_declined", "expired"]))
        self._enter("past_due", midnight(day) + 3 * HOUR_S)
        if not is_over:
            return
        if saved is not None:
            self._enter("active", midnight(last) + 9 * HOUR_S)
        elif chance.happens(0.3):
            self._enter("unpaid", midnight(last) + 4 * HOUR_S)
            if last + 5 < AS_OF_DAY:
                self._end(midnight(last + 5) + 4 * HOUR_S, "involuntary")
        else:
            self._end(midnight(last) + 4 * HOUR_S, "involuntary")

    def _fail(self, lines: list[InvoiceLine], day: int, off: Decimal | None) -> None:
        """The first invoice is never paid: nobody became a customer."""
        last = day + _DUNNING_END_DAYS
        if last >= AS_OF_DAY:
            self._issue(lines, day, None, off, "open")
            return
        self._issue(lines, day, None, off, "void" if self.is_b2b else "uncollectible")
        self._end(midnight(last) + 4 * HOUR_S, "involuntary")

    def _refund(self, invoice_id: str, instant: int, amount: Decimal) -> None:
        self.log.payments.append(
            Payment(f"p{len(self.log.payments) + 1}", amount, self.currency, "refunded",
                    invoice_id, instant)
        )  # fmt: skip

    def _credit(self, lines: list[InvoiceLine], day: int, is_first: bool) -> bool:
        """Sometimes something is credited later, as one credit note, or only paid back."""
        chance, line = self.chance, lines[0]
        issued = day + chance.between(1, 40)
        net = line_net(line)
        if issued >= AS_OF_DAY or net <= 0:
            return False
        credits: list[tuple[InvoiceLine, str, Decimal]] = []
        roll = chance.random()
        if is_first and self.first_is_credited:
            credits = [(each, "error", line_net(each)) for each in lines if line_net(each) > 0]
        elif roll < 0.016:
            reason = chance.weighted([("goodwill", 0.5), ("price", 0.3), ("sla", 0.2)])
            credits = [(line, reason, cents(net * chance.between(10, 30) / 100))]
        elif roll < 0.019:
            credits = [(line, "error", net)]
        elif roll < 0.023 and line.quantity > 1:
            credits = [(line, "quantity", cents(net / line.quantity))]
        elif 0.023 <= roll < 0.026:
            amount = cents(net * chance.between(10, 60) / 100)
            self._refund(line.invoice_id, midnight(issued) + 12 * HOUR_S, amount)
            return True
        if credits and chance.happens(0.3):
            # Paid back as well: the same money, not some more.
            paid_back = sum((amount for _, _, amount in credits), ZERO)
            self._refund(line.invoice_id, midnight(issued) + 13 * HOUR_S, paid_back)
        for number, (credited, reason, amount) in enumerate(credits, 1):
            self.log.credit_note_lines.append(
                CreditNoteLine(
                    f"c-{line.invoice_id}", number, issued, reason, amount, self.currency,
                    credited.invoice_id, credited.line_no,
                )
            )  # fmt: skip
        return bool(credits)

    # the end of the log

    def close(self) -> None:
        """Write what is known of the subscription when the log ends."""
        begins = self._begin()
        if begins >= AS_OF:
            return
        for line in self.lines:
            self._close_line(line, None)
        assert self._state is not None
        status, since = self._state
        self.log.subscription_states.append(State(self.subscription_id, status, since, None))
        is_leaving = self.leaves_on is not None and self.status not in ("canceled", "free")
        ended_at = midnight(self.leaves_on) if is_leaving and self.leaves_on else self.ended_at
        self.log.subscriptions.append(
            Subscription(
                self.subscription_id,
                self.customer.customer_id,
                self.status,
                begins,
                self.currency,
                self.offer.service,
                self.offer.plan,
                self.branch,
                self.started_at if self.trial_days else None,
                midnight(self.paid_day) if self.trial_days else None,
                self.cancel_requested_at,
                ended_at,
                self.end_reason if self.status in ("canceled", "free") or is_leaving else None,
                self.committed_term_months,
                self._updated_at(since),
                True if self.deleted_at is not None else None,
            )
        )

    def _updated_at(self, since: int) -> int | None:
        """When the record was last changed, where the contract reads something from it."""
        if self.deleted_at is not None:
            return self.deleted_at
        return since if self.status in ("free", "unpaid") else None


def line_net(line: InvoiceLine) -> Decimal:
    """A drafted line's net after its own discounts."""
    if line.net_amount is not None:
        return line.net_amount
    return line.quantity * line.unit_price - (line.line_discount_amount or ZERO)
