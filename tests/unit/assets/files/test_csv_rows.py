from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.files.csv_rows import blank_records, even_line_ends
from tests.support.deliveries import empty_database, load_inbox, write

AWKWARD = "He said \"no\"; it's 5,00 €, \t\\n\r\nand | <b>ä漢字🙂</b>\nRobert'); drop table x;--"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ":", "^", "~", "#", "\x1f", "\x01"])
def test_the_delimiter_is_found_by_the_names_of_the_contract(
    delimiter: str, tmp_path: Path
) -> None:
    lines = [
        delimiter.join(cells)
        for cells in (["customer_id", "name", "segment"], ["c1", "Aino", "a"], ["c2", "", "b"])
    ]
    write(tmp_path, {"customers.csv": "\n".join(lines)})
    database = empty_database()
    load_inbox(database, tmp_path)
    rows = database.execute("select customer_id, name, segment, row_no from raw_files.customers")
    assert rows.fetchall() == [("c1", "Aino", "a", 2), ("c2", None, "b", 3)]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["customers.csv", "customers.csv.gz"])
def test_text_arrives_verbatim_whatever_is_in_it(line_end: str, name: str, tmp_path: Path) -> None:
    quoted = '"' + AWKWARD.replace('"', '""') + '"'
    text = line_end.join(["\ufeffcustomer_id,name", f"c1,{quoted}", '"c2","",', "c3,end"])
    write(tmp_path, {name: text.replace('"",', '""')})
    database = empty_database()
    load_inbox(database, tmp_path)
    rows = database.execute("select customer_id, name, row_no from raw_files.customers")
    assert rows.fetchall() == [("c1", AWKWARD, 2), ("c2", None, 3), ("c3", "end", 4)]


def test_header_names_are_trimmed_and_compared_without_case(tmp_path: Path) -> None:
    write(tmp_path, {"customers.csv": ' Customer_ID ;"NAME"\nc1;Aino\n'})
    database = empty_database()
    load_inbox(database, tmp_path)
    rows = database.execute("select customer_id, name from raw_files.customers")
    assert rows.fetchall() == [("c1", "Aino")]


def test_lines_that_cannot_be_parsed_are_kept_and_the_other_rows_keep_their_numbers(
    tmp_path: Path,
) -> None:
    lines = [
        "customer_id,name",
        'c2,"two\nlines"',
        "c3,too,many",
        "c4,Aino",
        "",
        "c6",
        'c7,"open" here',
        "c8,Baari",
        "",
        "",
        "c11,last",
    ]
    write(tmp_path, {"customers.csv": "\n".join(lines) + "\n\n"})
    database = empty_database()
    [result] = load_inbox(database, tmp_path)
    assert (result.rows_n, result.unparsed_n) == (4, 3)
    rows = database.execute("select customer_id, row_no from raw_files.customers order by row_no")
    assert rows.fetchall() == [("c2", 2), ("c4", 4), ("c8", 8), ("c11", 11)]
    unparsed = database.execute(
        "select entity, file, row_no, error, line from raw_files.unparsed_line order by row_no"
    )
    assert unparsed.fetchall() == [
        ("customers", "customers.csv", 3, "3 values where the header has 2 columns", "c3,too,many"),
        ("customers", "customers.csv", 6, "1 values where the header has 2 columns", "c6"),
        (
            "customers",
            "customers.csv",
            7,
            "a quotation mark does not close where its value ends",
            'c7,"open" here',
        ),
    ]


def test_a_quotation_mark_that_never_closes_loses_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"customers.csv": 'customer_id,name\nc1,Aino\nc2,"open\nc3,x\nc4,y\n'})
    database = empty_database()
    [result] = load_inbox(database, tmp_path)
    [(row_no, line)] = database.execute(
        "select row_no, line from raw_files.unparsed_line"
    ).fetchall()
    assert (result.rows_n, row_no) == (1, 3)
    assert "c3,x\nc4,y" in line


def test_lines_with_different_ends_are_all_read(tmp_path: Path) -> None:
    write(tmp_path, {"customers.csv": b"customer_id,name\r\nc2,a\nc3,b\r\nc4\nc5,c\n"})
    database = empty_database()
    [result] = load_inbox(database, tmp_path)
    assert (result.rows_n, result.unparsed_n) == (3, 1)
    rows = database.execute("select customer_id, row_no from raw_files.customers")
    assert rows.fetchall() == [("c2", 2), ("c3", 3), ("c5", 5)]


