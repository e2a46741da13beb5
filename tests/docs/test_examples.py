"""The examples in the pages, run: on a charger that is called as it is in them.

The word DEVICE stands for its device, and their dates lie ahead of them.
"""

from datetime import UTC, datetime
import logging
from pathlib import Path
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.schneider_ev import products
from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.products.model import Product
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.script import Script
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
from tests import recording
from tests.conftest import DOMAIN, IDENTITY, Shown
from tests.docs.examples import BLOCK, PAGES, blocks
from tests.fake_charger import BOOT, FakeCharger
from tests.scenes import tell_all

type Json = dict[str, Any]

GARAGE = "Garage"
NOON = "2026-06-01T12:00:00Z"


@pytest.fixture
def titles() -> dict[str, str]:
    """The charger is called as in the examples."""
    return {IDENTITY: GARAGE}


@pytest.fixture
def product(block: str) -> Product:
    """What the example is for."""
    return EVLINK_PRO_DC if "set_displayed_cost" in block else EVLINK_PRO_AC


@pytest.fixture
async def charging(
    hass: HomeAssistant, tmp_path: Path, product: Product, ready_product: FakeCharger
) -> FakeCharger:
    """A charger that charges a car, in a home that has what the examples name."""
    hass.config.config_dir = str(tmp_path)
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "firmware.bin").touch()
    hass.config.media_dirs = {"local": str(tmp_path / "media")}
    await hass.config.async_update(internal_url="http://127.0.0.1:8123")
    hass.states.async_set("sensor.grid_power", "-2300")
    ready_product.answers |= {
        "GetDiagnostics": {"fileName": "diagnostics.zip"},
        "GetInstalledCertificateIds": {"status": "Accepted"},
        "UpdateFirmware": {},
    }
    await tell_all(ready_product, product.sampled_data[0])
    await ready_product.status("Charging")
    await hass.async_block_till_done()
    return ready_product


@pytest.mark.parametrize(
    "block",
    [block for block in blocks("yaml") if not str(block.id).startswith("docs/evcc.md")],
)
async def test_yaml(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    charging: FakeCharger,
    caplog: pytest.LogCaptureFixture,
    block: str,
) -> None:
    """Each does what it does without an error, on the entities that there are.

    What evcc reads is tried in test_evcc.py.
    """
    for entity_id in re.findall(rf"\b[a-z_]+\.{GARAGE.lower()}_\w+", block):
        assert er.async_get(hass).async_get(entity_id), entity_id
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, IDENTITY), entry.entry_id
    )
    assert device is not None
    next_year = f"{datetime.now(UTC).year + 1}-"
    config = parse_yaml(
        re.sub(r"\b20\d\d-", next_year, block.replace("DEVICE", device.id))
    )
    assert isinstance(config, dict)
    if "logger" in config:
        await turns_logging_on(hass, config)
    elif "triggers" in config:
        await runs_when_triggered(hass, config)
    else:
        await runs(hass, config)
    assert not [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and "custom integration" not in record.msg
    ]


async def runs(hass: HomeAssistant, config: Json) -> None:
    """Run an action, or several."""
    actions = config.get("actions", [config])
    notifications = async_mock_service(hass, "notify", "send_message")
    script = Script(hass, cv.SCRIPT_SCHEMA(actions), "Example", "test")
    result = await script.async_run(context=Context())
    assert result is not None
    for action in actions:
        if name := action.get("response_variable"):
            assert result.variables[name]
    assert len(notifications) == sum(
        "notify." in action["action"] for action in actions
    )


async def runs_when_triggered(hass: HomeAssistant, config: Json) -> None:
    """Run an automation, if its conditions hold."""
    for action in config["actions"]:
        if not hass.services.has_service(*action["action"].split(".")):
            async_mock_service(hass, *action["action"].split("."))
    assert await async_setup_component(
        hass, "automation", {"automation": {"alias": "Example"} | config}
    )
    automation = {"entity_id": "automation.example"}
    for action, data in (("trigger", {"skip_condition": False}), ("turn_off", {})):
        await hass.services.async_call(
            "automation", action, automation | data, blocking=True
        )
    state = hass.states.get("automation.example")
    assert state is not None
    assert state.attributes["last_triggered"]


async def turns_logging_on(hass: HomeAssistant, config: Json) -> None:
    """Set up what is said of the log."""
    names = config["logger"]["logs"]
    loggers = [logging.getLogger(name) for name in (None, *names)]
    levels = [logger.level for logger in loggers]
    try:
        assert await async_setup_component(hass, "logger", config)
        assert all(logger.level == logging.DEBUG for logger in loggers[1:])
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def python(page: str) -> str:
    """Return the Python of a page."""
    examples: dict[str, str] = dict(BLOCK.findall(PAGES[page]))
    return examples["python"]


def test_the_product_is_one() -> None:
    """The page on adding a product shows a file that makes one."""
    module: Json = {"__package__": products.__name__, "__name__": "example_one"}
    exec(python("docs/new_product.md"), module)  # noqa: S102
    product = module["EXAMPLE_ONE"]
    assert isinstance(product, Product)
    assert product.is_model(product.manufacturer, product.references[0].name)
    assert products.fingerprint(product.fingerprint) is None
    assert all(product.configuration_key(name) for name in product.fingerprint)
    for key in product.configuration:
        assert key.default is None or key.accepts(key.default), key.name


@pytest.mark.parametrize("register_stop", [8240, 8241])
async def test_the_recording_is_replayed(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    tmp_path: Path,
    register_stop: int,
) -> None:
    """The page on recordings shows a test that passes for its recording alone."""
    session = {"connectorId": 1, "idTag": "ADA", "meterStart": 0, "timestamp": NOON}
    stop = {"transactionId": 9, "meterStop": register_stop, "timestamp": NOON}
    said = (
        recording.Call("BootNotification", BOOT, None),
        recording.Call("StartTransaction", session, {"transactionId": 9}),
        recording.Call("StopTransaction", stop, {}),
        recording.Call("StopTransaction", stop, {}),
    )
    (tmp_path / "my_charger_session.json").write_text(recording.written([*said]))
    module = {**vars(recording), **globals(), "FIXTURES": tmp_path}
    exec(python("docs/recording.md"), module)  # noqa: S102
    replayed = module["test_a_session_that_ended_twice"](hass, ready, shown)
    if register_stop == 8240:
        await replayed
    else:
        with pytest.raises(AssertionError):
            await replayed
