"""The log as Stripe's objects, in the shape of API version 2026-08-26.dahlia.

Everything expandable is expanded; the server hides what nobody asked for. What Stripe has no place
for is kept in `metadata`, as a company would: the catalogue's name of a price, the segment of a
customer. Orders of the shop and sold deals are not billed here. `at` is the instant at which an
object is looked at; history.py looks at many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from simulator.almanac import add_months, local_day, midnight
from simulator.company import AS_OF
from simulator.log import (
    CreditNoteLine,
    Customer,
    Discount,
    Invoice,
    InvoiceLine,
    Item,
    Log,
    Payment,
    Price,
    Subscription,
)
from simulator.stripe.account import Account, Object

_DAY = 86_400
_STATUS = {"free": "active"}
# When the company began to write down what it sells.
LIST_START = 1_672_524_000


def fill(account: Account, log: Log) -> Account:
    """Put the log's billing into an account, as if it had been there for years."""
    books = Books(log)
    account.load(*books.customers())
    account.load(*books.products())
    account.load(*books.prices())
    account.load(*books.coupons())
    account.load(*books.promotion_codes())
    account.load(*books.subscriptions())
    account.load(*books.schedules())
    account.load(*books.invoices())
    account.load(*books.invoice_payments())
    account.load(*books.credit_notes())
    account.load(*books.charges())
    account.load(*books.refunds())
    return account


def cents(amount: Decimal) -> int:
    """Minor units; every currency of the company has two places."""
    return int((amount * 100).to_integral_value(ROUND_HALF_UP))


def _exact(amount: Decimal) -> str:
    return format((amount * 100).normalize(), "f")


def _list(url: str, data: list[Object]) -> Object:
    return {"object": "list", "data": data, "has_more": False, "url": url}


def _by(rows: Iterable[Any], name: str) -> dict[str, list[Any]]:
    found = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


def _timed(kind: str, id_: str, created: int, **fields: Any) -> Object:
    return {"id": id_, "object": kind, "created": created, "livemode": False, **fields}


