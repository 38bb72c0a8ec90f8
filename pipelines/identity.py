"""Who is one customer, as published: links by record, and the share of each source that matched.

Ids, rules and counts only; what was compared stays in staging (docs/decisions/identity.md).
"""

from __future__ import annotations

import duckdb

from pipelines.warehouse import META_TABLES


def publish_identities(connection: duckdb.DuckDBPyConnection) -> None:
    """Write meta.identity_link and meta.identity_match anew, after canonical was built."""
    for table in ("identity_link", "identity_match"):
        connection.execute(f"create or replace table meta.{table} ({META_TABLES[table]})")
    is_built = connection.execute(
        "select count(*) > 0 from duckdb_tables() "
        "where schema_name = 'staging' and table_name = 'customer_identity'"
    ).fetchone()
    if is_built != (True,):
        return
    connection.execute(
        """
        insert into meta.identity_link
            (customer_id, source, source_customer_id, matched_by, status, since)
        select customer_id, source, source_customer_id, rule, 'linked', since
        from staging.customer_identity
        """
    )
    # Who shares a value with another source and was not linked: nobody can tell with whom.
    connection.execute(
        """
        insert into meta.identity_link
            (customer_id, source, source_customer_id, matched_by, status, since)
        select
            keys.customer_id, min(keys.source), keys.customer_id, min(keys.rule), 'ambiguous',
            min(keys.known_at)
        from staging.customer_key as keys
        inner join staging.customer_key_value as known
            on keys.rule = known.rule and keys.value = known.value
        where keys.customer_id not in (select source_customer_id from staging.customer_identity)
        group by keys.customer_id
        """
    )
    connection.execute(
        """
        insert into meta.identity_match
            (source, customers_n, matched_n, ambiguous_n, matched_rate)
        select
            customers.source,
            count(*),
            count(*) filter (links.status = 'linked'),
            count(*) filter (links.status = 'ambiguous'),
            cast(count(*) filter (links.status = 'linked') as decimal(18, 6)) / count(*)
        from canonical.customers as customers
        left join meta.identity_link as links
            on customers.customer_id = links.source_customer_id
        where not coalesce(customers.is_deleted, false)
        group by customers.source
        """
    )
