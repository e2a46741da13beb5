"""A connection that answers by a script, for parts of a charger that send calls."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, override

from custom_components.schneider_ev.central_system.charge_point.link import Link
from custom_components.schneider_ev.central_system.messages.payload import Json
from custom_components.schneider_ev.central_system.state.configuration import (
    Configuration,
    ConfigurationItem,
)
from custom_components.schneider_ev.central_system.transport.connection import (
    Connection,
)
from custom_components.schneider_ev.central_system.transport.trace import Trace
from custom_components.schneider_ev.central_system.values import Signal, Values
from custom_components.schneider_ev.products.model import Product

type Answer = Json | str | Exception
"""An answer, its status only, or what is raised instead."""


class ScriptedConnection(Connection):
    """Notes the calls, and answers them from a list; then with Accepted."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        """Prepare the answers."""
        self.identity = "CP-1"
        self.trace = Trace()
        self.answered = Signal[str, Json, Json]()
        self._closed = False
        self.answers = list(answers)
        self.calls: list[tuple[str, Json]] = []
        self.hung_up: str | None = None

    @override
    async def call(self, action: str, payload: Json) -> Json:
        self.calls.append((action, payload))
        answer = self.answers.pop(0) if self.answers else "Accepted"
        if isinstance(answer, Exception):
            raise answer
        result = {"status": answer} if isinstance(answer, str) else answer
        self.answered.send(action, payload, result)
        return result

    @override
    def create_task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(work)

    @override
    def hang_up(self, reason: str) -> None:
        self.hung_up = reason


def connected(*answers: Answer) -> tuple[Link, ScriptedConnection]:
    """Return a link and its connection."""
    link, connection = Link("CP-1", Values()), ScriptedConnection(answers)
    link.attach(connection, is_confirmed=True)
    return link, connection


def configured(product: Product, keys: Mapping[str, str]) -> Configuration:
    """Return the configuration of a charger that reported some keys."""
    configuration = Configuration(product)
    configuration.report(
        ConfigurationItem(name=name, value=value, readonly=False)
        for name, value in keys.items()
    )
    return configuration