class Books:
    """The log with its rows at hand by what they belong to."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lines = _by(log.invoice_lines, "invoice_id")
        self._items = _by(log.subscription_items, "subscription_id")
        self._discounts = _by(log.discounts, "scope_id")
        self._invoices = {invoice.invoice_id: invoice for invoice in log.invoices}
        self._paid = {p.invoice_id: p for p in log.payments if p.status == "succeeded"}
        self._refunded = {p.invoice_id: p for p in log.payments if p.status == "refunded"}
        self._states = _by(log.subscription_states, "subscription_id")
        self._services = {service.service: service for service in log.services}
        self._people = {p.customer_id: p for p in reversed(log.people)}
        self._versions: dict[tuple[str, str], list[Price]] = defaultdict(list)
        for price in log.prices:
            self._versions[price.price_id, price.currency].append(price)
        self._own_prices: dict[tuple[str, str], set[Decimal]] = defaultdict(set)
        for item in log.subscription_items:
            if self._list_price(item) is None:
                self._own_prices[item.price_id or "", item.currency].add(item.unit_price)
        for line in log.invoice_lines:
            if self._list_price_of(line) is None:
                self._own_prices[line.price_id or "", line.currency].add(line.unit_price)

    def customers(self) -> Iterator[Object]:
        for row in self._log.customers:
            yield self.customer(row)

    def customer(self, row: Customer) -> Object:
        """A version of a customer."""
        person = self._people.get(row.customer_id)
        facts = {
            "customer_type": row.customer_type,
            "segment": row.segment,
            "region": row.region,
            "branch": row.branch,
            "acquisition_source": row.acquisition_source,
            "referred_by_customer_id": f"cus_{row.referred_by_customer_id}"
            if row.referred_by_customer_id
            else None,
            "referral_program": row.referral_program,
            "business_id": row.business_id,
            "is_internal": None if row.is_internal is None else str(row.is_internal).lower(),
        }
        return _timed(
            "customer",
            f"cus_{row.customer_id}",
            row.created_at or LIST_START,
            name=row.name,
            email=person.email if person else None,
            phone=person.phone if person else None,
            address={"country": row.country}
            | dict.fromkeys(("city", "line1", "line2", "postal_code", "state")),
            balance=0,
            currency=None,
            default_source=None,
            delinquent=False,
            description=None,
            discount=None,
            metadata={name: value for name, value in facts.items() if value},
            shipping=None,
        )

    def products(self) -> Iterator[Object]:
        plans = {(price.service, price.plan) for price in self._log.prices}
        for service, plan in sorted(plans, key=str):
            yield _timed(
                "product",
                _product_id(service, plan),
                LIST_START,
                active=True,
                description=None,
                images=[],
                marketing_features=[],
                metadata=self._service_facts(service),
                name=plan,
                package_dimensions=None,
                shippable=None,
                tax_code=None,
                updated=LIST_START,
                url=None,
            )

    def _service_facts(self, name: str | None) -> dict[str, str]:
        if name is None:
            return {}
        row = self._services.get(name)
        facts = row._asdict() if row else {"service": name}
        return {fact: str(value) for fact, value in facts.items() if value is not None}

    def prices(self, at: int | None = None) -> Iterator[Object]:
        """The list prices with their tiers, and each other price that somebody pays."""
        for (price_id, currency), rows in self._versions.items():
            for tiers in _by(rows, "valid_from").values():
                yield _price(
                    _list_price_id(tiers[0]),
                    tiers[0],
                    [(tier.tier_from_quantity, tier.list_unit_price) for tier in tiers],
                    is_active=not _is_past(tiers[0].valid_to, at),
                    facts={"price_id": price_id}
                    | (
                        {"target_unit_price": str(tiers[0].target_unit_price)}
                        if tiers[0].target_unit_price is not None
                        else {}
                    ),
                )
            for amount in sorted(self._own_prices[price_id, currency]):
                yield _price(
                    _own_price_id(price_id, currency, amount),
                    rows[0],
                    [(None, amount)],
                    is_active=False,
                    facts={"price_id": price_id, "is_list": "false"},
                )

    def price_ends(self) -> list[int]:
        """When list prices stop being asked."""
        return sorted({price.valid_to for price in self._log.prices if price.valid_to})

    def _list_price(self, item: Item) -> Price | None:
        """The list price that the item pays, if it pays one."""
        for price in self._versions.get((item.price_id or "", item.currency), []):
            begin, end = price.valid_from or 0, price.valid_to or item.valid_from + 1
            if begin <= item.valid_from < end and price.list_unit_price == item.unit_price:
                return price
        return None

    def _price_of(self, item: Item) -> str:
        price = self._list_price(item)
        if price:
            return _list_price_id(price)
        return _own_price_id(item.price_id or "", item.currency, item.unit_price)

    def coupons(self) -> Iterator[Object]:
        seen = set()
        granted = [
            _granted(currency, currency)
            for currency in sorted({p.currency for p in self._log.prices})
        ]
        for row in [*self._log.discounts, *granted]:
            id_ = _coupon_id(row)
            if id_ in seen:
                continue
            seen.add(id_)
            months = round(((row.ends_at or 0) - (row.starts_at or 0)) / (30 * _DAY))
            yield _timed(
                "coupon",
                id_,
                LIST_START,
                amount_off=cents(row.value or Decimal()) if row.kind == "amount" else None,
                percent_off=float(row.value or 0) if row.kind == "percent" else None,
                currency=(row.currency or "eur").lower() if row.kind == "amount" else None,
                duration=row.duration or "forever",
                duration_in_months=max(months, 1) if row.duration == "repeating" else None,
                max_redemptions=None,
                metadata={},
                name=row.coupon,
                redeem_by=None,
                times_redeemed=0,
                valid=True,
            )

    def promotion_codes(self) -> Iterator[Object]:
        coupons = {row.coupon: _coupon_id(row) for row in reversed(self._log.discounts)}
        for code, coupon in coupons.items():
            if code:
                yield _timed(
                    "promotion_code",
                    f"promo_{code}",
                    LIST_START,
                    active=True,
                    code=code,
                    customer=None,
                    expires_at=None,
                    max_redemptions=None,
                    metadata={},
                    promotion={"type": "coupon", "coupon": coupon},
                    restrictions={
                        "first_time_transaction": False,
                        "minimum_amount": None,
                        "minimum_amount_currency": None,
                    },
                    times_redeemed=0,
                )

    def _discount(self, row: Discount, **owner: str | None) -> Object:
        nobody = dict.fromkeys(
            ("customer", "subscription", "subscription_item", "invoice", "invoice_item")
        )
        return {
            "id": f"di_{row.discount_id}",
            "object": "discount",
            "checkout_session": None,
            "promotion_code": f"promo_{row.coupon}" if row.coupon else None,
            "source": {"type": "coupon", "coupon": _coupon_id(row)},
            "start": row.starts_at or LIST_START,
            "end": row.ends_at,
            **nobody,
            **owner,
        }

    def _discounts_of(self, scope: str, scope_id: str, **owner: str | None) -> list[Object]:
        return [
            self._discount(row, **owner)
            for row in self._discounts.get(scope_id, ())
            if row.scope == scope
        ]

    def subscriptions(self) -> Iterator[Object]:
        for row in self._log.subscriptions:
            yield self.subscription(row)

    def _status_at(self, row: Subscription, at: int) -> str:
        states = [s for s in self._states[row.subscription_id] if s.valid_from <= at]
        return max(states, key=lambda state: state.valid_from).status if states else row.status

    def _free_from(self, row: Subscription) -> int:
        states = self._states[row.subscription_id]
        told = (state.valid_from for state in states if state.status == "free")
        return min(told, default=row.updated_at or row.started_at)

    def _items_at(self, row: Subscription, at: int, is_over: bool) -> list[Item]:
        """What runs at the instant, or of an ended subscription what ran last."""
        items = self._items[row.subscription_id]
        if is_over:
            # Some systems leave open what ended with its subscription.
            ends = [item.valid_to or row.ended_at or at for item in items]
            return [
                item for item, end in zip(items, ends, strict=True) if end == max(ends, default=0)
            ]
        return [i for i in items if i.valid_from <= at and not _is_past(i.valid_to, at)]

    def subscription(self, row: Subscription, at: int = AS_OF) -> Object:
        """A subscription as it stands at an instant."""
        id_ = f"sub_{row.subscription_id}"
        has_ended = row.ended_at is not None and row.ended_at <= at
        status = "canceled" if has_ended else self._status_at(row, at)
        has_asked = row.cancel_requested_at is not None and row.cancel_requested_at <= at
        leaves_at = row.ended_at if has_asked and not has_ended else None
        # Who pays nothing has an item all the same.
        items = (
            [_free_item(row, self._free_from(row))]
            if status == "free"
            else [self._item(item, row, at) for item in self._items_at(row, at, has_ended)]
        )
        facts = {
            "branch": row.branch,
            "service": row.service if status == "free" else None,
            # What it was sold as, whatever it has become.
            "plan": row.plan,
            "end_reason": row.end_reason if row.end_reason == "business_end" else None,
        }
        return _timed(
            "subscription",
            id_,
            row.started_at,
            automatic_tax={"enabled": False, "liability": None, "disabled_reason": None},
            billing_cycle_anchor=row.started_at,
            billing_mode={"type": "classic"},
            billing_schedules=[],
            cancel_at=leaves_at,
            cancel_at_period_end=leaves_at is not None,
            canceled_at=(row.cancel_requested_at if has_asked else None)
            or (row.ended_at if has_ended else None),
            cancellation_details={
                "comment": None,
                "feedback": None,
                "reason": _reason(row) if has_asked or has_ended else None,
            },
            collection_method="charge_automatically",
            currency=row.currency.lower(),
            customer=f"cus_{row.customer_id}",
            default_payment_method=None,
            description=None,
            discounts=[
                discount
                for discount in self._discounts_of(
                    "subscription", row.subscription_id, subscription=id_
                )
                if discount["start"] <= at
            ],
            ended_at=row.ended_at if has_ended else None,
            invoice_settings={"account_tax_ids": None, "issuer": {"type": "self"}},
            items=_list(f"/v1/subscription_items?subscription={id_}", items),
            latest_invoice=None,
            metadata={name: value for name, value in facts.items() if value},
            pause_collection=None,
            pending_update=None,
            schedule=f"sub_sched_{row.subscription_id}" if row.committed_term_months else None,
            start_date=row.started_at,
            status=_STATUS.get(status, status),
            test_clock=None,
            trial_end=row.trial_end_at,
            trial_start=row.trial_start_at,
        )

    def _item(self, item: Item, owner: Subscription, at: int) -> Object:
        begun = min(
            each.valid_from
            for each in self._items[owner.subscription_id]
            if each.item_id == item.item_id
        )
        id_ = f"si_{item.item_id}"
        found: Object = {
            "id": id_,
            "object": "subscription_item",
            "created": begun,
            "billing_thresholds": None,
            "current_period_start": item.valid_from,
            "current_period_end": item.valid_to or item.valid_from + 30 * _DAY,
            "discounts": [
                discount
                for discount in self._discounts_of("item", item.item_id, subscription_item=id_)
                if discount["start"] <= at
            ],
            "metadata": _negotiated(item),
            "price": _price(
                self._price_of(item),
                self._versions[item.price_id or "", item.currency][0],
                [(None, item.unit_price)],
                is_active=True,
                facts={"price_id": item.price_id or ""},
                is_metered=bool(item.is_metered),
            ),
            "subscription": f"sub_{owner.subscription_id}",
            "tax_rates": [],
        }
        if not item.is_metered:
            found["quantity"] = int(item.quantity)
        return found

    def schedules(self) -> Iterator[Object]:
        """Who is bound for a term has it written down as a phase."""
        for row in self._log.subscriptions:
            if not row.committed_term_months:
                continue
            begin = local_day(row.started_at)
            length = midnight(add_months(begin, row.committed_term_months)) - midnight(begin)
            end = row.started_at + length
            phase: Object = {
                "add_invoice_items": [],
                "application_fee_percent": None,
                "currency": row.currency.lower(),
                "discounts": [],
                "start_date": row.started_at,
                "end_date": end,
                "items": [],
                "metadata": {},
                "proration_behavior": "create_prorations",
            }
            yield _timed(
                "subscription_schedule",
                f"sub_sched_{row.subscription_id}",
                row.started_at,
                billing_mode={"type": "classic"},
                canceled_at=None,
                completed_at=row.ended_at,
                current_phase=None
                if row.ended_at
                else {"start_date": row.started_at, "end_date": end},
                customer=f"cus_{row.customer_id}",
                default_settings={
                    "billing_cycle_anchor": "automatic",
                    "invoice_settings": {
                        "account_tax_ids": None,
                        "days_until_due": None,
                        "issuer": {"type": "self"},
                    },
                },
                end_behavior="release",
                metadata={},
                phases=[phase],
                released_at=None,
                released_subscription=None,
                status="completed" if row.ended_at else "active",
                subscription=f"sub_{row.subscription_id}",
                test_clock=None,
            )

    def invoices(self) -> Iterator[Object]:
        for row in self._log.invoices:
            yield self.invoice(row)

    def invoice(self, row: Invoice, status: str | None = None) -> Object:
        """An invoice, or what it was like while it had another status."""
        status = status or row.status
        id_, issued = f"in_{row.invoice_id}", midnight(row.issued_on)
        lines = [self._line(line, row) for line in self._lines[row.invoice_id]]
        subtotal = sum(line["amount"] for line in lines)
        on_lines = [amount for line in lines for amount in line["discount_amounts"]]
        own = self._discounts_of("invoice", row.invoice_id, invoice=id_)
        if row.invoice_discount_amount and not own:
            own = [self._discount(_granted(row.invoice_id, row.currency), invoice=id_)]
        off = cents(row.invoice_discount_amount or Decimal())
        on_invoice = [{"amount": off, "discount": own[0]["id"]}] if off and own else []
        net = subtotal - sum(amount["amount"] for amount in on_lines) - off
        tax = cents(row.tax_amount or Decimal())
        is_paid = status == "paid"
        return _timed(
            "invoice",
            id_,
            issued,
            amount_due=net + tax,
            amount_overpaid=0,
            amount_paid=net + tax if is_paid else 0,
            amount_paid_off_stripe=0,
            amount_remaining=0 if is_paid else net + tax,
            amount_shipping=0,
            attempt_count=1,
            attempted=True,
            auto_advance=False,
            automatic_tax={
                "enabled": False,
                "liability": None,
                "status": None,
                "disabled_reason": None,
                "provider": None,
            },
            billing_reason="subscription_cycle" if row.subscription_id else "manual",
            collection_method="charge_automatically",
            currency=row.currency.lower(),
            customer=f"cus_{row.customer_id}",
            default_tax_rates=[],
            description=None,
            discounts=own,
            due_date=midnight(row.due_on) if row.due_on else None,
            effective_at=issued,
            issuer={"type": "self"},
            lines=_list(f"/v1/invoices/{id_}/lines", lines),
            metadata={},
            number=row.invoice_id,
            parent={
                "type": "subscription_details",
                "quote_details": None,
                "subscription_details": {
                    "metadata": {},
                    "subscription": f"sub_{row.subscription_id}",
                },
            }
            if row.subscription_id
            else None,
            payment_settings={
                "default_mandate": None,
                "payment_method_options": None,
                "payment_method_types": None,
            },
            period_start=issued,
            period_end=issued,
            post_payment_credit_notes_amount=0,
            pre_payment_credit_notes_amount=0,
            starting_balance=0,
            ending_balance=0,
            status=status,
            status_transitions={
                "finalized_at": issued,
                "marked_uncollectible_at": issued + 60 * _DAY
                if status == "uncollectible"
                else None,
                "paid_at": issued if is_paid else None,
                "voided_at": issued if status == "void" else None,
            },
            subtotal=subtotal,
            total=net + tax,
            total_discount_amounts=on_lines + on_invoice,
            total_excluding_tax=net,
            total_taxes=[_tax(tax, net)] if tax else [],
        )

    def _line(self, line: InvoiceLine, invoice: Invoice) -> Object:
        key = f"{line.invoice_id}-{line.line_no}"
        id_ = f"il_{key}"
        # What is taken back has a quantity above zero and an amount below.
        amount = cents(line.quantity * line.unit_price * (line.proration_factor or 1))
        quantity = abs(line.quantity)
        off = cents(line.line_discount_amount or Decimal())
        own = self._discounts_of(
            "line", f"{line.invoice_id}/{line.line_no}", invoice_item=f"ii_{key}"
        )
        standing = self._discounts_of(
            "subscription", line.subscription_id or "", subscription=f"sub_{line.subscription_id}"
        )
        if off and not own and not standing:
            own = [self._discount(_granted(key, line.currency), invoice_item=f"ii_{key}")]
        tax = cents(line.tax_amount or Decimal())
        item = self._item_of(line)
        found: Object = {
            "id": id_,
            "object": "line_item",
            "amount": amount,
            "currency": line.currency.lower(),
            "description": line.plan,
            "discount_amounts": [{"amount": off, "discount": (own or standing)[0]["id"]}]
            if off
            else [],
            "discountable": True,
            "discounts": own,
            "invoice": f"in_{invoice.invoice_id}",
            "livemode": False,
            "metadata": {
                name: value
                for name, value in (
                    ("sales_channel", line.sales_channel),
                    ("sales_team", line.sales_team),
                    ("service", line.service),
                    ("plan", line.plan if line.price_id is None else None),
                    ("list_unit_price", str(line.list_unit_price or "")),
                )
                if value
            }
            | (_negotiated(item) if item else {}),
            "parent": _line_parent(line, item, key),
            "period": {
                "start": line.service_from or midnight(invoice.issued_on),
                "end": line.service_to or midnight(invoice.issued_on),
            },
            "pretax_credit_amounts": None,
            "pricing": {
                "type": "price_details",
                "unit_amount_decimal": _exact(line.unit_price),
            }
            | self._price_details(line),
            "quantity": int(quantity),
            "quantity_decimal": format(quantity, "f"),
            "subtotal": amount,
            "subscription": f"sub_{line.subscription_id}" if line.subscription_id else None,
            "taxes": [_tax(tax, amount - off)] if tax else [],
        }
        return found

    def _item_of(self, line: InvoiceLine) -> Item | None:
        """The item that a line bills, or gives back from the end of the item on."""
        begin = line.service_from
        if not line.is_recurring or begin is None:
            return None
        items: list[Item] = self._items[line.subscription_id or ""]
        for item in items:
            runs = item.valid_from <= begin and not _is_past(item.valid_to, begin)
            if (item.price_id, item.unit_price) == (line.price_id, line.unit_price) and (
                item.valid_to == begin if line.quantity < 0 else runs
            ):
                return item
        return None

    def invoice_payments(self) -> Iterator[Object]:
        """Each invoice's one payment, done or not."""
        for row in self._log.invoices:
            yield self.invoice_payment(row, row.status)

    def invoice_payment(self, row: Invoice, status: str) -> Object:
        """What an invoice of that status waits for, or was paid with."""
        payment = self._paid.get(row.invoice_id) if status == "paid" else None
        due = cents((row.total_excl_tax or Decimal()) + (row.tax_amount or Decimal()))
        return _timed(
            "invoice_payment",
            f"inpay_{row.invoice_id}",
            midnight(row.issued_on),
            amount_paid=cents(payment.amount) if payment else None,
            amount_requested=due,
            currency=row.currency.lower(),
            invoice=f"in_{row.invoice_id}",
            is_default=True,
            payment={"type": "payment_intent", "payment_intent": f"pi_{row.invoice_id}"},
            status="paid" if status == "paid" else "open",
            status_transitions={
                "canceled_at": None,
                "paid_at": payment.paid_at if payment else None,
            },
        )

    def _list_price_of(self, line: InvoiceLine) -> Price | None:
        prices = self._versions.get((line.price_id or "", line.currency), [])
        return next((p for p in prices if p.list_unit_price == line.unit_price), None)

    def _price_details(self, line: InvoiceLine) -> Object:
        """Nothing for what was billed without any price of the catalogue."""
        if (line.price_id or "", line.currency) not in self._versions:
            return {}
        price = self._list_price_of(line)
        id_ = (
            _list_price_id(price)
            if price
            else _own_price_id(line.price_id or "", line.currency, line.unit_price)
        )
        product = _product_id(line.service, line.plan)
        return {"price_details": {"price": id_, "product": product}}

    def credit_notes(self) -> Iterator[Object]:
        """Those that credit an invoice; Stripe has no others."""
        for id_, rows in _by(self._log.credit_note_lines, "credit_note_id").items():
            invoice = self._invoices.get(rows[0].invoice_id)
            if invoice:
                yield self._credit_note(id_, rows, invoice)

    def _credit_note(self, id_: str, rows: list[CreditNoteLine], invoice: Invoice) -> Object:
        net = sum(cents(row.net_amount) for row in rows)
        lines = [
            {
                "id": f"cnli_{id_}-{row.line_no}",
                "object": "credit_note_line_item",
                "amount": cents(row.net_amount),
                "description": row.reason,
                "discount_amount": 0,
                "discount_amounts": [],
                "invoice_line_item": f"il_{row.invoice_id}-{row.invoice_line_no}",
                "livemode": False,
                "pretax_credit_amounts": [],
                "quantity": 1,
                "tax_rates": [],
                "taxes": [],
                "type": "invoice_line_item",
                "unit_amount": None,
                "unit_amount_decimal": None,
            }
            if row.invoice_line_no
            else {
                "id": f"cnli_{id_}-{row.line_no}",
                "object": "credit_note_line_item",
                "amount": cents(row.net_amount),
                "description": row.reason,
                "discount_amount": 0,
                "discount_amounts": [],
                "livemode": False,
                "pretax_credit_amounts": [],
                "quantity": 1,
                "tax_rates": [],
                "taxes": [],
                "type": "custom_line_item",
                "unit_amount": cents(row.net_amount),
                "unit_amount_decimal": _exact(row.net_amount),
            }
            for row in rows
        ]
        return _timed(
            "credit_note",
            f"cn_{id_}",
            midnight(rows[0].issued_on),
            amount=net,
            amount_shipping=0,
            currency=rows[0].currency.lower(),
            customer=f"cus_{invoice.customer_id}",
            customer_balance_transaction=None,
            discount_amount=0,
            discount_amounts=[],
            effective_at=midnight(rows[0].issued_on),
            invoice=f"in_{invoice.invoice_id}",
            lines=_list(f"/v1/credit_notes/cn_{id_}/lines", lines),
            memo=None,
            metadata={"reason": rows[0].reason},
            number=id_,
            out_of_band_amount=None,
            pdf=f"https://pay.example.com/credit_notes/{id_}.pdf",
            post_payment_amount=net,
            pre_payment_amount=0,
            pretax_credit_amounts=[],
            reason=None,
            refunds=[],
            shipping_cost=None,
            status="issued",
            subtotal=net,
            subtotal_excluding_tax=net,
            total=net,
            total_excluding_tax=net,
            total_taxes=[],
            type="post_payment",
            voided_at=None,
        )

    def charges(self) -> Iterator[Object]:
        """What was charged, with success or without."""
        for row in self._log.payments:
            if row.status != "refunded":
                yield self.charge(row)

    def charge(self, row: Payment) -> Object:
        """One attempt to be paid."""
        amount, has_failed = cents(row.amount), row.status == "failed"
        invoice = self._invoices.get(row.invoice_id or "")
        back = None if has_failed else self._refunded.get(row.invoice_id)
        refunded = cents(back.amount) if back else 0
        return _timed(
            "charge",
            f"ch_{row.payment_id}",
            row.paid_at or LIST_START,
            amount=amount,
            amount_captured=0 if has_failed else amount,
            amount_refunded=refunded,
            balance_transaction=None,
            billing_details={
                "address": None, "email": None, "name": None, "phone": None, "tax_id": None,
            },
            captured=not has_failed,
            currency=row.currency.lower(),
            customer=f"cus_{invoice.customer_id}" if invoice else None,
            disputed=False,
            failure_code=row.failure_code,
            failure_message=None,
            metadata={},
            paid=not has_failed,
            payment_intent=f"pi_{row.invoice_id}" if row.invoice_id else None,
            refunded=refunded == amount,
            status="failed" if has_failed else "succeeded",
        )  # fmt: skip

    def refunds(self) -> Iterator[Object]:
        """What was paid back."""
        for row in self._log.payments:
            if row.status == "refunded":
                yield self.refund(row)

    def refund(self, row: Payment) -> Object:
        """Money back to who paid the invoice."""
        charged = self._paid.get(row.invoice_id)
        return {
            "id": f"re_{row.payment_id}",
            "object": "refund",
            "created": row.paid_at or LIST_START,
            "amount": cents(row.amount),
            "balance_transaction": None,
            "charge": f"ch_{charged.payment_id}" if charged else None,
            "currency": row.currency.lower(),
            "metadata": {},
            "payment_intent": f"pi_{row.invoice_id}" if row.invoice_id else None,
            "reason": None,
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "succeeded",
            "transfer_reversal": None,
        }


