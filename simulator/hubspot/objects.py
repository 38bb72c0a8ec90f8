"""The log as HubSpot's objects.

A customer is a company whoever it is, and its people are contacts. What HubSpot has no place for
is kept in properties of the company's own, as a company would: its own numbers, segments, the list
price a line was sold from. Ids are HubSpot's own numbers, so nothing is found by the log's ids.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from simulator.hubspot.portal import Object, Portal, iso, made
from simulator.log import (
    Contact,
    Customer,
    Deal,
    DealLine,
    Log,
    Person,
    Price,
    SurveyQuestion,
    SurveyResponse,
)

_LIST_START = 1_672_524_000
_PIPELINE = "default"
# Each type of object counts from a number of its own.
_FIRST = {
    "companies": 9_100_000_000,
    "contacts": 151,
    "products": 1_200_000_000,
    "deals": 14_000_000_000,
    "line_items": 6_000_000_000,
    "calls": 42_000_000_000,
    "feedback_submissions": 3_000_000_000,
    "owners": 52_550_000,
}
# Names of stages as salespeople see them, and what HubSpot knows each by.
_STAGES = {"tarjottu": "contractsent", "voitettu": "closedwon", "hävitty": "closedlost"}
_BILLED = {
    ("week", 1): "weekly",
    ("month", 1): "monthly",
    ("month", 3): "quarterly",
    ("month", 6): "per_six_months",
    ("year", 1): "annually",
    ("year", 2): "per_two_years",
}
_INSTRUMENTS = {"nps": "NPS", "csat": "CSAT", "ces": "CES"}


def fill(portal: Portal, log: Log) -> Portal:
    """Put the log's customers and sales into a portal, as if they had been there for years."""
    owners = _owners(portal, log)
    companies = _number("companies", (row.customer_id for row in log.customers))
    _fill_companies(portal, log, companies)
    _fill_contacts(portal, log, companies)
    _fill_deals(portal, log, companies, owners, _fill_products(portal, log))
    return portal


def fill_calls(portal: Portal, log: Log) -> Portal:
    """Telephone contacts, for a company that logs them in HubSpot; after `fill`."""
    people = _ids(portal, "contacts", "person_number")
    companies = _ids(portal, "companies", "customer_number")
    owners = _owner_ids(log)
    teams = _team_numbers(log)
    calls = [contact for contact in log.contacts if contact.channel == "phone"]
    ids = _number("calls", (call.contact_id for call in calls))
    for call in calls:
        id_ = ids[call.contact_id]
        seconds = (call.talk_seconds or 0) + (call.hold_seconds or 0)
        portal.load(
            "calls",
            made(
                "calls", id_, call.started_at, call.started_at,
                hs_timestamp=iso(call.started_at),
                hs_call_direction=call.direction.upper(),
                hs_call_duration=str(seconds * 1000),
                hs_call_status=_ended(call),
                outcome=call.outcome if call.outcome == "after_hours" else None,
                queue=call.queue,
                hs_call_title="Puhelu",
                hs_activity_type=call.topic,
                hubspot_team_id=teams.get(call.team),
                hubspot_owner_id=owners.get(call.agent_id or ""),
                call_number=call.contact_id,
            ),
        )  # fmt: skip
        if call.person_id in people:
            portal.link("calls", id_, "contacts", people[call.person_id])
        if call.customer_id in companies:
            portal.link("calls", id_, "companies", companies[call.customer_id])
    return portal


def fill_surveys(portal: Portal, log: Log) -> Portal:
    """Answers to surveys that no ticket asked for; after `fill`."""
    people = _ids(portal, "contacts", "person_number")
    questions = {(asked.question_id, asked.version): asked for asked in log.survey_questions}
    answers = [answer for answer in log.survey_responses if answer.ticket_id is None]
    ids = _number("feedback_submissions", (answer.response_id for answer in answers))
    for answer in answers:
        id_ = ids[answer.response_id]
        contact = people.get(answer.person_id or "")
        question = questions[answer.question_id, answer.question_version]
        portal.load("feedback_submissions", _submission(answer, id_, question, contact))
        if contact:
            portal.link("feedback_submissions", id_, "contacts", contact)
    return portal


def _ended(call: Contact) -> str:
    if call.outcome == "blocked":
        return "FAILED" if call.block_cause == "network_fault" else "BUSY"
    return "COMPLETED" if call.outcome == "answered" else "NO_ANSWER"


