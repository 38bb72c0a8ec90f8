import pytest

from pipelines.overrides import allowed_failures
from pipelines.settings import SettingsError

BLOCKS = "canonical.tickets:quarantined_share_to_be_at_most"


def test_an_override_carries_its_reason() -> None:
    assert allowed_failures([BLOCKS], " half of them are tests ") == {
        BLOCKS: "half of them are tests"
    }
    assert allowed_failures([], None) == {}


@pytest.mark.parametrize(
    ("addresses", "why", "says"),
    [
        ([BLOCKS], None, "needs --why"),
        ([BLOCKS], "  ", "needs --why"),
        ([], "because", "without --allow"),
        (["canonical.ticket:quarantined_share_to_be_at_most"], "because", f"mean {BLOCKS}"),
        (["canonical.tickets:quarantined_share_to_be_small"], "because", "only warns"),
    ],
)
def test_an_override_that_means_nothing_is_refused(
    addresses: list[str], why: str | None, says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        allowed_failures(addresses, why)
