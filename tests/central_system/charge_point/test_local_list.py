"""The local list of a charger that answers by a script."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from custom_components.schneider_ev.central_system.charge_point.local_list import (
    LocalList,
)
from custom_components.schneider_ev.central_system.messages.errors import (
    ChargerRefusedError,
    InvalidCommandError,
)
from custom_components.schneider_ev.central_system.state.badges import (
    Badge,
    BadgePolicy,
    Badges,
)
from custom_components.schneider_ev.products.generic import GENERIC
from tests.central_system.charge_point.scripted import Answer, configured, connected

ACCEPTED = {"status": "Accepted"}
EXPIRY = datetime(2099, 1, 1, tzinfo=UTC)


class Household:
    """A charger with a local list, and the badges that are registered."""

    def __init__(self, *tags: str, **keys: str) -> None:
        """Register badges; the charger has some keys and was sent nothing."""
        self.badges = Badges("remote")
        self.register(*tags)
        self.link, self.connection = connected()
        configuration = configured(GENERIC, {"LocalAuthListEnabled": "true", **keys})
        self.list = LocalList(self.link, configuration, self.badges)

    def register(self, *tags: str, **changes: Any) -> None:
        """Register these badges, and no others."""
        badges = {tag: Badge(id_tag=tag, name=tag, **changes) for tag in tags}
        self.badges.configure(BadgePolicy.ACCEPT_ALL, badges)

    async def synchronise(self, version: int, *answers: Answer) -> list[Any]:
        """Synchronise a charger with a list of some version; return what it is sent."""
        self.connection.calls.clear()
        self.connection.answers = [{"listVersion": version}, *answers]
        newest = await self.list.synchronise()
        sent = [
            call
            for action, call in self.connection.calls
            if action != "GetLocalListVersion"
        ]
        assert newest == (sent[-1]["listVersion"] if sent else version)
        return [
            (
                call["listVersion"],
                call["updateType"],
                [entry["idTag"] for entry in call["localAuthorizationList"]],
            )
            for call in sent
        ]


async def test_all_then_only_what_changed() -> None:
    """Nothing where nothing changed; what is removed has no idTagInfo."""
    home = Household("A", "B")
    assert await home.synchronise(0) == [(1, "Full", ["A", "B"])]
    assert await home.synchronise(1) == []
    home.register("B", "C", expires=EXPIRY)
    assert await home.synchronise(1) == [(2, "Differential", ["B", "C", "A"])]
    info = ACCEPTED | {"expiryDate": "2099-01-01T00:00:00Z"}
    assert home.connection.calls[-1][1]["localAuthorizationList"] == [
        {"idTag": "B", "idTagInfo": info},
        {"idTag": "C", "idTagInfo": info},
        {"idTag": "A"},
    ]


async def test_all_where_the_charger_has_another_version() -> None:
    """It is not what it was sent; an empty list is sent, too."""
    home = Household("A")
    await home.synchronise(0)
    assert await home.synchronise(5) == [(6, "Full", ["A"])]
    home.list.forget_charger()
    home.register()
    assert await home.synchronise(6) == [(7, "Full", [])]


@pytest.mark.parametrize("status", ["VersionMismatch", "Failed"])
async def test_all_where_a_change_fails(status: str) -> None:
    """The charger is out of step."""
    home = Household("A")
    await home.synchronise(0)
    home.register("A", "B")
    sent = await home.synchronise(1, status)
    assert sent == [(2, "Differential", ["B"]), (2, "Full", ["A", "B"])]


async def test_a_list_that_is_refused() -> None:
    """Is not taken for sent, whatever is refused of it."""
    home = Household("A")
    await home.synchronise(0)
    home.register("A", "B")
    with pytest.raises(ChargerRefusedError):
        await home.synchronise(1, "NotSupported")
    assert len(home.connection.calls) == 2
    assert await home.synchronise(1) == [(2, "Differential", ["B"])]


async def test_a_long_list_is_sent_in_parts() -> None:
    """Each under its own version, and only the first replaces what is there."""
    home = Household("A", "B", "C", SendLocalListMaxLength="2")
    assert await home.synchronise(0) == [
        (1, "Full", ["A", "B"]),
        (2, "Differential", ["C"]),
    ]


@pytest.mark.parametrize(
    ("version", "keys", "error"),
    [
        (-1, {}, "no_local_list"),
        (None, {}, "no_local_list"),
        (0, {"LocalAuthListMaxLength": "1"}, "local_list_too_short"),
    ],
)
async def test_no_list(version: int | None, keys: dict[str, str], error: str) -> None:
    """Where the charger keeps none, or not one of that length, none is sent."""
    home = Household("A", "B", **keys)
    home.connection.answers = [{"listVersion": version}]
    with pytest.raises(InvalidCommandError, match=error):
        await home.list.synchronise()
    assert len(home.connection.calls) == 1


@pytest.mark.parametrize(("enabled", "calls"), [("true", 2), ("false", 0)])
async def test_it_is_kept_up_to_date_where_it_is_used(enabled: str, calls: int) -> None:
    """And not up to date."""
    home = Household("A", LocalAuthListEnabled=enabled)
    home.connection.answers = [{"listVersion": 0}]
    await home.list.keep_up_to_date()
    await home.list.keep_up_to_date()
    assert len(home.connection.calls) == calls


async def test_what_is_kept_is_restored() -> None:
    """The charger is only sent what changed since."""
    home, other = Household("A"), Household("A", "B")
    changes: list[Any] = []
    home.list.changed.connect(lambda: changes.append(home.list.data()))
    await home.synchronise(0)
    assert changes == [home.list.data()]
    other.list.restore(orjson.loads(orjson.dumps(home.list.data())))
    assert other.list.data() == home.list.data()
    assert await other.synchronise(1) == [(2, "Differential", ["B"])]
