"""Actions go by what a product, its firmware and its tools can do."""

from collections.abc import Callable
from pathlib import Path
import re
from typing import Any

from ocpp import v16
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.products.model import Product, snake_case
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from tests.conftest import Act
from tests.fake_charger import FakeCharger
from tests.scenes import register
from tests.texts import ACTIONS

type Fake = Callable[..., FakeCharger]

GET_LOG = {
    "log": {"remote_location": "ftp://127.0.0.1/"},
    "log_type": "SecurityLog",
}


async def refusal(act: Act, action: str, **data: Any) -> ServiceValidationError:
    """Perform an action; return why it is refused."""
    with pytest.raises(ServiceValidationError) as raised:
        await act(action, **data)
    return raised.value


# Operations by firmware


@pytest.mark.parametrize(
    ("product", "before", "since"),
    [(EVLINK_PRO_AC, "1.3.4", "1.4.0"), (EVLINK_PRO_DC, "2.5.0", "2.6.11")],
)
async def test_an_operation_that_the_firmware_does_not_know(
    fake: Fake, hass: HomeAssistant, act: Act, product: Product, before: str, since: str
) -> None:
    """It is not sent, and the owner reads which firmware it takes."""
    async with fake(product=product) as charger:
        await charger.boot(firmwareVersion=before)
        await charger.until_ready()
        await hass.async_block_till_done()
        error = await refusal(act, "get_log", **GET_LOG)
        assert error.translation_key == "operation_needs_firmware"
        assert error.translation_placeholders == {
            "product": product.name,
            "action": "GetLog",
            "since": since,
            "firmware": before,
        }
        assert not charger.calls("GetLog")
        await charger.boot(firmwareVersion=since)
        await act("get_log", **GET_LOG)
        assert charger.calls("GetLog")


async def test_a_list_that_the_firmware_does_not_take(
    fake: Fake,
    hass: HomeAssistant,
    entry: MockConfigEntry,
    act: Act,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Badges are not sent to a charger that takes none, and nobody is warned of it."""
    async with fake(product=EVLINK_PRO_AC) as charger:
        charger.configuration["LocalAuthListEnabled"] = ("True", False)
        await charger.boot(firmwareVersion="1.0.5")
        await charger.until_ready()
        await register(hass, entry, "ADA", "Ada")
        error = await refusal(act, "synchronise_badges")
        assert error.translation_key == "operation_needs_firmware"
        assert not charger.calls("GetLocalListVersion")
        assert not charger.calls("SendLocalList")
        assert "not up to date" not in caplog.text


async def test_a_firmware_that_is_not_told(
    fake: Fake, hass: HomeAssistant, act: Act
) -> None:
    """A charger that does not name its firmware is asked."""
    async with fake(product=EVLINK_PRO_AC) as charger:
        charger.boot_payload = {
            name: value
            for name, value in charger.boot_payload.items()
            if name != "firmwareVersion"
        }
        await charger.boot()
        await charger.until_ready()
        await act("get_log", **GET_LOG)
        assert charger.calls("GetLog")


# File transfers


@pytest.mark.parametrize(
    ("product", "url", "protocols"),
    [
        (EVLINK_PRO_AC, "sftp://127.0.0.1/", "FTP, FTPS, HTTP, HTTPS"),
        (EVLINK_PRO_DC, "ftps://127.0.0.1/", "FTP, HTTP, HTTPS"),
    ],
)
async def test_a_protocol_that_the_charger_does_not_know(
    ready_product: FakeCharger, act: Act, product: Product, url: str, protocols: str
) -> None:
    """No file is transferred by it, whichever way it would go."""
    for action, data in (
        ("get_diagnostics", {"location": url}),
        ("get_log", {"log": {"remote_location": url}, "log_type": "SecurityLog"}),
        ("update_firmware", {"location": f"{url}a.bin"}),
    ):
        error = await refusal(act, action, **data)
        assert error.translation_key == "file_transfer_not_supported"
        assert error.translation_placeholders == {
            "product": product.name,
            "protocols": protocols,
            "protocol": url.partition(":")[0].upper(),
        }
    sent = {action for action, _ in ready_product.received}
    assert not {"GetDiagnostics", "GetLog", "UpdateFirmware"} & sent
    await act("get_diagnostics", location="FTP://127.0.0.1/")
    assert ready_product.calls("GetDiagnostics")


@pytest.mark.parametrize("product", [EVLINK_PRO_DC])
async def test_a_protocol_for_the_tariff_image(
    ready_product: FakeCharger, act: Act, product: Product
) -> None:
    """The image is a file like others."""
    error = await refusal(
        act, "send_tariff_image", location="sftp://127.0.0.1/tariff.png"
    )
    assert error.translation_key == "file_transfer_not_supported"
    assert not ready_product.calls("DataTransfer")


async def test_the_protocols_that_a_charger_reports(
    fake: Fake, hass: HomeAssistant, act: Act
) -> None:
    """They count more than those of the guide."""
    async with fake(product=EVLINK_PRO_AC) as charger:
        charger.configuration["SupportedFileTransferProtocols"] = ("FTP,SFTP", True)
        await charger.boot()
        await charger.until_ready()
        error = await refusal(act, "get_diagnostics", location="https://127.0.0.1/")
        assert error.translation_key == "file_transfer_not_supported"
        await act("get_diagnostics", location="sftp://127.0.0.1/")
        assert charger.calls("GetDiagnostics")


# Settings


@pytest.mark.parametrize("product", [EVLINK_PRO_AC])
async def test_a_key_of_another_tool(
    ready_product: FakeCharger, act: Act, product: Product
) -> None:
    """A password that only eSetup sets is not sent, and the tool is named."""
    error = await refusal(
        act,
        "change_configuration",
        key="authorizationkey",
        value="a-new-password-1",
        confirm=True,
    )
    assert error.translation_key == "key_set_elsewhere"
    assert error.translation_placeholders == {
        "key": "AuthorizationKey",
        "tool": "eSetup",
    }
    changed = {call["key"] for call in ready_product.calls("ChangeConfiguration")}
    assert "AuthorizationKey" not in changed


@pytest.mark.parametrize("product", [EVLINK_PRO_AC])
async def test_what_is_told_of_a_key(
    ready_product: FakeCharger, ask: Act, product: Product
) -> None:
    """From which firmware it is there and can be set, and with which tool."""
    names = ["AuthorizationKey", "iMaxDeratingSwCapacity", "ISO15118ChargeEnabled"]
    answer = await ask("get_configuration", key=names)
    password, current, iso = answer["configuration_key"]
    assert password["set_with"] == "eSetup"
    assert current["writable_since"] == "1.5.0"
    assert iso["since"] == "2.0.1"
    assert not {"since", "set_with"} & current.keys()


@pytest.mark.parametrize("action", ["TriggerMessage", "ExtendedTriggerMessage"])
def test_the_messages_to_ask_for(action: str) -> None:
    """Those that can be picked are those that OCPP has."""
    schema = (Path(v16.__file__).parent / "schemas" / f"{action}.json").read_text()
    enums = re.findall(r'"enum"\s*:\s*\[([^\]]*)\]', schema)
    assert len(enums) == 1
    field = ACTIONS[snake_case(action)]["fields"]["requested_message"]
    options = field["selector"]["select"]["options"]
    assert sorted(options) == sorted(re.findall(r'"(\w+)"', enums[0]))
