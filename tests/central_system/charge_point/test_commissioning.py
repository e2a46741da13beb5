"""What is read from a charger that boots, and what is set."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.central_system.charge_point import (
    Charger,
    ChargerSettings,
)
from custom_components.schneider_ev.central_system.messages import ChargerRefusedError
from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from homeassistant.core import HomeAssistant
from tests.conftest import Shown
from tests.fake_charger import FakeCharger
from tests.simulator import Simulator

type Fake = Callable[..., FakeCharger]

BEST, SECOND, *_ = (",".join(items) for items in EVLINK_PRO_AC.sampled_data)
SAMPLED = "MeterValuesSampledData"


def measurands(charger: FakeCharger) -> list[str]:
    """The measurand lists that the charger was asked to send, in order."""
    return [
        payload["value"]
        for payload in charger.calls("ChangeConfiguration")
        if payload["key"] == SAMPLED
    ]


def accepting(
    charger: FakeCharger, accepts: Callable[[list[str]], bool]
) -> Callable[[dict[str, Any]], dict[str, str]]:
    """Make the charger refuse the lists that are not accepted, each as a whole."""

    def change(payload: dict[str, Any]) -> dict[str, str]:
        items = payload["value"].split(",")
        if payload["key"] == SAMPLED and not accepts(items):
            return {"status": "Rejected"}
        charger.configuration[payload["key"]] = (payload["value"], False)
        return {"status": "Accepted"}

    return change


async def test_the_best_list_and_the_interval(ready: FakeCharger) -> None:
    """A charger out of the box sends nothing; then it sends all that it can."""
    assert measurands(ready) == [BEST]
    assert len(BEST.split(",")) == 10
    assert ready.configuration["MeterValueSampleInterval"] == ("10", False)


async def test_a_charger_that_is_set_up_is_called_three_times(
    ready: FakeCharger,
) -> None:
    """Only what differs is written."""
    ready.received.clear()
    await ready.boot()
    await ready.until_ready()
    assert ready.received == [
        ("GetConfiguration", {}),
        ("TriggerMessage", {"requestedMessage": "StatusNotification"}),
        ("TriggerMessage", {"requestedMessage": "MeterValues"}),
    ]


@pytest.mark.parametrize("spelling", [", ", " ,", ","])
async def test_order_and_blanks_are_no_difference(fake: Fake, spelling: str) -> None:
    """A list that says the same is not written again."""
    async with fake() as charger:
        charger.configuration[SAMPLED] = (
            spelling.join(reversed(BEST.upper().split(","))),
            False,
        )
        await charger.boot()
        await charger.until_ready()
        assert not measurands(charger)


async def test_a_shorter_list_where_the_best_is_refused(fake: Fake) -> None:
    """And the next boot does not begin all over."""
    async with fake() as charger:
        charger.answers["ChangeConfiguration"] = accepting(
            charger, lambda items: len(items) <= len(SECOND.split(","))
        )
        await charger.boot()
        await charger.until_ready()
        assert measurands(charger) == [BEST, SECOND]
        charger.received.clear()
        await charger.boot()
        await charger.until_ready()
        assert not measurands(charger)
        await charger.boot(firmwareVersion="9.0.0")
        await charger.until(lambda: measurands(charger))
        assert measurands(charger)[0] == BEST


async def test_a_list_that_was_accepted_is_refused(fake: Fake) -> None:
    """What the firmware refused before is not asked for again: the items one by one are."""
    async with fake() as charger:
        most = len(SECOND.split(","))
        charger.answers["ChangeConfiguration"] = accepting(
            charger, lambda items: len(items) <= most
        )
        await charger.boot()
        await charger.until_ready()
        charger.configuration[SAMPLED] = ("", False)
        charger.received.clear()
        most -= 1
        await charger.boot()
        await charger.until_ready()
        assert measurands(charger)[:2] == [SECOND, SECOND.split(",")[0]]
        assert BEST not in measurands(charger)


async def test_one_by_one_where_all_lists_are_refused(fake: Fake) -> None:
    """What the charger knows is what it is asked for in the end."""
    unknown = {"Power.Active.Import", "Voltage.L2"}
    async with fake() as charger:
        charger.answers["ChangeConfiguration"] = accepting(
            charger, lambda items: not unknown & set(items)
        )
        await charger.boot()
        await charger.until_ready()
        wanted = [item for item in BEST.split(",") if item not in unknown]
        assert charger.configuration[SAMPLED][0] == ",".join(wanted)


async def test_never_longer_than_the_maximum(fake: Fake) -> None:
    """The charger says how many it takes."""
    async with fake() as charger:
        charger.configuration["MeterValuesSampledDataMaxLength"] = ("4", True)
        await charger.boot()
        await charger.until_ready()
        assert measurands(charger) == [",".join(BEST.split(",")[:4])]


@pytest.mark.parametrize("size", [7, 50, 100])
async def test_the_configuration_is_read_in_pages(
    hass: HomeAssistant, fake: Fake, shown: Shown, size: int
) -> None:
    """Every key arrives, however few the charger sends at once."""
    async with fake(product=EVLINK_PRO_AC) as charger:
        charger.configuration["GetConfigurationMaxKeys"] = (str(size), True)

        def get(payload: dict[str, Any]) -> dict[str, Any]:
            names = payload.get("key") or list(charger.configuration)
            assert len(payload.get("key", ())) <= size
            known = [name for name in names if name in charger.configuration]
            return {
                "configurationKey": [
                    {
                        "key": name,
                        "value": charger.configuration[name][0],
                        "readonly": charger.configuration[name][1],
                    }
                    for name in known[:size]
                ]
            }

        charger.answers["GetConfiguration"] = get
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        for key in EVLINK_PRO_AC.configuration:
            if not key.removed and key.access != "WO" and key.risk is None:
                assert shown.entity_id(f"CP-1_{key.key}")


@pytest.mark.parametrize("size", ["0", "-1", "few"])
async def test_a_number_of_keys_that_is_none(
    hass: HomeAssistant, fake: Fake, shown: Shown, size: str
) -> None:
    """A charger that says that it sends none at once is asked for its keys all the same."""
    async with fake() as charger:
        charger.configuration["GetConfigurationMaxKeys"] = (size, True)
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        assert shown["CP-1_light_intensity"] == "80"
        del charger.configuration["LightIntensity"]
        await charger.boot()
        await charger.until(lambda: shown["CP-1_light_intensity"] == "unavailable")


async def test_a_value_that_the_owner_chose_is_kept(
    hass: HomeAssistant, ready: FakeCharger
) -> None:
    """It is not set back at the next boot; after a factory reset it is put again."""
    (entry,) = hass.config_entries.async_entries("schneider_ev")
    known = entry.runtime_data.central_system.chargers["CP-1"]
    await known.configuration_client.choose("MeterValueSampleInterval", "60")
    await ready.boot()
    await ready.until_called("TriggerMessage", 4)
    assert ready.configuration["MeterValueSampleInterval"] == ("60", False)
    ready.configuration["MeterValueSampleInterval"] = ("0", False)
    await ready.boot()
    await ready.until_called("TriggerMessage", 6)
    assert ready.configuration["MeterValueSampleInterval"] == ("60", False)


async def test_the_heartbeat_interval_that_the_owner_chose(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """No boot undoes it, nor does a restart of Home Assistant."""
    assert (await ready.boot())["interval"] == 300
    known = entry.runtime_data.central_system.chargers["CP-1"]
    with pytest.raises(ChargerRefusedError):
        await known.configuration_client.choose("HeartbeatInterval", "5")
    assert (await ready.boot())["interval"] == 300
    ready.configuration["HeartbeatInterval"] = ("300", False)
    await known.configuration_client.choose("HeartbeatInterval", "60")
    assert (await ready.boot())["interval"] == 60
    kept = Charger("CP-1", ChargerSettings(), known.shared)
    kept.restore(known.data())
    assert kept.configuration_client.heartbeat_interval == 60


async def test_booleans_are_written_as_the_charger_writes_them(
    fake: Fake, hass: HomeAssistant
) -> None:
    """True, true or TRUE; and under the charger's own spelling of the key."""
    async with fake() as charger:
        charger.configuration |= {
            "localauthorizeoffline": ("TRUE", False),
            "LocalPreAuthorize": ("False", False),
            "EvPresenceNotification": ("false", False),
        }
        await charger.boot()
        await charger.until_ready()
        (entry,) = hass.config_entries.async_entries("schneider_ev")
        known = entry.runtime_data.central_system.chargers["CP-1"]
        charger.received.clear()
        for name in (
            "LocalAuthorizeOffline",
            "LocalPreAuthorize",
            "EvPresenceNotification",
        ):
            await known.configuration_client.change(name, "true")
        assert [tuple(p.values()) for p in charger.calls("ChangeConfiguration")] == [
            ("localauthorizeoffline", "TRUE"),
            ("LocalPreAuthorize", "True"),
            ("EvPresenceNotification", "true"),
        ]


