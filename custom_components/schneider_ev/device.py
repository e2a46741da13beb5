"""Device registry: a device for each charger, and for each of several connectors."""

from functools import partial

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .central_system import ChargerValue
from .central_system.charge_point import Charger, Connector
from .const import DOMAIN
from .products.model import Plug
from .runtime import SchneiderConfigEntry
from .subentries import charger_subentries

_NAMES_BY_PLUG: dict[Plug | None, str] = {Plug.DOMESTIC_SOCKET: "domestic_socket"}
"""Translation keys of connectors that are not named by their number."""


@callback
def async_register_charger(
    hass: HomeAssistant, entry: SchneiderConfigEntry, charger: Charger
) -> None:
    """Register a charger's device, and update it whenever the charger reports more."""
    update = partial(async_update_charger, hass, entry, charger)

    @callback
    def restore_deleted() -> None:
        """Register again what the owner deleted while the charger was not connected."""
        if charger.link.is_connected and _lacks_a_device(
            dr.async_get(hass), entry, charger
        ):
            update()
            charger.announce_structure()

    update()
    charger.values.listen(ChargerValue.BOOT, update)
    charger.link.connection_changed.connect(restore_deleted)
    charger.structure_changed.connect(
        partial(async_update_connector_devices, hass, entry, charger)
    )


@callback
def async_update_charger(
    hass: HomeAssistant, entry: SchneiderConfigEntry, charger: Charger
) -> None:
    """Update a charger's device from its BootNotification and its subentry."""
    boot = charger.boot
    known = charger.reference
    subentry = charger_subentries(entry).get(charger.identity)
    if subentry is None:  # it was removed a moment ago
        return
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        config_subentry_id=subentry.subentry_id,
        identifiers={(DOMAIN, charger.identity)},
        name=subentry.title,
        manufacturer=(boot and boot.vendor) or charger.product.manufacturer or None,
        model=_model(charger),
        model_id=(
            known.name
            if known
            else charger.settings.reference or _reported_model(charger)
        ),
        serial_number=boot.serial_number if boot else None,
        sw_version=boot.firmware_version if boot else None,
    )


def _model(charger: Charger) -> str:
    """Return the product's name; without a guide the model that the charger reports."""
    if charger.product.guides or charger.boot is None:
        return charger.product.name
    return charger.boot.model or charger.product.name


def _reported_model(charger: Charger) -> str | None:
    """Return the model that a charger reports, if it is not shown as its model."""
    model = charger.boot.model if charger.boot else None
    if not model or model.casefold() == _model(charger).casefold():
        return None
    return model


@callback
def device_info(
    hass: HomeAssistant, entry: SchneiderConfigEntry, source: Charger | Connector
) -> dr.DeviceInfo | dr.ChildDeviceInfo:
    """Return the device info of a charger or a connector.

    A charger's only connector has no device of its own.
    """
    charger = source if isinstance(source, Charger) else source.charger
    identifier = (DOMAIN, charger.identity)
    if isinstance(source, Charger) or len(charger.connectors) == 1:
        return dr.DeviceInfo(identifiers={identifier})
    parent = dr.async_get(hass).async_get_device_by_identifier(
        identifier, entry.entry_id
    )
    if parent is None:
        return dr.DeviceInfo(identifiers={identifier})
    return dr.ChildDeviceInfo(
        identifiers={(DOMAIN, _connector_identifier(charger, source.number))},
        parent_device_id=parent.id,
        translation_key=_NAMES_BY_PLUG.get(source.plug, "connector"),
        translation_placeholders={"number": str(source.number)},
    )


def charger_of_device(
    entry: SchneiderConfigEntry, device: dr.DeviceEntry | dr.ChildDeviceEntry
) -> Charger | None:
    """Return the charger of a device, which may be that of one of its connectors."""
    subentry = entry.subentries.get(device.config_subentry_id or "")
    if subentry is None or subentry.unique_id is None:
        return None
    return entry.runtime_data.central_system.chargers.get(subentry.unique_id)


@callback
def connector_number(
    hass: HomeAssistant, device_id: str, charger: Charger
) -> int | None:
    """Return the number of a device's connector, None if it is a charger's device."""
    device = dr.async_get(hass).async_get(device_id, include_child_devices=True)
    identifiers = {name for _, name in device.identifiers} if device else set()
    return next(
        (
            number
            for number in charger.connectors
            if _connector_identifier(charger, number) in identifiers
        ),
        None,
    )


@callback
def async_update_connector_devices(
    hass: HomeAssistant, entry: SchneiderConfigEntry, charger: Charger
) -> None:
    """Move entities and remove devices when a charger's connectors have changed."""
    subentry = charger_subentries(entry).get(charger.identity)
    if subentry is None or not charger.connectors_known:
        return
    entities = er.async_get(hass)
    devices = dr.async_get(hass)
    prefixes = {
        f"{charger.identity}_{connector.number}_": device_info(hass, entry, connector)
        for connector in charger.connectors.values()
    }
    for entity in er.async_entries_for_config_entry(entities, entry.entry_id):
        if entity.config_subentry_id != subentry.subentry_id:
            continue
        for prefix, info in prefixes.items():
            if not entity.unique_id.startswith(prefix):
                continue
            device = (
                devices.async_get_or_create_child(
                    config_entry_id=entry.entry_id,
                    config_subentry_id=subentry.subentry_id,
                    **info,
                )
                if "parent_device_id" in info
                else devices.async_get_device_by_identifier(
                    (DOMAIN, charger.identity), entry.entry_id
                )
            )
            if device is not None and entity.device_id != device.id:
                entities.async_update_entity(entity.entity_id, device_id=device.id)
    _remove_obsolete_devices(devices, entry, charger)


def _lacks_a_device(
    devices: dr.DeviceRegistry, entry: SchneiderConfigEntry, charger: Charger
) -> bool:
    """Tell whether the device of a charger or of one of its connectors is missing."""
    parent = devices.async_get_device_by_identifier(
        (DOMAIN, charger.identity), entry.entry_id
    )
    if parent is None:
        return True
    wanted = len(charger.connectors) if len(charger.connectors) > 1 else 0
    return len(dr.async_entries_for_parent_device(devices, parent.id)) < wanted


def _remove_obsolete_devices(
    devices: dr.DeviceRegistry, entry: SchneiderConfigEntry, charger: Charger
) -> None:
    """Remove the devices of connectors that are gone, or have no device of their own."""
    kept = {
        _connector_identifier(charger, number)
        for number in charger.connectors
        if len(charger.connectors) > 1
    }
    parent = devices.async_get_device_by_identifier(
        (DOMAIN, charger.identity), entry.entry_id
    )
    if parent is None:
        return
    for child in dr.async_entries_for_parent_device(devices, parent.id):
        if not any(identifier in kept for _, identifier in child.identifiers):
            devices.async_remove_device(child.id)


def _connector_identifier(charger: Charger, number: int) -> str:
    """Return the identifier of a connector; no identity of a charger has a slash."""
    return f"{charger.identity}/{number}"
