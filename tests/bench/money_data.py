"""A large company's billing as canonical rows, made by DuckDB in columns.

At scale 1: 2 million customers, 3 million subscriptions, 30 million invoice lines over 36 months.
Every id hashes to the same figures each time; nothing is drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
LINEAGE = {"source": "'files'", "load_id": "1", "changed_load_id": "1", "versions_n": "1"}


@dataclass(frozen=True)
class Size:
    """Rows of the large tables."""

    customers: int
    subscriptions: int

    @classmethod
    def of(cls, scale: float) -> Size:
        return cls(round(2_000_000 * scale), round(3_000_000 * scale))


def fill(connection: duckdb.DuckDBPyConnection, size: Size) -> None:
    """Put the company into the empty canonical tables, as one load."""
    connection.execute(
        "insert into meta.load values (1, 'run', 'files', 'any', 'file', 'x', 1, 0, now(), null)"
    )
    connection.execute(f"""
        create temp table life as
        select
            number,
            's' || number as subscription_id,
            -- Every second customer has two subscriptions.
            'c' || (number % {size.customers}) as customer_id,
            ['basic', 'team', 'company'][1 + number % 3] as plan,
            case when number % 20 = 0 then 'SEK' when number % 21 = 0 then 'USD' else 'EUR' end
                as currency,
            hash(number) % 36 as first_month,
            least(36, hash(number) % 36 + 1 + hash(number + 1) % 26) as end_month,
            1 + number % 4 as quantity
        from range({size.subscriptions}) as numbers (number)
    """)
    # Months are counted from July 2023.
    month = (
        "make_timestamptz(2023 + ({0} + 6)::bigint // 12, 1 + ({0} + 6)::bigint % 12, 1, 0, 0, 0, "
        "'Europe/Helsinki')"
    )
    starts, ends = month.format("first_month"), month.format("end_month")
    price = "case plan when 'basic' then 29.90 when 'team' then 79.00 else 249.00 end"
    _insert(connection, "services", "'app' as service, 'contractual' as churn_model")
    _insert(
        connection,
        "fx_rates",
        "currency, rate_date::date as rate_date, "
        "case currency when 'SEK' then 11 else 1.08 end + day(rate_date) / 1000 as units_per_eur",
        "range(timestamp '2023-06-01', timestamp '2026-07-01', interval 1 day) "
        "as days (rate_date), "
        "(values ('SEK'), ('USD')) as currencies (currency)",
    )
    _insert(
        connection,
        "prices",
        "plan || currency as price_id, plan, 'app' as service, currency, "
        f"'month' as interval_unit, 1 as interval_count, tier as tier_from_quantity, "
        f"{price} * (1 - tier / 100) * factor as list_unit_price, "
        "case when factor > 1 then timestamptz '2025-01-31 22:00:00Z' end as valid_from",
        "(values ('basic'), ('team'), ('company')) as plans (plan), "
        "(values ('EUR'), ('SEK'), ('USD')) as currencies (currency), "
        "(values (0), (3)) as tiers (tier), (values (1), (1.1)) as factors (factor)",
    )
    customer = (
        "'c' || number as customer_id, ['small', 'middle', 'large'][1 + number % 3] as segment, "
        "['web', 'partner', 'referral'][1 + number % 3] as acquisition_source, "
        "false as is_internal, timestamptz '2023-06-01 00:00:00Z' as updated_at"
    )
    customers = f"range({size.customers}) as numbers (number)"
    _insert(connection, "customers", customer, customers)
    _insert(connection, "customers_version", customer, customers)
    _insert(
        connection,
        "subscriptions",
        f"subscription_id, customer_id, 'app' as service, plan, "
        f"if(end_month < 36, 'canceled', 'active') as status, {starts} as started_at, "
        f"if(end_month < 36, {ends}, null) as ended_at, "
        "['voluntary', 'involuntary', 'business_end'][1 + number % 3] as end_reason, currency",
        "life",
    )
    _insert(
        connection,
        "subscription_items",
        f"'i' || number as item_id, subscription_id, plan || currency as price_id, plan, "
        f"{starts} as valid_from, if(end_month < 36, {ends}, null) as valid_to, quantity, "
        f"{price} as unit_price, currency, 'month' as interval_unit, 1 as interval_count, "
        "if(number % 10 = 0, 0.1, null) as permanent_discount_rate",
        "life",
    )
    connection.execute(f"""
        create temp table billed as
        select
            life.*,
            customer_id || '-' || months.month as invoice_id,
            -- A customer's subscriptions stand on one invoice a month.
            1 + (number >= {size.customers})::bigint as line_no,
            months.month,
            {month.format("months.month")} as service_from,
            {month.format("months.month + 1")} as service_to
        from life
        inner join range(36) as months (month)
            on months.month >= first_month and months.month < end_month
    """)
    _insert(
        connection,
        "invoices",
        "invoice_id, any_value(customer_id) as customer_id, "
        "any_value((service_from at time zone 'Europe/Helsinki')::date) as issued_on, "
        "any_value((service_from at time zone 'Europe/Helsinki')::date + 14) as due_on, "
        "case when min(hash(invoice_id)) % 50 = 0 then 'open' else 'paid' end as status, "
        "min(currency) as currency",
        "billed",
        "group by invoice_id",
    )
    _insert(
        connection,
        "invoice_lines",
        f"invoice_id, line_no, subscription_id, plan || currency as price_id, 'app' as service, "
        f"plan, ['web', 'partner'][1 + number % 2] as sales_channel, service_from, service_to, "
        f"quantity, {price} as unit_price, "
        f"if(number % 7 = 0, 5, null) as line_discount_amount, "
        f"{price} * quantity - if(number % 7 = 0, 5, 0) as net_amount, true as is_recurring, "
        # The invoice has one currency.
        "min(currency) over (partition by invoice_id) as currency",
        "billed",
    )
    _insert(
        connection,
        "credit_note_lines",
        "'n' || invoice_id || line_no as credit_note_id, 1 as line_no, invoice_id, "
        "line_no as invoice_line_no, issued_on, 'goodwill' as reason, 10 as net_amount, currency",
        "(select lines.*, invoices.issued_on + 5 as issued_on "
        "from canonical.invoice_lines as lines "
        "inner join canonical.invoices using (invoice_id) "
        "where hash(lines.invoice_id) % 100 = 1) as credited",
    )
    _insert(
        connection,
        "payments",
        # Nearly all pay what they owe; one in a hundred keeps something back.
        "'p' || invoice_id as payment_id, invoice_id, "
        "any_value(due_on)::timestamptz + interval 1 hour as paid_at, "
        "sum(net_amount) - if(hash(invoice_id) % 100 = 2, 1, 0) as amount, "
        "any_value(lines.currency) as currency, 'succeeded' as status",
        "canonical.invoices inner join canonical.invoice_lines as lines using (invoice_id)",
        "where status = 'paid' group by invoice_id",
    )
    connection.execute("drop table billed; drop table life; checkpoint")


def _insert(
    connection: duckdb.DuckDBPyConnection,
    entity: str,
    columns: str,
    source: str = "(select 1)",
    rest: str = "",
) -> None:
    present = connection.execute(
        "select column_name from duckdb_columns() "
        "where schema_name = 'canonical' and table_name = ?",
        [entity],
    ).fetchall()
    lineage = ", ".join(f"{LINEAGE[name]} as {name}" for (name,) in present if name in LINEAGE)
    connection.execute(
        f"insert into canonical.{entity} by name select {columns}, {lineage} from {source} {rest}"
    )
