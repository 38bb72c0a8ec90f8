from pathlib import Path

import pytest

from pipelines.dbt import Dbt, ModelInputError
from pipelines.settings import load_settings
from tests.support.build import build, deliver
from tests.support.dbt import WarehouseUnderTest


def test_opening_hours_that_cannot_be_read_are_told_without_a_traceback(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    deliver(warehouse, tmp_path, {"teams.csv": "team,schedule\nhelp,daily 8-16\n"})
    build(warehouse)
    dbt = Dbt(load_settings(home=warehouse.home.path))
    with pytest.raises(ModelInputError) as raised:
        dbt.build(["dim_team_schedule", "dim_business_interval"], full_refresh=True)
    assert str(raised.value).startswith("teams: team 'help': schedule 'daily 8-16': ")
    assert str(raised.value).endswith("write 08:00-16:00")
