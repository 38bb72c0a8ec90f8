"""kill -9 at any step, then the same command again: the same figures as without the kill.

A run that is killed leaves its loads pending and its run unfinished; the next one must find both
and do the work again, whatever the kill left half-done.
"""

from pathlib import Path

import pytest

from tests.support.cli import published_tables, query, run_cli, run_until, share_key
from tests.support.company import write_company

AS_OF = "2026-04-01T00:00:00Z"
SOAK = pytest.mark.soak
STEPS = (
    pytest.param("load files", marks=SOAK),
    pytest.param("validate raw", marks=SOAK),
    "build canonical",
    pytest.param("validate canonical", marks=SOAK),
    pytest.param("build core", marks=SOAK),
    pytest.param("build marts", marks=SOAK),
    pytest.param("validate marts", marks=SOAK),
    "publish …",
)


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_company(tmp_path_factory.mktemp("inbox"))


@pytest.fixture(scope="module")
def undisturbed(inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a run that nobody killed."""
    home = tmp_path_factory.mktemp("undisturbed")
    assert run_cli(home, "--inbox", inbox, "--as-of", AS_OF).returncode == 0
    return home


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_run_is_done_again(
    step: str, inbox: Path, undisturbed: Path, tmp_path: Path
) -> None:
    share_key(undisturbed, tmp_path)
    run_until(tmp_path, step, "--inbox", inbox, "--as-of", AS_OF)
    again = run_cli(tmp_path, "--inbox", inbox, "--as-of", AS_OF)
    assert again.returncode == 0, again.stderr
    published = published_tables(tmp_path)
    assert published == published_tables(undisturbed)
    assert published["marts.mrr_movement"]
    unbalanced = (
        "select * from meta.row_account "
        "where rows_in <> rows_current + rows_superseded + rows_quarantined"
    )
    assert query(tmp_path, unbalanced) == []
