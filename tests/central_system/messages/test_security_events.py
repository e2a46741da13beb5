"""What a charger tells of its security, and what that means."""

import pytest

from custom_components.schneider_ev.central_system.messages.security_events import (
    SECURITY_EVENTS,
)
from tests.conftest import IDENTITY, Shown
from tests.fake_charger import CallError, FakeCharger

pytestmark = pytest.mark.usefixtures("all_enabled")

# the white paper's own spelling, and which of them it holds critical
CRITICAL = {
    "FirmwareUpdated": True,
    "FailedToAuthenticateAtCentralSystem": False,
    "CentralSystemFailedToAuthenticate": False,
    "SettingSystemTime": True,
    "StartupOfTheDevice": True,
    "ResetOrReboot": True,
    "SecurityLogWasCleared": True,
    "ReconfigurationOfSecurityParameters": False,
    "MemoryExhaustion": True,
    "InvalidMessages": False,
    "AttemptedReplayAttacks": False,
    "TamperDetectionActivated": True,
    "InvalidFirmwareSignature": False,
    "InvalidFirmwareSigningCertificate": False,
    "InvalidCentralSystemCertificate": False,
    "InvalidChargePointCertificate": False,
    "InvalidTLSVersion": False,
    "InvalidTLSCipherSuite": False,
}


async def test_each_event(ready: FakeCharger, shown: Shown) -> None:
    """It is shown with its meaning and with what the charger adds to it."""
    seen = set()
    for event, critical in CRITICAL.items():
        answer = await ready.call(
            "SecurityEventNotification",
            {
                "type": event,
                "timestamp": "2026-11-20T10:00:00Z",
                "techInfo": f"of {event}",
            },
        )
        assert answer == {}
        attributes = shown.entity(f"{IDENTITY}_security").attributes
        assert attributes["type"] == event
        assert attributes["details"] == f"of {event}"
        assert attributes["critical"] is critical
        assert attributes["meaning"].endswith(".")
        seen.add(attributes["event_type"])
    assert seen == set(SECURITY_EVENTS)


async def test_an_event_of_its_own(ready: FakeCharger, shown: Shown) -> None:
    """Chargers may have more events than the white paper lists."""
    await ready.call("SecurityEventNotification", {"type": "DoorOpened"})
    attributes = shown.entity(f"{IDENTITY}_security").attributes
    assert attributes["event_type"] == "other"
    assert attributes["type"] == "DoorOpened"
    assert attributes["meaning"] is None


async def test_a_nameless_event(ready: FakeCharger) -> None:
    """Is an error."""
    with pytest.raises(CallError) as raised:
        await ready.call("SecurityEventNotification", {"techInfo": "x"})
    assert raised.value.code == "ProtocolError"
