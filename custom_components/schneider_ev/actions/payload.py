"""Payloads of OCPP calls: from an action's fields in snake case, and back."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from homeassistant.util import dt as dt_util

from ..central_system.messages import Json, format_timestamp
from ..products.model import snake_case


def request_payload(
    fields: Mapping[str, Any], spell: Callable[[str], str]
) -> dict[str, Any]:
    """Return a payload: members are spelt by `spell`, times are in UTC."""
    return {spell(str(name)): _to_json(value, spell) for name, value in fields.items()}


def response_data(answer: Json) -> dict[str, Any]:
    """Return the members of an answer with their names in snake case."""
    return {snake_case(name): _with_snake_case(value) for name, value in answer.items()}


def camel_case(name: str) -> str:
    """Return a name in snake case as OCPP spells it."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def _to_json(value: Any, spell: Callable[[str], str]) -> Any:
    match value:
        case Mapping():
            return request_payload(value, spell)
        case list():
            return [_to_json(item, spell) for item in value]
        case datetime():
            return format_timestamp(dt_util.as_utc(value))
        case _:
            return value


def _with_snake_case(value: Any) -> Any:
    match value:
        case dict():
            return response_data(value)
        case list():
            return [_with_snake_case(item) for item in value]
        case _:
            return value