def _is_past(end: int | None, at: int | None) -> bool:
    return end is not None and (at is None or end <= at)


def _free_item(row: Subscription, since: int) -> Object:
    return {
        "id": f"si_{row.subscription_id}-free",
        "object": "subscription_item",
        "created": since,
        "billing_thresholds": None,
        "current_period_start": since,
        "current_period_end": since + 30 * _DAY,
        "discounts": [],
        "metadata": {},
        "price": _price(
            "price_free",
            Price("free", row.plan or "Free", row.currency, "month", Decimal(0), row.service),
            [(None, Decimal(0))],
            is_active=True,
            facts={"is_list": "false"},
        ),
        "quantity": 1,
        "subscription": f"sub_{row.subscription_id}",
        "tax_rates": [],
    }


def _product_id(service: str | None, plan: str | None) -> str:
    return f"prod_{service}-{plan}".lower()


def _list_price_id(price: Price) -> str:
    return f"price_{price.price_id}-{price.currency}-{price.valid_from}".lower()


def _own_price_id(price_id: str, currency: str, amount: Decimal) -> str:
    return f"price_{price_id}-{currency}-own-{cents(amount)}".lower()


def _coupon_id(row: Discount) -> str:
    value = format((row.value or Decimal()).normalize(), "f").replace(".", "_")
    return "-".join(
        [row.coupon or "granted", row.kind or "none", value, row.currency or "any",
         row.duration or "forever"]
    )  # fmt: skip