LED: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "light_intensity": ("LightIntensity", {"value": 15}, "15", "15"),
    "led_night_intensity": ("LedNightIntensity", {"value": 5}, "5", "5"),
    "led_day_start_hour": (
        "LedDayStartHour",
        {"time": "06:30:00"},
        "06:30",
        "06:30:00",
    ),
    "led_day_end_hour": ("LedDayEndHour", {"time": "22:15:00"}, "22:15", "22:15:00"),
}


@pytest.mark.parametrize("key", LED)
async def test_the_lights(ready: FakeCharger, shown: Shown, key: str) -> None:
    """Brightness and hours of the day go to the charger and are shown."""
    name, data, wire, state = LED[key]
    await shown.do(f"CP-1_{key}", "set_value", **data)
    assert ready.calls("ChangeConfiguration")[-1] == {"key": name, "value": wire}
    assert shown[f"CP-1_{key}"] == state


async def test_a_key_by_its_earlier_name(
    hass: HomeAssistant, central_system: str, shown: Shown
) -> None:
    """A charger that knows only that name, and does not send it at once."""
    async with Simulator(
        central_system, "CP-1", "evlink_pro_dc", firmware="2.6.11"
    ) as simulator:
        await simulator.until(
            lambda: "MeterValues" in str(simulator.calls("TriggerMessage"))
        )
        await hass.async_block_till_done()
        assert shown.entity_id("CP-1_enable_meter_values_contain_voltage")


