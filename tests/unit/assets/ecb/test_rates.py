from datetime import date
from decimal import Decimal

import pytest

from assets.ecb.rates import Rate, RatesError, read_rates

TODAY = date(2026, 4, 8)
TABLE = """\
Date,USD,JPY,TRL,
2026-04-07,1.1010,161.50,N/A,
2026-04-02,1.0950,160.00,N/A,
2004-12-31,1.3621,139.65,1836200,
"""


def test_each_published_value_is_a_rate() -> None:
    assert read_rates(TABLE, TODAY) == [
        Rate("USD", date(2026, 4, 7), Decimal("1.1010"), 2),
        Rate("JPY", date(2026, 4, 7), Decimal("161.50"), 2),
        Rate("USD", date(2026, 4, 2), Decimal("1.0950"), 3),
        Rate("JPY", date(2026, 4, 2), Decimal("160.00"), 3),
        Rate("USD", date(2004, 12, 31), Decimal("1.3621"), 4),
        Rate("JPY", date(2004, 12, 31), Decimal("139.65"), 4),
        Rate("TRL", date(2004, 12, 31), Decimal("1836200"), 4),
    ]


def test_the_comma_at_the_end_of_lines_may_be_missing() -> None:
    assert read_rates("Date,USD\n2026-04-07,1.1\n", TODAY) == [
        Rate("USD", date(2026, 4, 7), Decimal("1.1"), 2)
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds nothing"),
        ("<!DOCTYPE html>\n<html></html>\n", "begins with '<!DOCTYPE html>'"),
        ("Date,USD\n", "no day of rates"),
        ("Date,\n2026-04-07,\n", "not with Date and currencies"),
        ("Date,dollars,\n2026-04-07,1.1,\n", "'dollars' is no currency"),
        ("Date,USD,USD,\n2026-04-07,1.1,1.1,\n", "a currency twice"),
        ("Date,USD,JPY,\n2026-04-07,1.1010\n", "line 2 has 2 columns, the header 4"),
        ("Date,USD,\n07.04.2026,1.1,\n", "'07.04.2026' is no date"),
        ("Date,USD,\n2026-04-02,1.1,\n2026-04-07,1.1,\n", "line 3: 2026-04-07 after 2026-04-02"),
        ("Date,USD,\n2026-04-07,1.1,\n2026-04-07,1.2,\n", "the newest day comes first"),
        ("Date,USD,\n2026-05-07,1.1,\n", "has not come yet"),
        ("Date,USD,\n1998-12-31,1.1,\n", "before the euro"),
        ("Date,USD,\n2026-04-07,N/A,\n", "not a single rate"),
        ("Date,USD,\n2026-04-07,one,\n", "USD 'one' is no number"),
        ("Date,USD,\n2026-04-07,NaN,\n", "no plausible rate"),
        ("Date,USD,\n2026-04-07,0,\n", "no plausible rate"),
        ("Date,USD,\n2026-04-07,-1.1,\n", "no plausible rate"),
        ("Date,USD,\n2026-04-07,11.010,\n2026-04-02,1.0950,\n", "USD 11.010 after 1.0950"),
    ],
)
def test_what_is_no_table_of_rates_is_refused_whole(text: str, says: str) -> None:
    with pytest.raises(RatesError) as refused:
        read_rates(text, TODAY)
    assert says in str(refused.value)
