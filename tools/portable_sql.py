"""The portability lint: SQL that only one engine understands may stand in macros and nowhere else.

The models run on DuckDB and on Spark. What differs between the two is hidden in macros/; this lint
keeps it there. It looks at SQL with its Jinja, not at compiled SQL, so that a macro's own inside is
never blamed on the model that calls it. Comments and quoted text are not SQL and are not looked at.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Finding:
    """One construct that is not portable: where it stands, what it is, what to write instead."""

    line: int
    construct: str
    instead: str


@dataclass(frozen=True)
class Ban:
    construct: str
    pattern: re.Pattern[str]
    instead: str


def _ban(construct: str, pattern: str, instead: str) -> Ban:
    return Ban(construct, re.compile(pattern, re.IGNORECASE), instead)


# An expression that is a date on sight: a cast, a call of the date macros, a column named *_on.
_DATE = (
    r"(?:::\s*date\b|\bas\s+date\s*\)"
    r"|\b(?:local_date|month_start|add_days)\s*\([^{}]*\)\s*\}\}"
    r"|\b\w+_on\b)"
)
_DATE_AHEAD = (
    r"(?:\bcast\s*\([^()]*\bas\s+date\s*\)|\bdate\s*''|\{\{\s*(?:local_date|month_start|add_days)\b"
    r"|(?:\w+\.)?\w+_on\b|(?:\w+\.)?\w+\s*::\s*date\b)"
)

BANS = (
    _ban("ASOF join", r"\basof\b", "an equi-join on the key and the day"),
    _ban(
        "unnest(range())",
        r"\bunnest\s*\(\s*(?:range|generate_series)\s*\(",
        "a join with a calendar table",
    ),
    _ban("arg_max, arg_min", r"\barg_?(?:max|min)\s*\(", "max_by or min_by"),
    _ban("quantile_cont", r"\bquantile(?:_cont|_disc)\s*\(", "the macro quantile"),
    _ban("day of week", r"\b(?:iso)?dow\b|\bdayofweek\s*\(", "the calendar table's weekday"),
    _ban("UNION BY NAME", r"\bunion\s+(?:all\s+)?by\s+name\b", "union all with the columns named"),
    _ban("EXCLUDE", r"\*\s*exclude\b", "the columns by name, or `* except`"),
    _ban("AS MATERIALIZED", r"\bas\s+(?:not\s+)?materialized\b", "a model of its own"),
    _ban(
        "date difference function",
        r"\bdate_?(?:diff|sub)\s*\(",
        "the macros days_between or elapsed_s",
    ),
    _ban(
        "microseconds since the epoch",
        r"\bepoch(?:_us|_ms|_ns)?\s*\(",
        "the macros us_of_instant, elapsed_us or elapsed_s",
    ),
    _ban("//", r"//", "the macros int_div or floor_div"),
    _ban("listagg", r"\blistagg\s*\(", "string_agg with an order by"),
    _ban("date - date", rf"{_DATE}\s*-\s*{_DATE_AHEAD}", "the macro days_between"),
)

NULLS = "nulls first or nulls last after every term"

_SKIPPED = re.compile(
    r"""
    \{\#.*?\#\}            # a Jinja comment
    | --[^\n]*             # a comment to the end of the line
    | /\*.*?\*/            # a block comment
    | '(?:[^']|'')*'       # text
    | "(?:[^"]|"")*"       # a quoted name, or text inside Jinja
    """,
    re.VERBOSE | re.DOTALL,
)
_ORDER_BY = re.compile(r"\border\s+by\b", re.IGNORECASE)
_WITHIN_GROUP = re.compile(r"\bwithin\s+group\s*\(\s*$", re.IGNORECASE)
_TERM_LIST_END = re.compile(
    r"\b(?:limit|offset|fetch|rows|range|groups|qualify|window|union|intersect|except)\b",
    re.IGNORECASE,
)
_NULLS = re.compile(r"\bnulls\s+(?:first|last)\s*$", re.IGNORECASE)


def _blank(match: re.Match[str]) -> str:
    """As many characters and lines, but nothing to find; a text stays recognisable as a text."""
    text = match.group()
    if text.startswith("'"):
        return "''" + re.sub(r"[^\n]", " ", text[2:])
    return re.sub(r"[^\n]", " ", text)


def _order_terms(sql: str, start: int) -> Iterator[tuple[int, str]]:
    """Position and text of each term of the ORDER BY whose list begins at `start`."""
    depth = 0
    term_start = position = start
    while position < len(sql):
        character = sql[position]
        if depth == 0 and (character in ");" or _TERM_LIST_END.match(sql, position)):
            break
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            yield term_start, sql[term_start:position]
            term_start = position + 1
        position += 1
    yield term_start, sql[term_start:position]


def _bare_order_terms(sql: str) -> Iterator[int]:
    for order_by in _ORDER_BY.finditer(sql):
        # An ordered-set aggregate ignores NULLs, so there is nothing to say about their place.
        if _WITHIN_GROUP.search(sql, 0, order_by.start()):
            continue
        for position, term in _order_terms(sql, order_by.end()):
            if not _NULLS.search(term.rstrip()):
                yield position + len(term) - len(term.lstrip())


def findings(sql: str) -> list[Finding]:
    """Every construct of `sql` that is outside the portable subset, by line."""
    sql = _SKIPPED.sub(_blank, sql)
    found = [
        Finding(sql.count("\n", 0, match.start()) + 1, ban.construct, ban.instead)
        for ban in BANS
        for match in ban.pattern.finditer(sql)
    ]
    found += [
        Finding(sql.count("\n", 0, position) + 1, "bare NULL ordering", NULLS)
        for position in _bare_order_terms(sql)
    ]
    return sorted(found)


def main(arguments: list[str]) -> int:
    """Print the findings under the named folders; 1 when there are any, 2 when nothing was read."""
    paths = sorted(path for folder in arguments for path in Path(folder).rglob("*.sql"))
    if not paths:
        print(f"no .sql file under {' '.join(arguments) or '(no folder named)'}", file=sys.stderr)
        return 2
    count = 0
    for path in paths:
        for finding in findings(path.read_text(encoding="utf-8")):
            count += 1
            print(f"{path}:{finding.line}: {finding.construct}: use {finding.instead}")
    print(f"{len(paths)} SQL files, {count} findings outside the portable subset")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
