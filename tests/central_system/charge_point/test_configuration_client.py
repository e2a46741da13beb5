"""Reading and changing the keys of a charger that answers by a script."""

from collections.abc import Mapping

import orjson
import pytest

from custom_components.schneider_ev.central_system.charge_point.configuration_client import (
    ConfigurationClient,
)
from custom_components.schneider_ev.central_system.messages.errors import (
    ChargerOfflineError,
    ChargerRefusedError,
)
from custom_components.schneider_ev.central_system.state.configuration import (
    ConfigurationItem,
)
from custom_components.schneider_ev.central_system.values import (
    Problem,
    Problems,
    Values,
)
from custom_components.schneider_ev.products import PRODUCTS
from custom_components.schneider_ev.products.generic import GENERIC
from custom_components.schneider_ev.products.model import Product
from tests.central_system.charge_point.scripted import (
    Answer,
    ScriptedConnection,
    configured,
    connected,
)

INTERLOCKED = next(product for product in PRODUCTS.values() if product.interlocked_keys)
KEYS = {"heartbeatinterval": "300", "LocalAuthListEnabled": "True"}


def client(
    *answers: Answer, product: Product = GENERIC, keys: Mapping[str, str] = KEYS
) -> tuple[ConfigurationClient, ScriptedConnection, Problems]:
    """Return a client, what its charger is sent, and what its owner has to see to."""
    link, connection = connected(*answers)
    problems: Problems = Values()
    made = ConfigurationClient(link, configured(product, keys), problems)
    return made, connection, problems


async def test_keys_are_read_in_the_chargers_spelling() -> None:
    """What is no key in the answer is skipped, what it lacks is returned."""
    answer = {
        "configurationKey": [{"key": "A", "value": "1", "readonly": True}, 5],
        "unknownKey": ["B", 5],
    }
    reader, connection, _ = client(answer, {"unknownKey": None})
    item = ConfigurationItem(name="A", value="1", readonly=True)
    assert await reader.get(["HeartbeatInterval", "B"]) == ([item], ["B", "5"])
    assert await reader.get() == ([], [])
    assert connection.calls == [
        ("GetConfiguration", {"key": ["heartbeatinterval", "B"]}),
        ("GetConfiguration", {}),
    ]


@pytest.mark.parametrize("status", ["Accepted", "RebootRequired"])
async def test_a_key_is_changed_in_the_chargers_spelling(status: str) -> None:
    """Its name and its truth value; a key that it did not report goes as it is."""
    writer, connection, _ = client(status)
    assert await writer.change("LocalAuthListEnabled", "false") == status
    await writer.change("HeartbeatInterval", "60")
    await writer.change("Unknown", "false")
    assert [(call["key"], call["value"]) for _, call in connection.calls] == [
        ("LocalAuthListEnabled", "False"),
        ("heartbeatinterval", "60"),
        ("Unknown", "false"),
    ]


@pytest.mark.parametrize("status", ["Rejected", "NotSupported", ""])
async def test_a_value_that_is_not_taken(status: str) -> None:
    """Is neither read back nor kept."""
    writer, connection, _ = client(status)
    with pytest.raises(ChargerRefusedError):
        await writer.choose("MeterValueSampleInterval", "30")
    assert len(connection.calls) == 1
    assert writer.chosen == {}


async def test_a_choice_is_read_back_and_kept() -> None:
    """Where Home Assistant would set another value; a failure to read it is none."""
    writer, connection, _ = client("Accepted", {}, "Accepted", ChargerOfflineError())
    kept: list[dict[str, str]] = []
    writer.changed.connect(lambda: kept.append(dict(writer.chosen)))
    await writer.choose("localAuthListEnabled", "true")
    assert connection.calls[1:] == [
        ("GetConfiguration", {"key": ["LocalAuthListEnabled"]})
    ]
    assert await writer.choose("metervaluesampleinterval", "30") == "Accepted"
    assert kept == [{}, {"MeterValueSampleInterval": "30"}]


async def test_all_is_read_back_where_keys_are_interlocked() -> None:
    """Since others may change with it."""
    (name, *_) = sorted(INTERLOCKED.interlocked_keys)
    writer, connection, _ = client(product=INTERLOCKED, keys={name: "1"})
    await writer.choose(name, "2")
    await writer.choose("HeartbeatInterval", "60")
    read = [call for action, call in connection.calls if action == "GetConfiguration"]
    assert read == [{}, {"key": ["HeartbeatInterval"]}]


async def test_a_secret_is_not_read_back() -> None:
    """It can only be written."""
    writer, connection, _ = client()
    await writer.choose("AuthorizationKey", "secret")
    assert [action for action, _ in connection.calls] == ["ChangeConfiguration"]


async def test_a_restart_that_is_required() -> None:
    """Is a problem that names all keys that wait for it, until it has happened."""
    writer, _, problems = client()
    for name in ("localauthlistenabled", "HeartbeatInterval"):
        writer.require_restart(name)
    keys = {"keys": "HeartbeatInterval, LocalAuthListEnabled"}
    assert problems.get(Problem.RESTART_REQUIRED) == keys
    writer.restarted()
    assert problems.get(Problem.RESTART_REQUIRED) is None


async def test_what_is_kept_is_restored() -> None:
    """All of it; a restart that is required still is a problem."""
    writer, _, problems = client()
    writer.accept_measurands("1.0", "SoC")
    writer.accept_measurands("1.1", "Voltage")
    writer.require_restart("HeartbeatInterval")
    await writer.choose("MeterValueSampleInterval", "30")
    other, _, others_problems = client(keys={})
    other.restore(orjson.loads(orjson.dumps(writer.data())))
    assert other.data() == writer.data()
    assert other.accepted_measurands == {"1.1": "Voltage"}
    problem = Problem.RESTART_REQUIRED
    assert others_problems.get(problem) == problems.get(problem) is not None
    other.forget_charger()
    assert other.data() == writer.data() | {"accepted_measurands": {}}
