"""Which product has which entities, for docs/entities.md.

A charger of each product is told of all that it can say, and asked for what it has.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
import re
from tempfile import TemporaryDirectory

from custom_components.schneider_ev import (
    binary_sensor,
    button,
    event,
    number,
    select,
    sensor,
    switch,
    update,
)
from custom_components.schneider_ev.central_system import ConnectorValue
from custom_components.schneider_ev.central_system.charge_point import (
    Charger,
    ChargerSettings,
    Connector,
    Shared,
    modes,
)
from custom_components.schneider_ev.central_system.charge_point.lifecycle import (
    Lifecycle,
)
from custom_components.schneider_ev.central_system.state import (
    Badges,
    ConfigurationItem,
    Journal,
    SessionDatabase,
)
from custom_components.schneider_ev.entity import Source
from custom_components.schneider_ev.number import LIMIT_UNITS, LimitNumberDescription
from custom_components.schneider_ev.products.model import Direction, Phasing, Product
from homeassistant.const import EntityCategory, Platform
from homeassistant.helpers.entity import EntityDescription
from tests.docs.markdown import DESCRIBED, TEXTS, code, table
from tests.fake_charger import BOOT, every_key

DETECTION_LOOP = "Detection loop"

type Place = tuple[Platform, str]
type Descriptions = Mapping[Platform, tuple[EntityDescription, ...]]

CONNECTOR: Descriptions = {
    Platform.SENSOR: (
        *sensor.CONNECTOR_DESCRIPTIONS,
        *sensor.cost_descriptions("EUR"),
        sensor.LIMITED_BY,
        sensor.EXPLANATION,
        sensor.POWER,
        *sensor.READINGS,
        sensor.VENDOR_ERROR,
        sensor.RESERVATION,
        sensor.PLUG_TYPE,
    ),
    Platform.BINARY_SENSOR: binary_sensor.CONNECTOR_DESCRIPTIONS,
    Platform.SWITCH: switch.DESCRIPTIONS,
    Platform.NUMBER: (*number.CONNECTOR_DESCRIPTIONS, *number.SURPLUS_DESCRIPTIONS),
    Platform.SELECT: (select.CHARGING_MODE,),
    Platform.BUTTON: button.CONNECTOR_DESCRIPTIONS,
    Platform.EVENT: (event.SESSION, event.BADGE),
}
CHARGER: Descriptions = {
    Platform.BINARY_SENSOR: binary_sensor.CHARGER_DESCRIPTIONS,
    Platform.SENSOR: (*sensor.CHARGER_DESCRIPTIONS, sensor.DIAGNOSTICS_STATUS),
    Platform.UPDATE: (update.FIRMWARE,),
    Platform.NUMBER: number.CHARGER_DESCRIPTIONS,
    Platform.BUTTON: button.CHARGER_DESCRIPTIONS,
    Platform.EVENT: (event.FAULT, event.SECURITY),
}

SITE: Descriptions = {
    Platform.SENSOR: tuple(sensor.site_descriptions("EUR").values()),
    Platform.NUMBER: tuple(number.site_descriptions("EUR").values()),
}

NOTES: Mapping[Place, str] = {
    (Platform.SENSOR, "grid_power"): "Positive while power is imported.",
    (Platform.SENSOR, "solar_power"): "Of all panels.",
    (Platform.SENSOR, "battery_power"): "Positive while the house battery discharges.",
    (Platform.SENSOR, "house_power"): "Without the vehicles.",
    (Platform.SENSOR, "surplus"): "What the vehicles may have of the sun.",
    (Platform.SENSOR, "electricity_price"): "Of what is imported, in your currency.",
    (Platform.NUMBER, "cheap_below"): (
        "Below this price, the mode *Smart* takes power from the grid."
    ),
    (Platform.SENSOR, "status"): (
        "The nine states of OCPP, whose `Unavailable` is `out_of_service`."
    ),
    (Platform.SENSOR, "iec_status"): (
        "The letter of IEC 61851, for programs that ask for it, such as "
        "[evcc](evcc.md)."
    ),
    (Platform.SENSOR, "error_code"): "The kind of fault, according to OCPP.",
    (Platform.SENSOR, "vendor_error"): (
        "The [fault](faults.md) that the charger reports, with the attributes `code`, "
        "`error_class`, `description` and `advice`."
    ),
    (Platform.SENSOR, "power"): (
        "If the charger does not measure it, it is calculated from the currents, and "
        "the attribute `estimated` is true."
    ),
    (Platform.SENSOR, "power_offered"): "The most that the vehicle may draw now.",
    (Platform.SENSOR, "current_import"): "Not per phase.",
    (Platform.SENSOR, "current_offered"): "The most that the vehicle may draw now.",
    (Platform.SENSOR, "voltage"): (
        "Of no phase: on an EVlink Pro DC, at the plug, once *Voltage readings* is on."
    ),
    (Platform.SENSOR, "energy"): "The meter reading, over its whole lifetime.",
    (Platform.SENSOR, "state_of_charge"): "Of the vehicle's battery.",
    (Platform.SENSOR, "limited_by"): (
        "What limits the vehicle: your limit, the sun, the price, the station, a pause, "
        "the vehicle or the charger. The attribute `ceiling` is the most it may have, in "
        "A or kW, `next_change` when that changes, if it is known."
    ),
    (Platform.SENSOR, "explanation"): (
        "Why the vehicle charges as it does, in a sentence: what it waits for, what it "
        "may have, and until about when. Its figures change at most once a minute."
    ),
    (Platform.SENSOR, "session_energy"): "Of the current or last session.",
    (Platform.SENSOR, "session_start"): "Of the current or last session.",
    (
        Platform.SENSOR,
        "session_badge",
    ): "The owner of the badge that started the session.",
    (Platform.SENSOR, "session_cost"): (
        "Of the current or last session, [as it is reckoned](costs.md), once a price is "
        "known."
    ),
    (Platform.SENSOR, "session_solar_share"): (
        "What the sun gave of its energy, once the power at the grid is known."
    ),
    (Platform.SENSOR, "charging_cost"): "Of all sessions, for long-term statistics.",
    (Platform.SENSOR, "solar_energy"): (
        "From the sun in all sessions, for long-term statistics."
    ),
    (Platform.SENSOR, "stop_reason"): "Why the last session ended.",
    (Platform.SENSOR, "reservation"): "The attribute `badge` shows for whom.",
    (Platform.SENSOR, "plug_type"): (
        "CCS2 or CHAdeMO, as the charger reports it. *Connector 1* is A, *Connector 2* B."
    ),
    (Platform.BINARY_SENSOR, "plugged"): "A vehicle is plugged in.",
    (Platform.BINARY_SENSOR, "charging"): "The status is *Charging*.",
    (Platform.BINARY_SENSOR, "problem"): "The charger reports a fault of any kind.",
    (Platform.BINARY_SENSOR, "vehicle_detected"): (
        "By a detection loop in the ground that an installer has wired to one of the "
        "charger's conditional inputs (E5 or E6), if *Vehicle detection reports* is on. "
        "1 and true are taken for a vehicle. The guide shows only a message with state "
        "0, so try it: if yours is the other way round, tell us."
    ),
    (Platform.SWITCH, "charging"): (
        "Off pauses charging and keeps the session; on an EVlink Pro DC, it ends the "
        "session. On resumes charging, or starts a session: of a vehicle that is "
        "plugged in, or of one that is plugged in soon (*Plug-in timeout*)."
    ),
    (Platform.SWITCH, "available"): "Off takes the connector out of service.",
    (
        Platform.NUMBER,
        "charging_limit",
    ): (
        "Your limit. 1 to 5 A pause charging, as 0 does. On an EVlink Pro DC, 0 leaves a "
        "small current and does not stop charging; less than 1 kW becomes 1 kW."
    ),
    (Platform.NUMBER, "minimum_current"): "The least that a solar mode charges with.",
    (
        Platform.NUMBER,
        "solar_reserve",
    ): "The surplus that a solar mode leaves for the house.",
    (Platform.SELECT, "charging_mode"): (
        "[What the vehicle charges from](solar.md), with the attribute `reason`."
    ),
    (Platform.BUTTON, "start_session"): (
        "Starts a session, or resumes one, as *Allow charging* does; no badge is needed."
    ),
    (Platform.BUTTON, "unlock"): (
        "Unlocks the connector and releases the cable. It is not there if the charger's "
        "[reference](references.md) has an attached cable."
    ),
    (Platform.EVENT, "session"): "A session `started` or `ended`, with its energy.",
    (Platform.EVENT, "badge"): (
        "A badge was `accepted` or `refused`, with the attribute `reason`."
    ),
    (Platform.SENSOR, "guide"): "The revision that describes the charger's firmware.",
    (Platform.SENSOR, "last_seen"): "Accurate to the minute.",
    (Platform.SENSOR, "diagnostics_status"): (
        "The attribute `file` links to the latest upload."
    ),
    (Platform.NUMBER, "station_limit"): "For all connectors together.",
    (Platform.BUTTON, "locate"): "Makes the charger blink.",
    (Platform.BUTTON, "restart"): "Ends running sessions first.",
    (Platform.BUTTON, "hard_reset"): "Does not end running sessions first.",
    (Platform.BUTTON, "refresh"): "Reads all settings and states again.",
    (Platform.EVENT, "fault"): "A fault has appeared, with its meaning and what to do.",
    (Platform.EVENT, "security"): "A security event that the charger reports.",
}
"""What entities are whose names do not say it."""

FIRST = (
    *("status", "plugged", "charging", "power", "current_import"),
    *("current_l1", "current_l2", "current_l3", "charging_limit", "limited_by"),
    "explanation",
    *("charging_mode", "start_session", "stop_session", "session_energy"),
    *("session_start", "session_badge", "stop_reason", "energy", "state_of_charge"),
)
"""The keys of what an owner looks at first: status, power, limit, mode, session."""

CARDS = {None: "main", EntityCategory.CONFIG: "configuration"}
"""Where the page of a device shows an entity, if that is not by diagnostics."""


async def entities() -> Mapping[str, str]:
    """Return the entities of a connector, of a charger and of a site."""
    chargers = [
        Told(
            product=product,
            usual=await _speak(product, _usual(product), has_loop=False),
            most=await _speak(product, _all(product), has_loop=True),
        )
        for product in DESCRIBED
    ]
    return {
        "connector": _table(
            _row(platform, description, [each.connector for each in chargers])
            for platform, description in sorted(_all_of(CONNECTOR), key=_by_card)
        ),
        "charger": _table(
            [
                *(
                    _row(platform, description, chargers)
                    for platform, description in sorted(_all_of(CHARGER), key=_by_card)
                ),
                *_modes(chargers),
            ]
        ),
        "site": table(
            ("name", "entity", "key", "unit", ""),
            (
                (
                    TEXTS["entity"][platform][description.key]["name"],
                    platform,
                    code(description.key),
                    _site_unit(description),
                    NOTES[platform, description.key],
                )
                for platform, description in _all_of(SITE)
            ),
        ),
    }


@dataclass(frozen=True, kw_only=True)
class Told[SourceT: Source]:
    """A part of a charger of a product: as it is, and when it is asked for all."""

    product: Product
    usual: SourceT
    most: SourceT

    @property
    def connector(self: Told[Charger]) -> Told[Connector]:
        """Its first connector."""
        return Told(
            product=self.product,
            usual=self.usual.connectors[1],
            most=self.most.connectors[1],
        )

    def mark(self, has: Callable[[SourceT], bool]) -> str:
        """Tell whether it has something."""
        if has(self.usual):
            return "✓"
        return "○" if has(self.most) else ""


async def _speak(
    product: Product, samples: Iterable[Mapping[str, str]], *, has_loop: bool
) -> Charger:
    """Return a charger that has told all there is, and of its readings these.

    It may have a detection loop.
    """
    with TemporaryDirectory() as folder:
        journal = Journal(SessionDatabase(Path(folder) / "sessions.db"))
        charger = await _spoken(product, samples, journal)
        if has_loop and product.data_transfer(Direction.FROM_CHARGER, DETECTION_LOOP):
            charger.connectors[1].report_vehicle_detected(detected=False)
        await journal.close()
    return charger


async def _spoken(
    product: Product, samples: Iterable[Mapping[str, str]], journal: Journal
) -> Charger:
    shared = Shared(journal=journal, badges=Badges("HOME"))
    charger = Charger("CP-1", ChargerSettings(product=product.key), shared)
    lifecycle = Lifecycle(charger)
    charger.configuration.report(
        ConfigurationItem(name=name, value=value, readonly=readonly)
        for name, (value, readonly) in every_key(product).items()
    )
    charger.set_connectors(None)
    await lifecycle.receive("BootNotification", BOOT)
    session = await lifecycle.receive(
        "StartTransaction",
        {
            "connectorId": 1,
            "idTag": "ADA",
            "meterStart": 0,
            "timestamp": "2026-06-01T12:00:00Z",
        },
    )
    sampled = [{"value": "1", **sample} for sample in samples]
    for action, payload in (
        ("FirmwareStatusNotification", {"status": "Idle"}),
        ("DiagnosticsStatusNotification", {"status": "Idle"}),
        (
            "MeterValues",
            {
                "connectorId": 1,
                "transactionId": session["transactionId"],
                "meterValue": [{"sampledValue": sampled}],
            },
        ),
    ):
        await lifecycle.receive(action, payload)
    known = {ConnectorValue(each.key): 1.0 for each in sensor.cost_descriptions("EUR")}
    charger.connectors[1].values.update(known)
    return charger


def _usual(product: Product) -> Iterator[Mapping[str, str]]:
    """Yield the samples that a charger is asked for and, says its guide, takes."""
    known = {each.name for each in product.measurands if each.needs is None}
    for name in product.sampled_data[0]:
        if re.sub(r"\.L[123]$", "", name) in known:
            yield {"measurand": name}


def _all(product: Product) -> Iterator[Mapping[str, str]]:
    """Yield the samples that a charger can be asked for."""
    for name in product.sampled_data[0]:
        yield {"measurand": name}
    for measurand in product.measurands:
        if measurand.phasing is not Phasing.ALWAYS:
            yield {"measurand": measurand.name}
        if measurand.phasing is not Phasing.NONE:
            for phase in ("L1", "L2", "L3"):
                yield {"measurand": measurand.name, "phase": phase}


def _all_of(
    descriptions: Descriptions,
) -> Iterator[tuple[Platform, EntityDescription]]:
    for platform, described in descriptions.items():
        for description in described:
            yield platform, description


def _by_card(entity: tuple[Platform, EntityDescription]) -> tuple[bool, int, int]:
    """Sort key: what is off last, what matters first."""
    _, description = entity
    cards = list(CARDS)
    key, category = description.key, description.entity_category
    return (
        not description.entity_registry_enabled_default,
        cards.index(category) if category in cards else len(cards),
        FIRST.index(key) if key in FIRST else len(FIRST),
    )


def _card(description: EntityDescription) -> str:
    if not description.entity_registry_enabled_default:
        return "off"
    return CARDS.get(description.entity_category, "diagnostic")


def _table(rows: Iterable[Sequence[str]]) -> str:
    products = (product.name for product in DESCRIBED)
    return table(("name", "entity", "key", "unit", "card", *products, ""), rows)


def _row[SourceT: Source](
    platform: Platform, description: EntityDescription, told: Sequence[Told[SourceT]]
) -> Sequence[str]:
    has: Callable[[SourceT], bool] = getattr(description, "has_fn", lambda _: True)
    marks = {each.product.key: each.mark(has) for each in told}
    units = (_unit(description, product) for product in DESCRIBED if marks[product.key])
    return (
        TEXTS["entity"][platform][description.key]["name"],
        platform,
        code(description.key),
        ", ".join(dict.fromkeys(units)),
        _card(description),
        *marks.values(),
        NOTES.get((platform, description.key), ""),
    )


def _modes(chargers: Sequence[Told[Charger]]) -> Iterator[Sequence[str]]:
    """Yield the choices that take several settings to make."""
    keys = dict.fromkeys(mode.key for product in DESCRIBED for mode in product.modes)
    for key in keys:
        yield (
            TEXTS["entity"][Platform.SELECT][key]["name"],
            Platform.SELECT,
            code(key),
            "",
            "configuration",
            *(
                each.mark(
                    lambda charger: (
                        key in (mode.key for mode in modes(charger.configuration))  # noqa: B023
                    )
                )
                for each in chargers
            ),
            "[What it sets](settings.md).",
        )


def _site_unit(description: EntityDescription) -> str:
    unit: str = (
        getattr(description, "suggested_unit_of_measurement", None)
        or getattr(description, "native_unit_of_measurement", None)
        or ""
    )
    return unit.removeprefix("EUR")


def _unit(description: EntityDescription, product: Product) -> str:
    if isinstance(description, LimitNumberDescription):
        assert product.smart_charging is not None
        return LIMIT_UNITS[product.smart_charging.unit].unit
    return (
        getattr(description, "suggested_unit_of_measurement", None)
        or getattr(description, "native_unit_of_measurement", None)
        or ""
    )
