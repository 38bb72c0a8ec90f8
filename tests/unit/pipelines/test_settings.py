from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.settings import SettingsError, load_settings, parse_as_of


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-31T21:00:00Z", datetime(2026, 3, 31, 21, tzinfo=UTC)),
        ("2026-04-01T00:00:00+03:00", datetime(2026, 3, 31, 21, tzinfo=UTC)),
        ("2026-03-31T21:00:00", datetime(2026, 3, 31, 21, tzinfo=UTC)),
        # a date alone is its whole day: the instant is the next local midnight
        ("2026-03-31", datetime(2026, 3, 31, 21, tzinfo=UTC)),
        ("2026-02-28", datetime(2026, 2, 28, 22, tzinfo=UTC)),
    ],
)
def test_as_of_is_an_instant_or_a_whole_day(text: str, instant: datetime) -> None:
    assert parse_as_of(text, "Europe/Helsinki") == instant


def test_as_of_that_is_no_date_says_what_to_write() -> None:
    with pytest.raises(SettingsError, match=r"31\.3\.2026.*write 2026-01-31"):
        parse_as_of("31.3.2026", "Europe/Helsinki")


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_parameters_and_inbox_come_from_the_sources_file(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    sources = write(
        tmp_path / "sources.toml",
        '[files]\ninbox = "inbox"\n'
        '[parameters]\nmin_cell_n = 1\nreporting_tz = "Europe/Stockholm"\n',
    )
    settings = load_settings(home=tmp_path / "home", sources=sources)
    assert settings.inbox == (tmp_path / "inbox").resolve()
    assert settings.parameters["min_cell_n"] == 1
    assert settings.parameters["low_n"] == 30
    assert settings.reporting_tz == "Europe/Stockholm"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[parameters]\nmin_cell = 1\n", "unknown parameter 'min_cell'"),
        ('[parameters]\nmin_cell_n = "one"\n', "'min_cell_n' must be a int"),
        ('[parameters]\nreporting_tz = "Helsinki"\n', "no IANA time zone"),
        ('[parameters]\nhubspot_properties = "segment"\n', "no contract's name and property"),
        ("[parameters\n", "not readable as TOML"),
        ('[files]\ninbox = "nowhere"\n', "no such folder"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, text: str, message: str) -> None:
    sources = write(tmp_path / "sources.toml", text)
    with pytest.raises(SettingsError, match=message):
        load_settings(home=tmp_path / "home", sources=sources)


def test_a_missing_sources_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="copy sources.example.toml"):
        load_settings(home=tmp_path, sources=tmp_path / "none.toml")


def test_the_address_of_the_rates_is_a_url_or_a_path_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    sources = write(tmp_path / "sources.toml", '[fx]\naddress = "rates/hist.csv"\n')
    settings = load_settings(home=tmp_path, sources=sources, inbox=tmp_path / "inbox")
    assert settings.fx_address == str(tmp_path / "rates" / "hist.csv")
    url = "https://rates.example/hist.zip"
    sources = write(tmp_path / "sources.toml", f'[fx]\naddress = "{url}"\n')
    assert load_settings(home=tmp_path, sources=sources).fx_address == url


def test_an_inbox_named_alone_is_the_file_source_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inbox").mkdir()
    write(
        tmp_path / "sources.toml",
        '[fx]\naddress = "https://rates.example/hist.zip"\n[stripe]\nsweep_days = 3\n',
    )
    monkeypatch.chdir(tmp_path)
    assert load_settings().fx_address is not None
    assert load_settings().vendors == {"stripe": {"sweep_days": 3}}
    alone = load_settings(inbox=Path("inbox"))
    assert (alone.fx_address, alone.vendors) == (None, {})


@pytest.mark.parametrize("line", ['address = "ftp://x/y"', 'adress = "x"', "address = 1"])
def test_an_address_that_cannot_be_used_is_refused(tmp_path: Path, line: str) -> None:
    sources = write(tmp_path / "sources.toml", f"[fx]\n{line}\n")
    with pytest.raises(SettingsError, match=r"\[fx\]"):
        load_settings(home=tmp_path, sources=sources)
