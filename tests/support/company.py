"""A company small enough to check in the head, for tests of the road rather than of the figures.

Three customers with one subscription each at 100 a month: a stays, b leaves in March, c arrives in
March. One ticket, answered and solved. One row that no contract allows.
"""

from __future__ import annotations

from pathlib import Path

FILES = {
    "customers.csv": """\
customer_id,name,segment
a,Aino Oy,small
b,Baari Ab,small
c,Cafe Oy,large
""",
    "subscriptions.csv": """\
subscription_id,customer_id,service,plan,status,started_at,ended_at,currency
s-a,a,web,basic,active,2026-01-01,,EUR
s-b,b,web,basic,canceled,2026-01-01,2026-02-28,EUR
s-c,c,web,basic,active,2026-03-10,,EUR
s-x,nobody,web,basic,active,2026-03-10,,EUR
""",
    "subscription_items.csv": """\
item_id,subscription_id,valid_from,valid_to,quantity,unit_price,currency,interval_unit,interval_count
i-a,s-a,2026-01-01,,1,100.00,EUR,month,1
i-b,s-b,2026-01-01,2026-02-28,1,100.00,EUR,month,1
i-c,s-c,2026-03-10,,1,100.00,EUR,month,1
""",
    "tickets.csv": """\
ticket_id,customer_id,channel,created_at,status,team,solved_at
t-1,a,email,2026-03-02T08:00:00Z,solved,help,2026-03-02T10:00:00Z
""",
    "messages.csv": """\
message_id,ticket_id,author_type,author_id,is_public,sent_at
m-1,t-1,customer,,true,2026-03-02T08:00:00Z
m-2,t-1,agent,ann,true,2026-03-02T09:00:00Z
""",
    "ticket_events.csv": """\
event_id,ticket_id,occurred_at,field,from_value,to_value
e-1,t-1,2026-03-02T08:30:00Z,agent_id,,ann
e-2,t-1,2026-03-02T10:00:00Z,status,open,solved
""",
}


def write_company(inbox: Path) -> Path:
    """Write the contract files into `inbox`; returns it."""
    for name, text in FILES.items():
        (inbox / name).write_text(text, encoding="utf-8")
    return inbox
