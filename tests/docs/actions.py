"""The actions, triggers and conditions with their fields, for docs/actions.md."""

from collections.abc import Iterator, Mapping
from typing import Any

import probatio

from custom_components.schneider_ev.actions.operations import OPERATIONS
from custom_components.schneider_ev.central_system.charge_point import (
    COST_UPDATED,
    TARIFF_DOWNLOAD,
)
from custom_components.schneider_ev.products.model import Direction, Product, snake_case
from custom_components.schneider_ev.services import async_setup_services
from homeassistant.core import HomeAssistant, Service, SupportsResponse
from homeassistant.util.yaml import load_yaml_dict
from tests.docs.markdown import DESCRIBED, INTEGRATION, TEXTS, code, table

GROUPS: Mapping[str, tuple[str, ...]] = {
    "charging": (
        "set_charging_limit",
        "set_surplus_power",
        "remote_start_transaction",
        "remote_stop_transaction",
        "unlock_connector",
        "change_availability",
    ),
    "sessions": (
        "get_sessions",
        "export_signed_readings",
        "set_displayed_cost",
        "send_tariff_image",
    ),
    "badges": (
        "synchronise_badges",
        "get_local_list_version",
        "send_local_list",
        "clear_cache",
        "reserve_now",
        "cancel_reservation",
    ),
    "settings": ("get_configuration", "change_configuration"),
    "profiles": (
        "set_charging_profile",
        "clear_charging_profile",
        "get_composite_schedule",
    ),
    "upkeep": (
        "locate",
        "reset",
        "trigger_message",
        "extended_trigger_message",
        "get_diagnostics",
        "get_log",
        "update_firmware",
        "signed_update_firmware",
    ),
    "certificates": (
        "install_certificate",
        "get_installed_certificate_ids",
        "delete_certificate",
    ),
    "anything": ("data_transfer", "call"),
}
"""The actions as the page groups them."""

_MESSAGES = {
    "locate": "Locate",
    "send_tariff_image": TARIFF_DOWNLOAD,
    "set_displayed_cost": COST_UPDATED,
}
_OPERATIONS = {snake_case(operation.action): operation for operation in OPERATIONS}
_REMARKS = {
    "unlock_connector": "A cable that is attached to the charger is not released."
}
_SELECTORS: dict[str, Any] = load_yaml_dict(str(INTEGRATION / "services.yaml"))


async def actions() -> Mapping[str, str]:
    """Return the actions by group, the triggers and the conditions."""
    hass = HomeAssistant(str(INTEGRATION))
    try:
        async_setup_services(hass)
        registered = hass.services.async_services_for_domain("schneider_ev")
    finally:
        await hass.async_stop(force=True)
    grouped = {
        group: "\n".join(_action(name, registered[name]) for name in names)
        for group, names in GROUPS.items()
    }
    return grouped | {
        "file_transfers": table(
            ("product", "protocols"),
            (
                (product.name, ", ".join(sorted(product.file_transfers)).upper())
                for product in DESCRIBED
            ),
        ),
        **{kind: _automation(kind) for kind in ("triggers", "conditions")},
    }


def _action(name: str, action: Service) -> str:
    texts = TEXTS["services"][name]
    lines = [
        f"### {texts['name']}: `{name}`\n",
        " ".join([texts["description"], *_restrictions(name, action)]) + "\n",
    ]
    if fields := list(_fields(name, action)):
        lines.append(table(("field", "required", "what it is"), fields))
    return "\n".join(lines)


def _restrictions(name: str, action: Service) -> Iterator[str]:
    """Tell what has an action, and how it has to be asked for."""
    products = [product.name for product in DESCRIBED if _has(product, name)]
    if len(products) < len(DESCRIBED):
        yield f"Only on {' and '.join(products)}."
    for product in _operated(name):
        if since := product.operations_since.get(_OPERATIONS[name].action):
            yield f"On {product.name} from firmware {since}."
        if not product.has_effect(_OPERATIONS[name].action):
            yield f"On {product.name} it has no effect."
    if name in _REMARKS:
        yield _REMARKS[name]
    if action.supports_response is SupportsResponse.ONLY:
        yield "It requires a `response_variable`."
    if action.supports_response is SupportsResponse.NONE:
        yield "It returns no response."


def _operated(name: str) -> Iterator[Product]:
    """Yield the products that have an action which is an operation of OCPP."""
    if name in _OPERATIONS:
        yield from (product for product in DESCRIBED if _has(product, name))


def _has(product: Product, name: str) -> bool:
    if name in _MESSAGES:
        direction = Direction.TO_CHARGER
        return product.data_transfer(direction, _MESSAGES[name]) is not None
    return name not in _OPERATIONS or product.supports(_OPERATIONS[name].action)


def _fields(name: str, action: Service) -> Iterator[tuple[str, str, str]]:
    """Yield the fields of an action; the device that it always has is not told of."""
    assert isinstance(action.schema, probatio.Schema)
    for marker in action.schema.schema:
        field, is_required = str(marker), isinstance(marker, probatio.Required)
        if field == "device_id" and is_required:
            continue
        text = TEXTS["services"][name]["fields"][field]["description"]
        selector = _SELECTORS[name]["fields"][field]["selector"]
        yield (
            code(field),
            "yes" if is_required else "",
            " ".join([text, *_choices(selector)]),
        )


def _choices(selector: Mapping[str, Any]) -> Iterator[str]:
    """Tell which values a field has, where it is not any."""
    if options := (selector.get("select") or {}).get("options"):
        *others, last = map(code, options)
        yield f"{', '.join(others)} or {last}."
    if unit := (selector.get("number") or {}).get("unit_of_measurement"):
        yield f"In {unit}."


def _automation(kind: str) -> str:
    """Return the triggers or the conditions, and the fields that all of them have."""
    texts = TEXTS[kind]
    first: dict[str, Any] = next(iter(texts.values()))
    return "\n".join(
        (
            table(
                (kind.removesuffix("s"), "name", "when"),
                (
                    (code(f"schneider_ev.{name}"), text["name"], text["description"])
                    for name, text in texts.items()
                ),
            ),
            table(
                ("option", "what it is"),
                (
                    (code(name), field["description"])
                    for name, field in first["fields"].items()
                ),
            ),
        )
    )
