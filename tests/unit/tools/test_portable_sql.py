"""The portability lint finds what only one engine understands, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.portable_sql import findings, main

NOT_PORTABLE = {
    "ASOF join": "select * from a asof join b on a.id = b.id and a.at >= b.at",
    "unnest(range())": "select unnest(range(10))",
    "arg_max, arg_min": "select arg_max(plan, valid_from) from items",
    "quantile_cont": "select quantile_cont(seconds, 0.9) from tickets",
    "day of week": "select extract(isodow from day) from days",
    "UNION BY NAME": "select 1 as a union all by name select 2 as a",
    "EXCLUDE": "select items.* exclude (plan) from items",
    "AS MATERIALIZED": "with items as materialized (select 1) select * from items",
    "date difference function": "select datediff('day', a.from_on, a.to_on) from a",
    "microseconds since the epoch": "select epoch_us(created_at) from tickets",
    "//": "select seconds // 60 from tickets",
    "listagg": "select {{ dbt.listagg('plan') }} from items",
    "date - date": "select a.due_on - a.issued_on from a",
    "bare NULL ordering": "select plan from items order by plan",
}

PORTABLE = (
    "select max_by(plan, valid_from) from items",
    "select {{ quantile('seconds', 0.9) }} from tickets",
    "select plan, row_number() over (partition by a order by b nulls last) from items",
    "select string_agg(plan, ', ' order by plan nulls last) from items",
    "select percentile_cont(0.5) within group (order by seconds) from tickets",
    "select plan from items order by plan nulls first, price desc nulls last limit 1",
    "select a from b qualify row_number() over (order by c desc nulls last) = 1",
    "select amount - discount_amount from lines",
    "select cast(a.issued_on as date) from a",
    "select a.target - a.realised as gap from a where a.issued_on > '2026-01-01'",
    "select plan -- no ASOF join, no arg_max(x, y), no order by plan\nfrom items",
    "/* order by plan\n exclude */ select 1",
    "{# union by name #} select 'asof, isodow, order by plan' as words",
    "select count(*) filter (where is_open) from a group by all",
    "select * except (plan) from items",
    "select {{ int_div(us_of_instant('created_at'), 60) }}, 'https://example.com' from tickets",
)


@pytest.mark.parametrize(("construct", "sql"), NOT_PORTABLE.items())
def test_construct_outside_the_subset_is_found(construct: str, sql: str) -> None:
    assert [finding.construct for finding in findings(sql)] == [construct]


@pytest.mark.parametrize("sql", PORTABLE)
def test_portable_sql_passes(sql: str) -> None:
    assert findings(sql) == []


@pytest.mark.parametrize(
    "difference",
    [
        "cast(a.x as date) - cast(a.y as date)",
        "a.x::date - a.y::date",
        "{{ local_date('a.x') }} - a.issued_on",
        "a.issued_on - date '2026-01-01'",
    ],
)
def test_date_minus_date_is_found_in_every_spelling(difference: str) -> None:
    assert [f.construct for f in findings(f"select {difference} as d from a")] == ["date - date"]


def test_each_bare_term_is_reported_on_its_own_line() -> None:
    sql = "select row_number() over (\n  order by\n    a,\n    b nulls last,\n    c desc\n) from t"
    assert [finding.line for finding in findings(sql)] == [3, 5]


def test_an_order_inside_a_function_does_not_end_the_list_around_it() -> None:
    assert findings("select 1 from a order by coalesce(b, c) nulls last, d nulls last") == []


def test_line_numbers_survive_comments_and_text_of_several_lines() -> None:
    sql = "/* one\ntwo */\nselect 'three\nfour' as a,\n    arg_max(b, c) from d"
    assert [finding.line for finding in findings(sql)] == [5]


def test_main_names_file_line_and_what_to_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "core" / "fct.sql"
    model.parent.mkdir()
    model.write_text("select\n    arg_max(a, b)\nfrom c\n")
    assert main([str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert f"{model}:2: arg_max, arg_min: use max_by or min_by" in printed


def test_main_passes_a_clean_folder_and_refuses_an_empty_one(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 2
    (tmp_path / "a.sql").write_text("select 1 as a\n")
    assert main([str(tmp_path)]) == 0
