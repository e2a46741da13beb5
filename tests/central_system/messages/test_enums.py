"""States: by OCPP's names, with the values that Home Assistant has for them."""

from ocpp.v16 import enums as ocpp
import pytest

from custom_components.schneider_ev.central_system.messages.enums import (
    ChargePointStatus,
)


@pytest.mark.parametrize(
    "name", [str(status.value) for status in ocpp.ChargePointStatus]
)
def test_every_status_is_known(name: str) -> None:
    """In whatever case a charger spells it."""
    status = ChargePointStatus.parse(name)
    assert status is not None
    assert ChargePointStatus.parse(name.upper()) is status
    assert ChargePointStatus.parse(name.lower()) is status


def test_unavailable_is_home_assistants_own_word() -> None:
    """So OCPP's Unavailable is shown as out of service, which is no name of OCPP."""
    assert ChargePointStatus.parse("Unavailable") == "out_of_service"
    assert ChargePointStatus.parse("OutOfService") is None