def _granted(key: str, currency: str) -> Discount:
    """A discount that the log knows as an amount alone."""
    return Discount(f"granted-{key}", "line", key, None, "amount", Decimal(), currency, "once")


def _price(
    id_: str,
    row: Price,
    tiers: list[tuple[Decimal | None, Decimal]],
    is_active: bool,
    facts: dict[str, str],
    is_metered: bool = False,
) -> Object:
    is_tiered = len(tiers) > 1
    first = tiers[0][1]
    whole = first * 100 == int(first * 100)
    found = _timed(
        "price",
        id_,
        row.valid_from or LIST_START,
        active=is_active,
        billing_scheme="tiered" if is_tiered else "per_unit",
        currency=row.currency.lower(),
        custom_unit_amount=None,
        lookup_key=None,
        metadata=facts,
        nickname=None,
        product=_product_id(row.service, row.plan),
        recurring=None
        if row.interval_unit == "one_time"
        else {
            "interval": row.interval_unit,
            "interval_count": row.interval_count or 1,
            "meter": None,
            "trial_period_days": None,
            "usage_type": "metered" if is_metered else "licensed",
        },
        tax_behavior="exclusive",
        tiers_mode="volume" if is_tiered else None,
        transform_quantity=None,
        type="one_time" if row.interval_unit == "one_time" else "recurring",
        unit_amount=cents(first) if whole and not is_tiered else None,
        unit_amount_decimal=None if is_tiered else _exact(first),
    )
    if is_tiered:
        ends = [int(begin or 1) - 1 for begin, _ in tiers[1:]]
        found["tiers"] = [
            {
                "flat_amount": None,
                "flat_amount_decimal": None,
                "unit_amount": cents(amount),
                "unit_amount_decimal": _exact(amount),
                "up_to": end,
            }
            for (_, amount), end in zip(tiers, [*ends, None], strict=True)
        ]
    return found