def _submission(
    answer: SurveyResponse, id_: str, question: SurveyQuestion, contact: str | None
) -> Object:
    at = answer.submitted_at
    return made(
        "feedback_submissions", id_, at, at,
        hs_submission_timestamp=iso(at),
        hs_survey_type=_INSTRUMENTS.get(question.instrument, "CUSTOM"),
        hs_survey_id=answer.question_id,
        hs_survey_name=answer.question_id,
        hs_survey_channel=(answer.channel or "email").upper(),
        hs_value=_plain(answer.score),
        hs_content=answer.comment,
        hs_contact_id=contact,
        question_version=None if answer.question_version is None else str(answer.question_version),
        response_number=answer.response_id,
        # What the company asks on a scale or at a moment of its own.
        instrument=question.instrument,
        scale_min=_plain(question.scale_min),
        scale_max=_plain(question.scale_max),
        polarity=question.polarity,
        measurement_level=answer.measurement_level,
        touchpoint=answer.touchpoint,
        service=answer.service,
        unit=answer.unit,
        market=answer.market,
        wave=answer.wave,
    )  # fmt: skip


def _fill_companies(portal: Portal, log: Log, ids: Mapping[str, str]) -> None:
    now = portal.now
    for row in log.customers:
        id_ = ids[row.customer_id]
        portal.load("companies", _company(row, id_, ids.get(row.referred_by_customer_id or "")))
        if row.is_deleted:
            portal.now = row.updated_at or now
            portal.archive("companies", id_)
    portal.now = now


def _company(row: Customer, id_: str, referrer: str | None) -> Object:
    created = row.created_at or _LIST_START
    return made(
        "companies", id_, created, row.updated_at or created,
        name=row.name,
        country=row.country,
        state=row.region,
        lifecyclestage="customer",
        customer_number=row.customer_id,
        customer_type=row.customer_type,
        segment=row.segment,
        branch=row.branch,
        business_id=row.business_id,
        acquisition_source=row.acquisition_source,
        referred_by_customer_id=referrer and f"hubspot-{referrer}",
        referral_program=row.referral_program,
        is_internal=_truth(row.is_internal),
    )  # fmt: skip


def _fill_contacts(portal: Portal, log: Log, companies: Mapping[str, str]) -> None:
    ids = _number("contacts", (row.person_id for row in log.people))
    born = {row.customer_id: row.created_at for row in log.customers}
    for row in log.people:
        id_ = ids[row.person_id]
        created = born.get(row.customer_id or "") or _LIST_START
        portal.load("contacts", _contact(row, id_, created))
        if company := companies.get(row.customer_id or ""):
            portal.link("contacts", id_, "companies", company)
        if row.is_deleted:
            portal.archive("contacts", id_)


def _contact(row: Person, id_: str, created: int) -> Object:
    return made(
        "contacts", id_, created, row.updated_at or created,
        email=row.email,
        phone=row.phone,
        firstname=None,
        lastname=row.person_id,
        hs_language=row.language,
        can_be_surveyed=_truth(row.can_be_surveyed),
        person_number=row.person_id,
    )  # fmt: skip


def _fill_products(portal: Portal, log: Log) -> dict[str, str]:
    """A product per price in the list, with what it costs now in each currency."""
    newest: dict[str, dict[str, Price]] = defaultdict(dict)
    for price in log.prices:
        if price.tier_from_quantity in (None, Decimal(1)):
            newest[price.price_id][price.currency] = price
    ids = _number("products", newest)
    for price_id, by_currency in newest.items():
        first = by_currency.get("EUR") or next(iter(by_currency.values()))
        changed = max(price.valid_from or _LIST_START for price in by_currency.values())
        costs = {
            f"hs_price_{currency.lower()}": _plain(price.list_unit_price)
            for currency, price in by_currency.items()
        }
        portal.load(
            "products",
            made(
                "products", ids[price_id], _LIST_START, changed,
                name=first.plan,
                hs_sku=price_id,
                service=first.service,
                price=_plain(first.list_unit_price),
                recurringbillingfrequency=_BILLED.get(
                    (first.interval_unit, first.interval_count or 1)
                ),
                **costs,
            ),
        )  # fmt: skip
    return ids


def _fill_deals(
    portal: Portal,
    log: Log,
    companies: Mapping[str, str],
    owners: Mapping[str, str],
    products: Mapping[str, str],
) -> None:
    portal.pipelines[_PIPELINE] = _pipeline()
    ids = _number("deals", (row.deal_id for row in log.deals))
    lines = _number("line_items", (f"{row.deal_id} {row.line_no}" for row in log.deal_lines))
    people = {person.customer_id: person.person_id for person in reversed(log.people)}
    contacts = _ids(portal, "contacts", "person_number")
    for deal in log.deals:
        portal.load("deals", _deal(deal, ids[deal.deal_id], owners))
        if company := companies.get(deal.customer_id or ""):
            portal.link("deals", ids[deal.deal_id], "companies", company)
        if contact := contacts.get(people.get(deal.customer_id) or ""):
            portal.link("deals", ids[deal.deal_id], "contacts", contact)
    born = {deal.deal_id: deal for deal in log.deals}
    for line in log.deal_lines:
        id_ = lines[f"{line.deal_id} {line.line_no}"]
        portal.load("line_items", _line(line, id_, born[line.deal_id], products))
        portal.link("deals", ids[line.deal_id], "line_items", id_)


