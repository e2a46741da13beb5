"""The sentence of why a connector charges as it does, as its owner reads it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.central_system import ConnectorValue
from custom_components.schneider_ev.central_system.charge_point import (
    Connector,
    composite_schedule,
    explained,
)
from custom_components.schneider_ev.central_system.charging import (
    Explanation,
    Figure,
    SiteReason,
    SiteReport,
)
from custom_components.schneider_ev.central_system.charging.explanation import Sentence
from custom_components.schneider_ev.texts import DECIMAL_COMMA, async_explanation_text
from homeassistant.const import MAX_LENGTH_STATE_STATE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from tests.conftest import DOMAIN, IDENTITY, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import LIMIT, charge, measure, shine
from tests.test_languages import LANGUAGES

WHY = f"{IDENTITY}_1_explanation"
MODE = f"{IDENTITY}_1_charging_mode"
TIME = datetime(2026, 6, 21, 12, 20, tzinfo=UTC)
FIGURES: dict[Figure, float | datetime] = {
    Figure.AVAILABLE: 1.9,
    Figure.NEEDED: 4.1,
    Figure.LIMIT: 22.1,
    Figure.POWER: 11.0,
    Figure.PRICE: 0.082,
    Figure.CHEAP_BELOW: 0.1,
    Figure.TIME: TIME,
    Figure.UNTIL: TIME,
}


@pytest.fixture
def connector(entry: MockConfigEntry, ready: FakeCharger) -> Connector:
    """The connector of the charger."""
    chargers: dict[str, Any] = entry.runtime_data.central_system.chargers
    found: Connector = chargers[IDENTITY].connectors[1]
    return found


async def speak(hass: HomeAssistant, language: str) -> None:
    """Have Home Assistant speak a language, in Berlin."""
    await hass.config.async_update(
        language=language, time_zone="Europe/Berlin", currency="EUR"
    )
    await async_get_translations(hass, language, "entity", [DOMAIN])


def waiting(available: float = 1_900) -> SiteReport:
    """Report that there is too little sun."""
    return SiteReport(reason=SiteReason.NO_SURPLUS, available=available, needed=4_140)


async def test_why(
    ready: FakeCharger,
    connector: Connector,
    shown: Shown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each in turn, by what the charger tells, the owner asks and the site decides."""
    assert shown[WHY] == "No vehicle is plugged in"
    await ready.status("Preparing")
    assert shown[WHY] == "Plugged in, waiting for a badge or for the start"
    monkeypatch.setattr(composite_schedule, "SETTLING_TIME", 0.3)
    transaction_id = await charge(ready)
    assert shown[WHY] == "Up to 22.1 kW: nothing limits it"
    await shown.do(LIMIT, "set_value", value=16)
    assert shown[WHY] == "Up to 11.0 kW: your charging limit"
    shine(connector, 0)
    connector.limits.report_site(waiting())
    assert shown[WHY] == "Waiting: 1.9 of 4.1 kW from the sun"
    shine(connector, 6)
    connector.limits.report_site(
        SiteReport(reason=SiteReason.SURPLUS, available=4_380, needed=4_140)
    )
    assert shown[WHY] == "Charging from the sun: 4.4 kW of surplus"
    await ready.status("SuspendedEV")
    assert shown[WHY].startswith("The vehicle takes no power")
    await ready.status("Charging")
    await shown.do(f"switch.{IDENTITY}_1_charging", "turn_off")
    assert shown[WHY] == "Paused by you"
    shine(connector, None)
    connector.limits.report_site(SiteReport(reason=SiteReason.FAST))
    await shown.do(f"switch.{IDENTITY}_1_charging", "turn_on")
    await measure(ready, transaction_id, Power_Active_Import=3_000)
    assert shown[WHY] == "Up to 11.0 kW: your charging limit"
    await ready.until(lambda: shown[WHY] == "3.0 kW: the vehicle takes no more")
    await ready.status("Faulted")
    assert shown[WHY] == "The charger reports a fault"


async def test_figures_stay_for_a_while(
    ready: FakeCharger,
    connector: Connector,
    shown: Shown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another sentence counts at once, other figures once the interval is over."""
    await charge(ready)
    shine(connector, 0)
    for available in (1_900, 2_900):
        connector.limits.report_site(waiting(available))
        assert shown[WHY] == "Waiting: 1.9 of 4.1 kW from the sun"
    connector.limits.report_site(SiteReport(reason=SiteReason.NO_DATA))
    assert shown[WHY] == "No data from the meter at the grid connection"
    connector.limits.report_site(waiting(3_900))
    assert shown[WHY] == "Waiting: 3.9 of 4.1 kW from the sun"
    monkeypatch.setattr(explained, "FIGURES_INTERVAL", 0.0)
    connector.limits.report_site(waiting(2_900))
    assert shown[WHY] == "Waiting: 2.9 of 4.1 kW from the sun"


async def test_the_mode_keeps_its_reason(
    ready: FakeCharger, connector: Connector, shown: Shown
) -> None:
    """As the attribute that automations know, and it is not written for the figures."""
    told: list[object] = []
    connector.values.listen(ConnectorValue.SURPLUS_REASON, lambda: told.append(None))
    for available in (1_900, 2_900):
        connector.limits.report_site(waiting(available))
        assert shown.entity(MODE).attributes["reason"] == "no_surplus"
    assert len(told) == 1


@pytest.mark.parametrize(
    ("language", "sentence", "text"),
    [
        (
            "en",
            Sentence.WAITING_UNTIL,
            "Waiting: 1.9 of 4.1 kW, starts at about 14:20",
        ),
        (
            "de",
            Sentence.WAITING_UNTIL,
            "Wartet: 1,9 von 4,1 kW, Start gegen 14:20 Uhr",
        ),
        (
            "ja",
            Sentence.WAITING_UNTIL,
            "Waiting: 1.9 of 4.1 kW, starts at about 14:20",
        ),
        (
            "en",
            Sentence.WAITING_FOR_PRICE_UNTIL,
            "Waiting for a price below 0.10 EUR/kWh, from about 14:20",
        ),
        ("de", Sentence.CHEAP, "Günstiger Strom: 0,082 EUR/kWh"),
    ],
)
@pytest.mark.usefixtures("ready")
async def test_the_language(
    hass: HomeAssistant, language: str, sentence: Sentence, text: str
) -> None:
    """Home Assistant's own, with its time zone and decimals; else English."""
    await speak(hass, language)
    explanation = Explanation(sentence=sentence, figures=FIGURES)
    assert async_explanation_text(hass, explanation) == text


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
@pytest.mark.usefixtures("ready")
async def test_every_sentence_fits(hass: HomeAssistant, language: str) -> None:
    """In every language: it can be written with its figures, and is not too long."""
    await speak(hass, language)
    for sentence in Sentence:
        explanation = Explanation(sentence=sentence, figures=FIGURES)
        text = async_explanation_text(hass, explanation)
        assert text is not None
        assert "{" not in text
        assert len(text) <= MAX_LENGTH_STATE_STATE
    assert (language in DECIMAL_COMMA) is (language != "en")


async def test_without_a_text(
    ready: FakeCharger,
    connector: Connector,
    shown: Shown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sentence that no language has is not known, and nothing fails."""
    await charge(ready)
    monkeypatch.setattr(
        "custom_components.schneider_ev.texts.async_get_cached_translations",
        lambda *_: {},
    )
    shine(connector, 0)
    connector.limits.report_site(waiting())
    assert shown[WHY] == "unknown"