def test_text_behind_a_closing_quotation_mark_is_kept_where_lines_end_differently(
    tmp_path: Path,
) -> None:
    text = b'customer_id,name\r\nc2,"a"lost\nc3,"b\r\nb"\r\n\nc6,c\rc7,d\n'
    write(tmp_path, {"customers.csv": text})
    database = empty_database()
    load_inbox(database, tmp_path)
    rows = database.execute("select customer_id, name, row_no from raw_files.customers")
    assert rows.fetchall() == [("c3", "b\r\nb", 3), ("c6", "c", 5), ("c7", "d", 6)]
    unparsed = database.execute("select row_no, line from raw_files.unparsed_line")
    assert unparsed.fetchall() == [(2, 'c2,"a"lost')]


def test_a_blank_line_in_a_file_of_one_column_is_no_row(tmp_path: Path) -> None:
    write(tmp_path, {"customers.csv": "customer_id\nc2\n\nc4\n\n"})
    database = empty_database()
    load_inbox(database, tmp_path)
    rows = database.execute("select customer_id, row_no from raw_files.customers")
    assert rows.fetchall() == [("c2", 2), ("c4", 4)]


def test_blank_lines_before_the_header_count(tmp_path: Path) -> None:
    write(tmp_path, {"customers.csv": "\n\ncustomer_id,name\nc4,a\nc5,b,c\nc6,d\n"})
    database = empty_database()
    load_inbox(database, tmp_path)
    rows = database.execute("select customer_id, row_no from raw_files.customers")
    assert rows.fetchall() == [("c4", 4), ("c6", 6)]
    assert database.execute("select row_no from raw_files.unparsed_line").fetchall() == [(5,)]


def test_a_header_alone_delivers_nothing_and_is_no_error(tmp_path: Path) -> None:
    write(tmp_path, {"customers.csv": "customer_id,name\n"})
    database = empty_database()
    [result] = load_inbox(database, tmp_path)
    assert (result.rows_n, result.unparsed_n) == (0, 0)


def test_unknown_columns_are_kept_as_json(tmp_path: Path) -> None:
    write(tmp_path, {"customers.csv": 'customer_id,colour,,"it\'s"\nc1,red,x,"a""b"\n'})
    database = empty_database()
    load_inbox(database, tmp_path)
    rows = database.execute(
        "select extra ->> 'colour', extra ->> 'column_3', extra ->> 'it''s' "
        "from raw_files.customers"
    )
    assert rows.fetchall() == [("red", "x", 'a"b')]


def test_many_lines_keep_their_numbers_past_the_rejected_ones(tmp_path: Path) -> None:
    rows = [
        f"{number},too,many" if number % 9_973 == 0 else f'{number},"{number}\n"'
        for number in range(2, 120_000)
    ]
    write(tmp_path, {"customers.csv": "customer_id,name\n" + "\n".join(rows)})
    database = empty_database()
    [result] = load_inbox(database, tmp_path)
    assert (result.rows_n, result.unparsed_n) == (119_986, 12)
    wrong = database.execute(
        "select count(*) from raw_files.customers where customer_id::bigint <> row_no"
    ).fetchone()
    assert wrong == (0,)


@given(
    lines=st.lists(st.sampled_from(["", "a,b", '"x\n\ny",z', '"""",""', '"\n"']), max_size=12),
    size=st.integers(1, 9),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_blank_records_do_not_depend_on_how_the_file_is_cut(
    lines: list[str], size: int, line_end: str
) -> None:
    data = (line_end.join(lines) + line_end).encode()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    expected = [number for number, line in enumerate(lines or [""], start=1) if line == ""]
    assert blank_records(pieces) == expected


@given(
    lines=st.lists(
        st.tuples(
            st.sampled_from(["", "a,b", '"x\r\n\ny",z', '"\r"', '""""']),
            st.sampled_from(["\n", "\r\n", "\r"]),
        ),
        max_size=12,
    ),
    size=st.integers(1, 9),
)
def test_line_ends_become_even_however_the_file_is_cut(
    lines: list[tuple[str, str]], size: int
) -> None:
    # An empty line after a carriage return alone would make one line end of two.
    lines = [
        (line or "c" if before == "\r" else line, end)
        for (_, before), (line, end) in zip([("", "\n"), *lines], lines, strict=False)
    ]
    data = "".join(line + end for line, end in lines).encode()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    expected = "".join(line + "\n" for line, _ in lines).encode()
    assert b"".join(even_line_ends(pieces)) == expected