def _reason(row: Subscription) -> str | None:
    if row.end_reason is None:
        return None
    return "payment_failed" if row.end_reason == "involuntary" else "cancellation_requested"


def _negotiated(item: Item) -> dict[str, str]:
    """What the company writes beside an item, and beside each line that bills it."""
    facts = {
        "permanent_discount_rate": item.permanent_discount_rate,
        "permanent_discount_amount": item.permanent_discount_amount,
    }
    return {name: str(value) for name, value in facts.items() if value is not None}


def _line_parent(line: InvoiceLine, item: Item | None, key: str) -> Object:
    if item:
        return {
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": bool(line.is_proration),
                "proration_details": {"credited_items": None},
                "subscription": f"sub_{line.subscription_id}",
                "subscription_item": f"si_{item.item_id}",
            },
        }
    return {
        "type": "invoice_item_details",
        "invoice_item_details": {
            "invoice_item": f"ii_{key}",
            "proration": bool(line.is_proration),
            "proration_details": {"credited_items": None},
            "subscription": f"sub_{line.subscription_id}" if line.subscription_id else None,
        },
        "subscription_item_details": None,
    }


def _tax(amount: int, taxable: int) -> Object:
    return {
        "amount": amount,
        "tax_behavior": "exclusive",
        "tax_rate_details": {"tax_rate": "txr_vat"},
        "taxability_reason": "standard_rated",
        "taxable_amount": taxable,
        "type": "tax_rate_details",
    }
