"""From contract files to canonical and quarantine: nothing is lost, and every reason says where.

`build` checks in every test that rows in = current + superseded + quarantined.
"""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from pipelines.row_account import RepeatedKeys, repeated_keys
from pipelines.warehouse import pseudonym_key
from tests.support.build import build, deliver, reasons, rows
from tests.support.dbt import WarehouseUnderTest
from tests.support.deliveries import NOW


def _account(warehouse: WarehouseUnderTest, entity: str) -> tuple[int, int, int, int]:
    [row] = warehouse.query(
        "select rows_in, rows_current, rows_superseded, rows_quarantined from meta.row_account "
        "where entity = ?",
        [entity],
    )
    return row  # type: ignore[return-value]


def test_a_broken_row_is_set_aside_with_its_place_and_the_rest_is_built(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    deliver(
        warehouse,
        tmp_path,
        {
            "customers.csv": "customer_id;name;is_internal\nc1;Aino;0\nc2;Baari;maybe\n;Cafe;\n"
            'c4;one;too;many\nc5;"Robert\'); drop table customers;--";1\n'
        },
    )
    build(warehouse)
    assert _account(warehouse, "customers") == (5, 2, 0, 3)
    assert warehouse.query(
        "select customer_id, name, is_internal, row_no from canonical.customers"
    ) == [
        ("c1", "Aino", False, 2),
        ("c5", "Robert'); drop table customers;--", True, 6),
    ]
    found = warehouse.query(
        "select source, entity, load_id, row_no, file, reasons, first_seen_at, payload "
        "from quarantine.customers order by row_no"
    )
    assert [row[:7] for row in found] == [
        ("files", "customers", 1, 3, "customers.csv",
         'is_internal: "maybe" is none of true, false, 1, 0', NOW),
        ("files", "customers", 1, 4, "customers.csv", "customer_id: required, but missing", NOW),
        ("files", "customers", 1, 5, "customers.csv",
         "line: 4 values where the header has 3 columns", NOW),
    ]  # fmt: skip
    payload = json.loads(found[0][7])
    assert payload["customer_id"] == "c2"
    assert payload["name"] == "***", "a name is personal"
    assert json.loads(found[2][7]) == {"line": "***"}


def test_all_reasons_of_a_row_are_told_at_once(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    deliver(
        warehouse,
        tmp_path,
        {
            "subscription_items.csv": "item_id,subscription_id,valid_from,quantity,unit_price,"
            "currency,interval_unit,interval_count\n"
            'i1,s1,31.3.2026,-1,"1,5",DOGE,fortnight,1\n'
            "i2,s1,2026-01-01,1,1,EUR,month,0\n"
            "i3,s1,2026-01-01,1,1,EUR,one_time,0\n"
        },
    )
    build(warehouse)
    assert reasons(warehouse, "subscription_items") == [
        (
            2,
            'valid_from: "31.3.2026" is no ISO 8601 instant; quantity: "-1" is below 0; '
            'unit_price: "1,5" is no number that fits decimal(18,6); '
            'currency: "DOGE" is no ISO 4217 currency; '
            'interval_unit: "fortnight" is none of day, week, month, year, one_time',
        ),
        (3, "interval_count: a recurring price needs an interval above 0"),
    ]


def test_an_absurd_amount_is_refused_and_stops_nobody_else(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    deliver(
        warehouse,
        tmp_path,
        {
            "subscription_items.csv": "item_id,subscription_id,valid_from,quantity,unit_price,"
            "currency,interval_unit,interval_count\n"
            "i1,s1,2026-01-01,900000000000,900000000000,EUR,day,1\n"
            "i2,s1,2026-01-01,1,9999999999,EUR,day,1\n"
            "i3,s1,2026-01-01,5,9999999999,EUR,month,1\n",
            "invoice_lines.csv": "invoice_id,line_no,quantity,unit_price,net_amount,currency\n"
            "v1,1,900000000000,-900000000000,,EUR\nv1,2,1,1,100000000000,EUR\n"
            "v1,3,1,99999999999,99999999999,EUR\n",
        },
    )
    build(warehouse)
    too_much = "net_amount: a hundred thousand million or more; check the unit"
    assert reasons(warehouse, "invoice_lines") == [(2, too_much), (3, too_much)]
    assert _account(warehouse, "invoice_lines") == (3, 1, 0, 2)
    too_dear = "unit_price: fifty thousand million a month or more; check the unit"
    assert reasons(warehouse, "subscription_items") == [(2, too_dear), (3, too_dear)]
    assert _account(warehouse, "subscription_items") == (3, 1, 0, 2)


def test_negative_quantities_are_refused_in_items_and_deal_lines_only(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    deliver(
        warehouse,
        tmp_path,
        {
            "deal_lines.csv": "deal_id,line_no,quantity\nd1,1,-1\nd1,2,1\n",
            "invoice_lines.csv": "invoice_id,line_no,quantity,unit_price,currency\n"
            "v1,1,-1,5,EUR\nv1,2,1,-5,EUR\n",
        },
    )
    build(warehouse)
    assert reasons(warehouse, "deal_lines") == [(2, 'quantity: "-1" is below 0')]
    assert _account(warehouse, "invoice_lines") == (2, 2, 0, 0)


def test_orphans_are_set_aside_down_the_line_and_only_where_the_parent_was_delivered(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    deliver(
        warehouse,
        tmp_path,
        {
            "customers.csv": "customer_id\nc1\n",
            "invoices.csv": "invoice_id,customer_id,issued_on,status,currency\n"
            "v1,c1,2026-01-01,paid,EUR\nv2,nobody,2026-01-01,paid,EUR\n",
            "invoice_lines.csv": "invoice_id,line_no,quantity,unit_price,currency,subscription_id\n"
            "v1,1,1,5,EUR,s-unknown\nv2,1,1,5,EUR,\nv3,1,1,5,EUR,\n",
            "messages.csv": "message_id,ticket_id,author_type,is_public,sent_at\n"
            "m1,t-of-a-helpdesk-not-connected,agent,true,2026-01-01\n",
            "orders.csv": "order_id,customer_id,ordered_at,net_amount,currency\n"
            "o1,nobody,2026-01-01,5,EUR\no2,,2026-01-01,5,EUR\n",
        },
    )
    build(warehouse)
    assert reasons(warehouse, "invoices") == [(3, 'customer_id: no row "nobody" in customers')]
    assert reasons(warehouse, "invoice_lines") == [
        (3, 'invoice_id: no row "v2" in invoices'),
        (4, 'invoice_id: no row "v3" in invoices'),
    ]
    assert _account(warehouse, "messages") == (1, 1, 0, 0)
    assert _account(warehouse, "orders") == (2, 2, 0, 0), "an optional reference is kept"


def test_a_parent_of_which_only_bad_rows_came_is_delivered_all_the_same(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    deliver(
        warehouse,
        tmp_path,
        {
            "customers.csv": "customer_id,is_internal\nc1,maybe\n",
            "subscriptions.csv": "subscription_id,customer_id,status,started_at,currency\n"
            "s1,c1,active,2026-01-01,EUR\n",
        },
    )
    build(warehouse)
    assert reasons(warehouse, "subscriptions") == [(2, 'customer_id: no row "c1" in customers')]


def test_an_amount_needs_a_rate_on_or_before_its_day(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    deliver(
        warehouse,
        tmp_path,
        {
            "fx_rates.csv": "currency,rate_date,units_per_eur\nUSD,2026-04-02,1.0950\n",
            "invoices.csv": "invoice_id,customer_id,issued_on,status,currency\n"
            "late,c,2026-04-05,paid,USD\nfirst,c,2026-04-02,paid,USD\nearly,c,2026-04-01,paid,USD\n"
            "euro,c,2020-01-01,paid,EUR\nsek,c,2026-04-05,paid,SEK\n",
            "invoice_lines.csv": "invoice_id,line_no,quantity,unit_price,currency\n"
            "late,1,1,5,USD\nearly,1,1,5,USD\neuro,1,1,5,USD\n",
            "credit_note_lines.csv": "credit_note_id,line_no,invoice_id,issued_on,reason,"
            "net_amount,currency\nn1,1,euro,2026-05-01,price,-1,USD\nn2,1,,2026-05-01,price,-1,USD\n"
            "n3,1,,2026-03-01,price,-1,USD\n",
            "orders.csv": "order_id,ordered_at,net_amount,currency\n"
            "o1,2026-04-01T20:59:59Z,5,USD\no2,2026-04-01T21:00:00Z,5,USD\n",
            "costs.csv": "month,cost_type,amount,currency\n2026-04-30,support,5,USD\n"
            "2026-05-31,support,5,USD\n",
            "subscription_items.csv": "item_id,subscription_id,valid_from,quantity,unit_price,"
            "currency,interval_unit,interval_count\ni1,s,2026-04-15,1,1,USD,month,1\n"
            "i2,s,2026-04-30T21:00:00Z,1,1,USD,month,1\n",
        },
    )
    build(warehouse)
    assert reasons(warehouse, "invoices") == [
        (4, "currency: no rate for USD on or before 2026-04-01"),
        (6, "currency: no rate for SEK on or before 2026-04-05"),
    ]
    assert reasons(warehouse, "invoice_lines") == [
        (3, 'invoice_id: no row "early" in invoices'),
        (4, "currency: no rate for USD on or before 2020-01-01"),
    ]
    assert reasons(warehouse, "credit_note_lines") == [
        (2, "currency: no rate for USD on or before 2020-01-01"),
        (4, "currency: no rate for USD on or before 2026-03-01"),
    ]
    assert reasons(warehouse, "orders") == [
        (2, "currency: no rate for USD on or before 2026-04-01")
    ], "the second falls on 2 April in Helsinki"
    assert reasons(warehouse, "costs") == [(2, "currency: no rate for USD on or before 2026-04-01")]
    assert reasons(warehouse, "subscription_items") == [
        (2, "currency: no rate for USD on or before 2026-03-31")
    ], "a stock of May uses the last rate before 1 May"


def test_without_any_rates_only_euros_are_current(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    deliver(
        warehouse,
        tmp_path,
        {
            "invoices.csv": "invoice_id,customer_id,issued_on,status,currency\n"
            "v1,c,2026-04-05,paid,USD\nv2,c,2026-04-05,paid,EUR\n"
        },
    )
    build(warehouse)
    assert reasons(warehouse, "invoices") == [
        (2, "currency: no rate for USD on or before 2026-04-05")
    ]


def test_a_cancellation_without_any_end_is_set_aside(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    deliver(
        warehouse,
        tmp_path,
        {
            "subscriptions.csv": "subscription_id,customer_id,status,started_at,currency,ended_at,"
            "updated_at\nended,c,canceled,2026-01-01,EUR,2026-02-01,\n"
            "touched,c,canceled,2026-01-01,EUR,,2026-02-01\n"
            "with-states,c,canceled,2026-01-01,EUR,,\n"
            "bad-states,c,canceled,2026-01-01,EUR,,\n"
            "nothing,c,canceled,2026-01-01,EUR,,\n",
            "subscription_states.csv": "subscription_id,status,valid_from\n"
            "with-states,canceled,2026-02-01\nbad-states,canceled,1.2.2026\n",
        },
    )
    build(warehouse)
    said = "ended_at: canceled, but neither ended_at, updated_at nor subscription_states say when"
    assert reasons(warehouse, "subscriptions") == [(5, said), (6, said)]


def test_the_version_updated_last_counts_and_a_bad_newer_one_does_not_displace_it(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    deliver(
        warehouse,
        tmp_path,
        {
            "customers/1.csv": "customer_id,segment,updated_at\n"
            "by-update,new,2026-03-01\nby-update,old,2026-01-01\nbad,good,2026-01-01\n"
            "undated,first,\nundated,last line,\ndated,dated,2020-01-01\n",
            "customers/2.csv": "customer_id,segment,updated_at\n"
            "by-update,older still,2025-01-01\nbad,broken,2026-99-99\nundated,next file,\n"
            "dated,undated,\n",
        },
    )
    build(warehouse)
    assert warehouse.query(
        "select customer_id, segment, versions_n from canonical.customers order by 1"
    ) == [
        ("bad", "good", 1),
        ("by-update", "new", 3),
        ("dated", "dated", 2),
        ("undated", "next file", 3),
    ]
    assert _account(warehouse, "customers") == (10, 4, 5, 1)
    assert repeated_keys(warehouse.connection, "run-1") == [
        RepeatedKeys("customers", "customers/1.csv", 1, "customer_id undated in rows 5, 6")
    ]


def test_a_corrected_file_supersedes_by_key_and_absent_rows_stay(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    header = "order_id,ordered_at,net_amount,currency\n"
    deliver(
        warehouse, tmp_path, {"orders.csv": header + "o1,2026-01-01,5,EUR\no2,2026-01-01,6,EUR\n"}
    )
    build(warehouse)
    deliver(warehouse, tmp_path, {"orders.csv": header + "o1,2026-01-01,7,EUR\n"})
    build(warehouse, full_refresh=False, run_id="run-2")
    orders = warehouse.query(
        "select order_id, net_amount::int, versions_n from canonical.orders order by 1"
    )
    assert orders == [("o1", 7, 2), ("o2", 6, 1)]


def test_key_parts_that_are_missing_are_equal(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    header = "channel,metric,target_seconds,valid_from\n"
    deliver(
        warehouse,
        tmp_path,
        {
            "sla_policies/1.csv": header
            + ",first_reply,600,\n,resolution,600,\nemail,first_reply,600,\n"
        },
    )
    build(warehouse)
    deliver(warehouse, tmp_path, {"sla_policies/2.csv": header + ",first_reply,900,\n"})
    build(warehouse, full_refresh=False, run_id="run-2")
    policies = warehouse.query(
        "select channel, metric, target_seconds, versions_n from canonical.sla_policies "
        "order by all"
    )
    assert policies == [
        ("email", "first_reply", 600, 1),
        (None, "first_reply", 900, 2),
        (None, "resolution", 600, 1),
    ]


def test_waiting_rows_leave_quarantine_when_what_they_wait_for_arrives(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    deliver(
        warehouse,
        tmp_path,
        {
            "customers.csv": "customer_id\nc1\n",
            "invoices.csv": "invoice_id,customer_id,issued_on,status,currency\n"
            "v1,c2,2026-04-05,paid,USD\n",
            "invoice_lines.csv": "invoice_id,line_no,quantity,unit_price,currency\nv1,1,1,5,USD\n",
            "fx_rates.csv": "currency,rate_date,units_per_eur\nSEK,2026-01-01,11\n",
        },
    )
    build(warehouse)
    assert reasons(warehouse, "invoices") == [
        (
            2,
            'customer_id: no row "c2" in customers; '
            "currency: no rate for USD on or before 2026-04-05",
        )
    ]
    deliver(warehouse, tmp_path, {"customers/2.csv": "customer_id\nc2\n"})
    build(warehouse, full_refresh=False, run_id="run-2")
    assert reasons(warehouse, "invoices") == [
        (2, "currency: no rate for USD on or before 2026-04-05")
    ]
    deliver(
        warehouse,
        tmp_path,
        {"fx_rates/2.csv": "currency,rate_date,units_per_eur\nUSD,2026-04-02,1.1\n"},
    )
    build(warehouse, full_refresh=False, run_id="run-3")
    assert reasons(warehouse, "invoices") == []
    assert reasons(warehouse, "invoice_lines") == []
    [(load_id, changed_load_id)] = warehouse.query(
        "select load_id, changed_load_id from canonical.invoice_lines"
    )
    newest = warehouse.query("select max(load_id) from meta.load")
    assert (load_id, [(changed_load_id,)]) == (3, newest), "core must see that the line is new"


def test_a_line_in_another_currency_than_its_invoice_follows_the_invoice(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    header = "invoice_id,customer_id,issued_on,status,currency\n"
    deliver(
        warehouse,
        tmp_path,
        {
            "fx_rates.csv": "currency,rate_date,units_per_eur\nUSD,2026-04-02,1.1\n",
            "invoices.csv": header + "v1,c,2026-04-05,paid,EUR\n",
            "invoice_lines.csv": "invoice_id,line_no,quantity,unit_price,currency\nv1,1,1,5,USD\n",
        },
    )
    build(warehouse)
    assert _account(warehouse, "invoice_lines") == (1, 1, 0, 0)
    deliver(warehouse, tmp_path, {"invoices.csv": header + "v1,c,2026-03-05,paid,EUR\n"})
    build(warehouse, full_refresh=False, run_id="run-2")
    assert reasons(warehouse, "invoice_lines") == [
        (2, "currency: no rate for USD on or before 2026-03-05")
    ]
    assert rows(warehouse, "canonical.invoice_lines") == []


def test_every_version_of_a_customer_is_kept_with_when_it_held(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    header = "customer_id,segment,updated_at\n"
    deliver(
        warehouse,
        tmp_path,
        {
            "customers/1.csv": header + "c1,small,2026-01-01\nc1,typo,2026-02-01\n"
            "c1,medium,2026-02-01\nc2,a,\n"
        },
    )
    build(warehouse)
    later = NOW + timedelta(days=9)
    deliver(
        warehouse, tmp_path, {"customers/2.csv": header + "c1,large,2026-03-01\nc2,b,\n"}, later
    )
    build(warehouse, full_refresh=False, run_id="run-2")
    versions = warehouse.query(
        "select customer_id, segment, valid_from, valid_to from canonical.customers_version "
        "order by customer_id, valid_from nulls first"
    )
    february, march = (datetime(2026, m, d, 22, tzinfo=UTC) for m, d in ((1, 31), (2, 28)))
    assert versions == [
        ("c1", "small", None, february),
        ("c1", "medium", february, march),
        ("c1", "large", march, None),
        ("c2", "a", None, later),
        ("c2", "b", later, None),
    ]
    current = "select customer_id, segment from canonical.customers"
    open_ended = (
        "select customer_id, segment from canonical.customers_version where valid_to is null"
    )
    assert sorted(warehouse.query(current)) == sorted(warehouse.query(open_ended))


def test_addresses_are_hashed_with_the_key_of_the_home_and_free_text_stays_in_staging(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    deliver(
        warehouse,
        tmp_path,
        {
            "people.csv": "person_id,email,phone\np1, Aino@Example.com ,\np2,,\n"
            "p3,,040-123 4567\np4,,+358 (0)40 1234567\np5,,00358401234567\np6,,not known\n",
            "survey_responses.csv": "response_id,question_id,measurement_level,score,submitted_at,"
            "comment\nr1,q,relationship,9,2026-01-01,Kiitos Aino!\n",
        },
    )
    build(warehouse)
    hashes = [
        hmac.new(pseudonym_key(warehouse.home), address, "sha256").hexdigest()
        for address in (b"aino@example.com", b"+358401234567", b"not known")
    ]
    assert warehouse.query("select person_id, email, phone from canonical.people order by 1") == [
        ("p1", hashes[0], None),
        ("p2", None, None),
        *((person, None, hashes[1]) for person in ("p3", "p4", "p5")),
        ("p6", None, hashes[2]),
    ]
    columns = [name for name, *_ in warehouse.query("describe canonical.survey_responses")]
    assert "comment" not in columns


def test_statuses_in_events_are_read_like_the_statuses_of_tickets(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    deliver(
        warehouse,
        tmp_path,
        {
            "ticket_events.csv": "event_id,ticket_id,occurred_at,field,from_value,to_value\n"
            "e1,t,2026-01-01,Status,Open,On-Hold\ne2,t,2026-01-01,team,Status,On-Hold\n"
        },
    )
    build(warehouse)
    assert warehouse.query(
        "select field, from_value, to_value from canonical.ticket_events order by event_id"
    ) == [
        ("status", "open", "hold"),
        ("team", "Status", "On-Hold"),
    ]


def test_the_source_of_an_order_stays_apart_from_the_source_of_its_row(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    deliver(
        warehouse,
        tmp_path,
        {
            "orders.csv": "order_id,ordered_at,net_amount,currency,source\n"
            "o1,2026-01-01,5,EUR,referral\no2,2026-01-01,x,EUR,\n"
        },
    )
    empty = [name for name, *_ in warehouse.query("describe canonical.orders")]
    build(warehouse)
    assert [name for name, *_ in warehouse.query("describe canonical.orders")] == empty
    assert warehouse.query("select order_id, order_source, source from canonical.orders") == [
        ("o1", "referral", "files")
    ]
    assert warehouse.query("select source, row_no from quarantine.orders") == [("files", 3)]


def test_canonical_has_the_columns_of_its_empty_table(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    described = {
        table: warehouse.query(f"describe canonical.{table}")
        for table in ("customers", "customers_version", "invoice_lines", "survey_responses")
    }
    deliver(
        warehouse,
        tmp_path,
        {
            "customers.csv": "customer_id\nc1\n",
            "invoice_lines.csv": "invoice_id,line_no,quantity,unit_price,currency\nv1,1,1,5,EUR\n",
            "survey_responses.csv": "response_id,question_id,measurement_level,score,submitted_at\n"
            "r1,q,relationship,9,2026-01-01\n",
        },
    )
    build(warehouse)
    for table, columns in described.items():
        assert warehouse.query(f"describe canonical.{table}") == columns
        assert len(rows(warehouse, f"canonical.{table}")) == 1


def test_a_column_may_change_its_type_between_two_runs(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    tmp_path.joinpath("inbox").mkdir()
    duckdb.sql(
        "select 'USD' as currency, date '2026-01-02' as rate_date, 1.1::double as units_per_eur"
    ).write_parquet(str(tmp_path / "inbox/fx_rates.parquet"))
    deliver(warehouse, tmp_path / "inbox", {})
    build(warehouse)
    header = "currency,rate_date,units_per_eur\n"
    deliver(
        warehouse, tmp_path / "inbox", {"fx_rates/2.csv": header + "USD,2026-01-03,1.2\nUSD,x,1\n"}
    )
    build(warehouse, full_refresh=False, run_id="run-2")
    rates = "select rate_date::varchar, units_per_eur::varchar from canonical.fx_rates order by 1"
    assert warehouse.query(rates) == [("2026-01-02", "1.100000"), ("2026-01-03", "1.200000")]
    assert reasons(warehouse, "fx_rates") == [(3, 'rate_date: "x" is no ISO 8601 date')]