async def test_a_reboot_is_followed_up(ready: FakeCharger) -> None:
    """A charger that boots again is read and set again."""
    ready.configuration["MeterValueSampleInterval"] = ("0", False)
    ready.received.clear()
    await ready.boot()
    await ready.until_ready()
    assert ready.calls("GetConfiguration") == [{}]
    assert ready.configuration["MeterValueSampleInterval"] == ("10", False)
    assert {"requestedMessage": "StatusNotification"} in ready.calls("TriggerMessage")


@pytest.mark.parametrize(
    "answer",
    [
        {"configurationKey": [{"key": "LightIntensity", "readonly": False}]},
        {"configurationKey": None},
        {},
        {"configurationKey": "none", "unknownKey": 5},
        {"configurationKey": [None, {"key": 5}, {"key": "StationName", "value": 7}]},
        [4, "ID", "NotSupported", "", {}],
        [4, "ID"],
        [3, "ID", []],
        [3, "ID"],
    ],
)
async def test_a_poor_configuration_does_not_stop_the_rest(
    hass: HomeAssistant, fake: Fake, shown: Shown, answer: Any
) -> None:
    """Whatever the charger answers, its state is asked for and shown."""
    async with fake() as charger:
        charger.answers["GetConfiguration"] = lambda _: answer
        await charger.boot()
        await charger.until_ready()
        await charger.status("Available")
        await hass.async_block_till_done()
        assert shown["CP-1_1_status"] == "available"


async def test_availability_is_left_alone(ready: FakeCharger) -> None:
    """A charger that its owner took out of service stays so over a boot."""
    await ready.status("Unavailable")
    await ready.boot()
    await ready.until_called("TriggerMessage", 4)
    assert not ready.calls("ChangeAvailability")
