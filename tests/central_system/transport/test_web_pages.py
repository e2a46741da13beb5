"""Web pages: a browser of this network must not be a charger for a page."""

from collections.abc import Callable

import pytest
from websockets.asyncio.client import connect
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from custom_components.schneider_ev.central_system.transport.web_pages import (
    is_of_a_web_page,
)
from tests.fake_charger import FakeCharger

HOST = "192.168.1.5:9000"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "http://192.168.1.5",
        "http://192.168.1.5:9000",
        "https://192.168.1.5:8123",
        "ws://192.168.1.5:9000",
        "ws://192.168.1.5:9000/CP-1",
        "192.168.1.5",
        "192.168.1.5:9000",
    ],
)
def test_chargers(origin: str | None) -> None:
    """A charger sends no Origin, or the host that it dials in one of many forms."""
    headers = Headers({"Host": HOST})
    if origin is not None:
        headers["Origin"] = origin
    assert not is_of_a_web_page(headers)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("HomeAssistant.local:9000", "http://homeassistant.local"),
        ("homeassistant.local.:9000", "http://homeassistant.local"),
        ("[fe80::1]:9000", "http://[fe80::1]"),
        ("[2001:DB8::1]", "ws://[2001:db8::1]:9000"),
    ],
)
def test_chargers_that_dial_a_name(host: str, origin: str) -> None:
    """Capitals, a last dot and brackets make no other host."""
    assert not is_of_a_web_page(Headers({"Host": host, "Origin": origin}))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://another.example"},
        {"Origin": "https://192.168.1.50"},
        {"Origin": "https://192.168.1.5.another.example"},
        {"Origin": "https://192.168.1.5@another.example"},
        {"Origin": "null"},
        {"Origin": "file://"},
        {"Origin": "chrome-extension://abcdef"},
        {"Origin": "http://["},
        {"Origin": "http://"},
        {"Sec-Fetch-Site": "cross-site"},
        {"sec-fetch-mode": "websocket", "Origin": f"http://{HOST}"},
        {"Origin": f"http://{HOST}", "User-Agent": BROWSER},
    ],
)
def test_pages(headers: dict[str, str]) -> None:
    """What a browser sends for a page is told from what chargers send."""
    assert is_of_a_web_page(Headers({"Host": HOST, **headers}))


def test_two_of_a_kind() -> None:
    """A second Origin or Host does not hide the first; without a host there is no match."""
    right = ("Origin", f"http://{HOST}")
    wrong = ("Origin", "https://another.example")
    assert is_of_a_web_page(Headers([("Host", HOST), right, wrong]))
    assert is_of_a_web_page(Headers([("Host", HOST), ("Host", "b"), right]))
    assert is_of_a_web_page(Headers([right]))


@pytest.mark.parametrize("identity", ["CP-1", "stranger", "no%20identity"])
async def test_a_page_is_refused(central_system: str, identity: str) -> None:
    """Before anything else is looked at, whomever it wants to be."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(
            f"{central_system}/{identity}",
            proxy=None,
            origin=Origin("https://another.example"),
        ):
            pass
    assert refused.value.response.status_code == 403


async def test_a_charger_with_an_origin_is_served(
    central_system: str, fake: Callable[..., FakeCharger]
) -> None:
    """Its library says by which host it dials."""
    origin = central_system.replace("ws:", "http:")
    async with fake(headers={"Origin": origin}) as charger:
        assert (await charger.boot())["status"] == "Accepted"
