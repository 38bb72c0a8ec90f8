"""The log: what happened in the simulated company, as rows with the columns of CONTRACT.md.

Only shapes belong here. Instants are seconds in UTC, days are day numbers (`simulator.almanac`), an
`End` is exclusive whatever its file says; money and quantities are Decimal.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Annotated, NamedTuple

Instant = Annotated[int, "instant"]
End = Annotated[int, "end"]
Day = Annotated[int, "day"]


class Service(NamedTuple):
    service: str
    churn_model: str | None = None
    inactivity_days: int | None = None
    gross_margin_rate: Decimal | None = None


class Price(NamedTuple):
    price_id: str
    plan: str
    currency: str
    interval_unit: str
    list_unit_price: Decimal
    service: str | None = None
    interval_count: int | None = None
    tier_from_quantity: Decimal | None = None
    target_unit_price: Decimal | None = None
    valid_from: Instant | None = None
    valid_to: End | None = None


class Customer(NamedTuple):
    customer_id: str
    name: str | None = None
    customer_type: str | None = None
    segment: str | None = None
    region: str | None = None
    branch: str | None = None
    country: str | None = None
    acquisition_source: str | None = None
    referred_by_customer_id: str | None = None
    referral_program: str | None = None
    business_id: str | None = None
    is_internal: bool | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    is_deleted: bool | None = None


class Person(NamedTuple):
    person_id: str
    customer_id: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    can_be_surveyed: bool | None = None
    updated_at: Instant | None = None
    is_deleted: bool | None = None


class User(NamedTuple):
    user_id: str
    customer_id: str | None = None
    person_id: str | None = None
    is_bot: bool | None = None


class Subscription(NamedTuple):
    subscription_id: str
    customer_id: str
    status: str
    started_at: Instant
    currency: str
    service: str | None = None
    plan: str | None = None
    branch: str | None = None
    trial_start_at: Instant | None = None
    trial_end_at: End | None = None
    cancel_requested_at: Instant | None = None
    ended_at: End | None = None
    end_reason: str | None = None
    committed_term_months: int | None = None
    updated_at: Instant | None = None
    is_deleted: bool | None = None


class Item(NamedTuple):
    item_id: str
    subscription_id: str
    valid_from: Instant
    quantity: Decimal
    unit_price: Decimal
    currency: str
    interval_unit: str
    interval_count: int
    price_id: str | None = None
    plan: str | None = None
    valid_to: End | None = None
    permanent_discount_rate: Decimal | None = None
    permanent_discount_amount: Decimal | None = None
    is_metered: bool | None = None


class State(NamedTuple):
    subscription_id: str
    status: str
    valid_from: Instant
    valid_to: End | None = None


class Pause(NamedTuple):
    subscription_id: str
    paused_from: Instant
    paused_to: End | None = None


class Discount(NamedTuple):
    discount_id: str
    scope: str
    scope_id: str
    coupon: str | None = None
    kind: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    duration: str | None = None
    starts_at: Instant | None = None
    ends_at: End | None = None


class Invoice(NamedTuple):
    invoice_id: str
    customer_id: str
    issued_on: Day
    status: str
    currency: str
    subscription_id: str | None = None
    due_on: Day | None = None
    invoice_discount_amount: Decimal | None = None
    total_excl_tax: Decimal | None = None
    tax_amount: Decimal | None = None
    updated_at: Instant | None = None


class InvoiceLine(NamedTuple):
    invoice_id: str
    line_no: int
    quantity: Decimal
    unit_price: Decimal
    currency: str
    subscription_id: str | None = None
    price_id: str | None = None
    service: str | None = None
    plan: str | None = None
    sales_channel: str | None = None
    sales_team: str | None = None
    service_from: Instant | None = None
    service_to: End | None = None
    line_discount_amount: Decimal | None = None
    net_amount: Decimal | None = None
    is_net_of_invoice_discount: bool | None = None
    tax_amount: Decimal | None = None
    is_recurring: bool | None = None
    is_proration: bool | None = None
    proration_factor: Decimal | None = None
    list_unit_price: Decimal | None = None


class CreditNoteLine(NamedTuple):
    credit_note_id: str
    line_no: int
    issued_on: Day
    reason: str
    net_amount: Decimal
    currency: str
    invoice_id: str | None = None
    invoice_line_no: int | None = None


class Payment(NamedTuple):
    payment_id: str
    amount: Decimal
    currency: str
    status: str
    invoice_id: str | None = None
    paid_at: Instant | None = None
    failure_code: str | None = None


class Order(NamedTuple):
    order_id: str
    ordered_at: Instant
    net_amount: Decimal
    currency: str
    customer_id: str | None = None
    service: str | None = None
    source: str | None = None
    referral_program: str | None = None
    is_first_order: bool | None = None


class Deal(NamedTuple):
    deal_id: str
    customer_id: str | None = None
    owner_id: str | None = None
    team: str | None = None
    stage: str | None = None
    is_won: bool | None = None
    amount: Decimal | None = None
    currency: str | None = None
    created_at: Instant | None = None
    closed_at: Instant | None = None
    updated_at: Instant | None = None


class DealLine(NamedTuple):
    deal_id: str
    line_no: int
    product_id: str | None = None
    price_id: str | None = None
    quantity: Decimal | None = None
    list_unit_price: Decimal | None = None
    unit_price: Decimal | None = None
    discount_amount: Decimal | None = None
    currency: str | None = None
    billing_interval: str | None = None
    term_months: int | None = None


class FxRate(NamedTuple):
    currency: str
    rate_date: Day
    units_per_eur: Decimal


class Unit(NamedTuple):
    unit: str
    unit_type: str | None = None
    parent_unit: str | None = None


class Team(NamedTuple):
    team: str
    unit: str | None = None
    time_zone: str | None = None
    schedule: str | None = None
    holidays: str | None = None
    valid_from: Instant | None = None


class Agent(NamedTuple):
    agent_id: str
    name: str | None = None
    team: str | None = None
    role: str | None = None
    updated_at: Instant | None = None


class Ticket(NamedTuple):
    ticket_id: str
    channel: str
    created_at: Instant
    status: str
    customer_id: str | None = None
    person_id: str | None = None
    requester_address: str | None = None
    topic: str | None = None
    priority: str | None = None
    team: str | None = None
    agent_id: str | None = None
    service: str | None = None
    branch: str | None = None
    created_by: str | None = None
    first_assigned_at: Instant | None = None
    solved_at: Instant | None = None
    is_spam: bool | None = None
    is_test: bool | None = None
    merged_into_ticket_id: str | None = None
    updated_at: Instant | None = None
    agent_marked_fcr: bool | None = None


class TicketEvent(NamedTuple):
    event_id: str
    ticket_id: str
    occurred_at: Instant
    field: str
    from_value: str | None = None
    to_value: str | None = None
    actor_id: str | None = None
    actor_type: str | None = None


class Message(NamedTuple):
    message_id: str
    ticket_id: str
    author_type: str
    is_public: bool
    sent_at: Instant
    author_id: str | None = None
    is_automated: bool | None = None


class Contact(NamedTuple):
    contact_id: str
    channel: str
    direction: str
    started_at: Instant
    outcome: str
    ticket_id: str | None = None
    queue: str | None = None
    topic: str | None = None
    team: str | None = None
    agent_id: str | None = None
    customer_id: str | None = None
    person_id: str | None = None
    block_cause: str | None = None
    queue_seconds: int | None = None
    talk_seconds: int | None = None
    hold_seconds: int | None = None
    after_call_seconds: int | None = None
    handle_seconds: int | None = None
    is_resolved: bool | None = None


class SlaPolicy(NamedTuple):
    metric: str
    target_seconds: int
    channel: str | None = None
    priority: str | None = None
    clock: str | None = None
    pausing_statuses: str | None = None
    valid_from: Instant | None = None


class SurveyQuestion(NamedTuple):
    question_id: str
    instrument: str
    scale_min: Decimal
    scale_max: Decimal
    version: int | None = None
    polarity: str | None = None
    language: str | None = None


class SurveyInvitation(NamedTuple):
    invitation_id: str
    question_id: str
    channel: str
    sent_at: Instant
    person_id: str | None = None
    customer_id: str | None = None
    touchpoint: str | None = None
    measurement_level: str | None = None
    delivery_status: str | None = None


class SurveyResponse(NamedTuple):
    response_id: str
    question_id: str
    measurement_level: str
    score: Decimal
    submitted_at: Instant
    question_version: int | None = None
    invitation_id: str | None = None
    encounter_id: str | None = None
    person_id: str | None = None
    customer_id: str | None = None
    ticket_id: str | None = None
    agent_id: str | None = None
    service: str | None = None
    unit: str | None = None
    market: str | None = None
    touchpoint: str | None = None
    channel: str | None = None
    comment: str | None = None
    wave: str | None = None


class Touchpoint(NamedTuple):
    touchpoint: str
    journey: str | None = None
    stage: str | None = None
    is_moment_of_truth: bool | None = None
    owner_role: str | None = None
    owner: str | None = None
    unit: str | None = None


class Encounter(NamedTuple):
    encounter_id: str
    touchpoint: str
    occurred_at: Instant
    customer_id: str | None = None
    person_id: str | None = None


class Followup(NamedTuple):
    response_id: str
    followed_up_at: Instant
    owner: str | None = None


class QaReview(NamedTuple):
    review_id: str
    category: str
    reviewed_at: Instant
    ticket_id: str | None = None
    agent_id: str | None = None
    team: str | None = None
    reviewer_id: str | None = None
    weight: Decimal | None = None
    is_critical: bool | None = None
    score: Decimal | None = None
    scale_min: Decimal | None = None
    scale_max: Decimal | None = None
    is_random_sample: bool | None = None


class AgentTime(NamedTuple):
    agent_id: str
    day: Day
    logged_seconds: int | None = None
    available_seconds: int | None = None
    handling_seconds: int | None = None
    break_seconds: int | None = None
    training_seconds: int | None = None


class Referral(NamedTuple):
    referral_id: str
    referrer_customer_id: str
    invited_at: Instant
    program: str | None = None
    invitee_customer_id: str | None = None
    converted_order_id: str | None = None
    converted_at: Instant | None = None


class ActivityEvent(NamedTuple):
    event_id: str
    user_id: str
    event_type: str
    occurred_at: Instant
    customer_id: str | None = None
    service: str | None = None
    platform: str | None = None
    is_bot: bool | None = None
    is_qualifying: bool | None = None


class Cost(NamedTuple):
    month: Day
    cost_type: str
    amount: Decimal
    currency: str
    unit: str | None = None
    channel: str | None = None


class PublicReview(NamedTuple):
    review_id: str
    platform: str
    score: Decimal
    scale_min: Decimal
    scale_max: Decimal
    published_on: Day
    service: str | None = None


class MetricTarget(NamedTuple):
    metric_id: str
    valid_from: Instant
    target: Decimal
    unit: str | None = None
    owner_role: str | None = None
    owner: str | None = None


class Change(NamedTuple):
    change_id: str
    metric_id: str
    started_on: Day
    unit: str | None = None
    washout_days: int | None = None
    control_unit: str | None = None
    cost: Decimal | None = None
    currency: str | None = None


@dataclass
class Log:
    """Every row of every entity, in the order in which it was delivered."""

    services: list[Service] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    subscription_items: list[Item] = field(default_factory=list)
    subscription_states: list[State] = field(default_factory=list)
    subscription_pauses: list[Pause] = field(default_factory=list)
    discounts: list[Discount] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    invoice_lines: list[InvoiceLine] = field(default_factory=list)
    credit_note_lines: list[CreditNoteLine] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    deal_lines: list[DealLine] = field(default_factory=list)
    fx_rates: list[FxRate] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    ticket_events: list[TicketEvent] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    sla_policies: list[SlaPolicy] = field(default_factory=list)
    survey_questions: list[SurveyQuestion] = field(default_factory=list)
    survey_invitations: list[SurveyInvitation] = field(default_factory=list)
    survey_responses: list[SurveyResponse] = field(default_factory=list)
    touchpoints: list[Touchpoint] = field(default_factory=list)
    encounters: list[Encounter] = field(default_factory=list)
    followups: list[Followup] = field(default_factory=list)
    qa_reviews: list[QaReview] = field(default_factory=list)
    agent_time: list[AgentTime] = field(default_factory=list)
    referrals: list[Referral] = field(default_factory=list)
    activity_events: list[ActivityEvent] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    reviews_public: list[PublicReview] = field(default_factory=list)
    metric_targets: list[MetricTarget] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


ROW_TYPES: dict[str, type[NamedTuple]] = {
    "services": Service,
    "prices": Price,
    "customers": Customer,
    "people": Person,
    "users": User,
    "subscriptions": Subscription,
    "subscription_items": Item,
    "subscription_states": State,
    "subscription_pauses": Pause,
    "discounts": Discount,
    "invoices": Invoice,
    "invoice_lines": InvoiceLine,
    "credit_note_lines": CreditNoteLine,
    "payments": Payment,
    "orders": Order,
    "deals": Deal,
    "deal_lines": DealLine,
    "fx_rates": FxRate,
    "units": Unit,
    "teams": Team,
    "agents": Agent,
    "tickets": Ticket,
    "ticket_events": TicketEvent,
    "messages": Message,
    "contacts": Contact,
    "sla_policies": SlaPolicy,
    "survey_questions": SurveyQuestion,
    "survey_invitations": SurveyInvitation,
    "survey_responses": SurveyResponse,
    "touchpoints": Touchpoint,
    "encounters": Encounter,
    "followups": Followup,
    "qa_reviews": QaReview,
    "agent_time": AgentTime,
    "referrals": Referral,
    "activity_events": ActivityEvent,
    "costs": Cost,
    "reviews_public": PublicReview,
    "metric_targets": MetricTarget,
    "changes": Change,
}


def entities() -> list[str]:
    """Names of all entities of the log, parents first."""
    return [column.name for column in fields(Log)]
