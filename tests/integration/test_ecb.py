"""A company that invoices in dollars, with the ECB's rates from a server that has bad days."""

from __future__ import annotations

from pathlib import Path

from tests.support.cli import query, run_cli
from tests.support.rate_server import Script, packed, serving

# Two whole days of invoices; the company's own rate holds for the first of them.
FILES = {
    "customers.csv": "customer_id\nc\n",
    "invoices.csv": (
        "invoice_id,customer_id,issued_on,status,currency\n"
        "i1,c,2026-04-02,paid,USD\n"
        "i2,c,2026-04-05,paid,USD\n"
    ),
    "invoice_lines.csv": (
        "invoice_id,line_no,quantity,unit_price,list_unit_price,currency\n"
        "i1,1,1,220.00,220.00,USD\n"
        "i2,1,1,219.00,219.00,USD\n"
    ),
}
RATES = "Date,USD,\n2026-04-03,1.0950,\n2026-04-02,1.0000,\n"
NET = "select invoice_id, net_eur from core.fct_billed_line order by invoice_id"
AS_OF = "2026-05-01T00:00:00+03:00"


def test_a_needed_rate_blocks_and_a_failing_server_does_not(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name, text in FILES.items():
        (inbox / name).write_text(text, encoding="utf-8")
    home, sources = tmp_path / "home", tmp_path / "sources.toml"
    with serving(Script(b"<html>closed</html>")) as server:
        sources.write_text(
            f'[files]\ninbox = "inbox"\n[fx]\naddress = "{server.address}"\n', encoding="utf-8"
        )
        arguments = ("--sources", sources, "--as-of", AS_OF)

        blocked = run_cli(home, *arguments)
        assert blocked.returncode == 2, blocked.stderr
        assert "warning: ECB rates not renewed" in blocked.stderr
        assert "every_amount_to_have_a_rate" in blocked.stderr
        quarantined = query(home, "select reasons from quarantine.invoices", "warehouse.duckdb")
        assert len(quarantined) == 2
        assert all("no rate for USD" in reasons for (reasons,) in quarantined)

        server.content = packed(RATES)
        (inbox / "fx_rates.csv").write_text(
            "currency,rate_date,units_per_eur\nUSD,2026-04-02,1.10\n", encoding="utf-8"
        )
        published = run_cli(home, *arguments)
        assert published.returncode == 0, published.stderr
        assert query(home, NET, "warehouse.duckdb") == [("i1", 200), ("i2", 200)]

        server.faults = [404]
        again = run_cli(home, *arguments)
        assert again.returncode == 0
        assert "the rates up to 2026-04-03 stay in use" in again.stderr
    fresh = query(home, "select source from meta.source_freshness where entity = 'fx_rates'")
    assert sorted(fresh) == [("ecb",), ("files",)]