def _deal(row: Deal, id_: str, owners: Mapping[str, str]) -> Object:
    created, closed = row.created_at or _LIST_START, row.closed_at
    stage = _STAGES[row.stage or "tarjottu"]
    item = made(
        "deals", id_, created, row.updated_at or created,
        dealname=row.deal_id,
        pipeline=_PIPELINE,
        dealstage=stage,
        amount=_plain(row.amount),
        deal_currency_code=row.currency,
        closedate=None if closed is None else iso(closed),
        hubspot_owner_id=owners.get(row.owner_id or ""),
        hs_is_closed=_truth(row.is_won is not None),
        hs_is_closed_won=_truth(bool(row.is_won)),
        days_to_close=None if closed is None else str((closed - created) // 86_400),
        deal_number=row.deal_id,
    )  # fmt: skip
    stages = [(iso(created), _STAGES["tarjottu"])]
    if closed is not None:
        stages.append((iso(closed), stage))
    return item | {"history": {"dealstage": stages}}


def _line(row: DealLine, id_: str, deal: Deal, products: Mapping[str, str]) -> Object:
    created = deal.created_at or _LIST_START
    quantity, price = row.quantity or Decimal(1), row.unit_price or Decimal(0)
    discount = row.discount_amount
    return made(
        "line_items", id_, created, deal.updated_at or created,
        name=row.product_id,
        hs_product_id=products.get(row.price_id or ""),
        hs_sku=row.price_id,
        price=_plain(price),
        quantity=_plain(quantity),
        # HubSpot takes a discount off each unit.
        discount=None if discount is None else str(discount / quantity),
        hs_total_discount=_plain(discount or Decimal(0)),
        hs_pre_discount_amount=_plain(quantity * price),
        amount=_plain(quantity * price - (discount or 0)),
        hs_line_item_currency_code=row.currency,
        recurringbillingfrequency=_BILLED.get((row.billing_interval or "", 1)),
        hs_recurring_billing_period=None if row.term_months is None else f"P{row.term_months}M",
        hs_position_on_quote=str(row.line_no),
        list_unit_price=_plain(row.list_unit_price),
    )  # fmt: skip


def _pipeline() -> Object:
    won = {"closedwon": "1.0", "closedlost": "0.0", "contractsent": "0.9"}
    times = {"createdAt": iso(_LIST_START), "updatedAt": iso(_LIST_START), "archived": False}
    stages = [
        {
            "id": stage,
            "label": label,
            "displayOrder": order,
            "metadata": {
                "isClosed": _truth(stage.startswith("closed")),
                "probability": won[stage],
            },
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
            **times,
        }
        for order, (label, stage) in enumerate(_STAGES.items())
    ]
    return {
        "id": _PIPELINE,
        "label": "Myynti",
        "displayOrder": 0,
        "stages": stages,
        **times,
    }


def _teams(log: Log) -> dict[str, str | None]:
    """Whoever owns a deal or takes calls, and the team: that of the deal, or of the agent."""
    teams = {agent.agent_id: agent.team for agent in log.agents}
    return teams | {deal.owner_id: deal.team for deal in log.deals if deal.owner_id}


def _owner_ids(log: Log) -> dict[str, str]:
    return _number("owners", sorted(_teams(log)))


def _team_numbers(log: Log) -> dict[str | None, str]:
    names = {*_teams(log).values(), *(call.team for call in log.contacts)}
    return {team: str(n) for n, team in enumerate(sorted(filter(None, names)), 1)}


def _owners(portal: Portal, log: Log) -> dict[str, str]:
    """Whoever owns a deal or takes calls, in the team."""
    teams, numbers = _teams(log), _team_numbers(log)
    ids = _number("owners", sorted(teams))
    for owner, id_ in ids.items():
        team = teams[owner]
        portal.owners[id_] = {
            "id": id_,
            "email": f"{owner}@example.fi",
            "type": "PERSON",
            "firstName": owner.capitalize(),
            "lastName": "",
            "userId": int(id_) + 7,
            "userIdIncludingInactive": int(id_) + 7,
            "createdAt": iso(_LIST_START),
            "updatedAt": iso(_LIST_START),
            "archived": False,
            "teams": [{"id": numbers[team], "name": team, "primary": True}] if team else [],
        }
    return ids


def _number(type_: str, keys: Iterable[str]) -> dict[str, str]:
    """HubSpot's id of each, in the order in which they were made."""
    return {key: str(_FIRST[type_] + 3 * n) for n, key in enumerate(dict.fromkeys(keys))}


def _ids(portal: Portal, type_: str, name: str) -> dict[str | None, str]:
    """Ids of live objects by a property of theirs."""
    return {item["properties"].get(name): id_ for id_, item in portal.live[type_].items()}


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount.normalize(), "f")


def _truth(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()
