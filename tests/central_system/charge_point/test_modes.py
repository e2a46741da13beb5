"""Choices that take several configuration keys: what is written, and in which order."""

from collections.abc import Callable, Sequence

import pytest

from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.products.model import Product
from custom_components.schneider_ev.products.schneider_charge_pro import (
    SCHNEIDER_CHARGE_PRO,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from tests.conftest import IDENTITY, Shown, each_product
from tests.fake_charger import FakeCharger, Payload
from tests.scenes import OFFLINE_STRATEGY

type Fake = Callable[..., FakeCharger]
type Written = list[tuple[str, str]]

AUTHENTICATION = f"{IDENTITY}_authentication_mode"

UNKNOWN = "AllowOfflineTxForUnknownId"
LOCAL = "LocalAuthorizeOffline"
CACHE = "AuthorizationCacheEnabled"
LIST = "LocalAuthListEnabled"
OPEN = "AuthenticationOCPPMode"

QR, RFID, APP, POS = "QrCodeEnabled", "RFIDEnabled", "APPEEnabled", "PosEnabled"
MAC, PNC, FREE = "AutoCharge", "ISO15118PnCEnabled", "FreeCharging"
NEW_KEYS = (QR, RFID, APP, POS, MAC, PNC, FREE)


def on(*names: str) -> Written:
    """Say that keys are switched on."""
    return [(name, "True") for name in names]


def off(*names: str) -> Written:
    """Say that keys are switched off."""
    return [(name, "False") for name in names]


def written(charger: FakeCharger) -> Written:
    """The keys that were changed, and to what, in order."""
    return [
        (payload["key"], payload["value"])
        for payload in charger.calls("ChangeConfiguration")
    ]


async def set_up(
    hass: HomeAssistant, charger: FakeCharger, keys: Sequence[tuple[str, str]] = ()
) -> None:
    """Boot with some keys set so."""
    for name, value in keys:
        charger.configuration[name] = (value, False)
    await charger.boot()
    await charger.until_ready()
    await hass.async_block_till_done()
    charger.received.clear()


# Which badges may charge while the central system is away

CONFUSED = [*on(UNKNOWN), *off(LOCAL, CACHE), *on(LIST)]
OPPOSITE = [*off(UNKNOWN, LOCAL), *on(CACHE, LIST)]
STRATEGIES: list[tuple[Written, str, str, Written]] = [
    # before, what that is, choice, what is written
    ([], "allow_all", "allow_all", []),
    ([], "allow_all", "cache", [*off(UNKNOWN), *on(CACHE)]),
    ([], "allow_all", "local_list", [*off(UNKNOWN), *on(LIST)]),
    ([], "allow_all", "none", off(UNKNOWN, LOCAL)),
    (CONFUSED, "allow_all", "cache", [*off(UNKNOWN), *on(LOCAL, CACHE), *off(LIST)]),
    (
        [*on(UNKNOWN), *off(LOCAL), *on(CACHE), *off(LIST)],
        "allow_all",
        "local_list",
        [*off(UNKNOWN), *on(LOCAL, LIST), *off(CACHE)],
    ),
    (OPPOSITE, "none", "allow_all", on(UNKNOWN)),
    (OPPOSITE, "none", "cache", [*on(LOCAL), *off(LIST)]),
    (OPPOSITE, "none", "local_list", [*on(LOCAL), *off(CACHE)]),
    (OPPOSITE, "none", "none", []),
    ([*off(UNKNOWN), *on(LOCAL, CACHE), *off(LIST)], "cache", "none", off(LOCAL)),
    (
        [*off(UNKNOWN), *on(LOCAL), *off(CACHE), *on(LIST)],
        "local_list",
        "cache",
        [*on(CACHE), *off(LIST)],
    ),
    ([*off(UNKNOWN), *on(LOCAL, CACHE, LIST)], "unknown", "cache", off(LIST)),
]


@each_product
async def test_offline_strategy(
    hass: HomeAssistant,
    fake: Fake,
    shown: Shown,
    product: Product,
    subtests: pytest.Subtests,
) -> None:
    """Each in the order of the guides, and only what differs."""
    async with fake(product=product) as charger:
        defaults = dict(charger.configuration)
        for keys, before, choice, expected in STRATEGIES:
            with subtests.test(f"{before} to {choice}", keys=keys):
                charger.configuration = dict(defaults)
                await set_up(hass, charger, keys)
                assert shown[OFFLINE_STRATEGY] == before
                await shown.do(OFFLINE_STRATEGY, "select_option", option=choice)
                assert written(charger) == expected
                assert shown[OFFLINE_STRATEGY] == choice
        assert shown.entity(OFFLINE_STRATEGY).attributes["options"] == [
            *("allow_all", "cache", "local_list", "none")
        ]


# How a driver is identified


@pytest.mark.parametrize("product", [EVLINK_PRO_AC, SCHNEIDER_CHARGE_PRO])
@pytest.mark.parametrize("spell", [str.capitalize, str.lower, str.upper])
async def test_badge_or_free(
    hass: HomeAssistant,
    fake: Fake,
    shown: Shown,
    product: Product,
    spell: Callable[[str], str],
) -> None:
    """One key says it, in the charger's own spelling."""
    async with fake(product=product) as charger:
        await set_up(hass, charger, [(OPEN, spell("true"))])
        assert shown[AUTHENTICATION] == "badge"
        assert shown.entity(AUTHENTICATION).attributes["options"] == ["badge", "free"]
        await shown.do(AUTHENTICATION, "select_option", option="badge")
        assert written(charger) == []
        await shown.do(AUTHENTICATION, "select_option", option="free")
        assert written(charger) == [(OPEN, spell("false"))]
        assert shown[AUTHENTICATION] == "free"
        await shown.do(AUTHENTICATION, "select_option", option="badge")
        assert written(charger)[1:] == [(OPEN, spell("true"))]
        assert shown[AUTHENTICATION] == "badge"


async def test_an_earlier_evlink_pro_dc(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """Before firmware 3.5.8803 it has one key, as the others."""
    async with fake(product=EVLINK_PRO_DC) as charger:
        for name in NEW_KEYS:
            del charger.configuration[name]
        charger.boot_payload = charger.boot_payload | {"firmwareVersion": "2.6.11"}
        await set_up(hass, charger)
        assert shown[AUTHENTICATION] == "badge"
        assert shown.entity(AUTHENTICATION).attributes["options"] == ["badge", "free"]
        await shown.do(AUTHENTICATION, "select_option", option="free")
        assert written(charger) == off(OPEN)


CODE_1, CODE_2 = "QRcode1", "QRcode2"
CODES: Written = [(CODE_1, "https://example.org/a"), (CODE_2, "")]
NO_CODES: Written = [(CODE_1, ""), (CODE_2, "")]
FACTORY: Written = [*on(QR, RFID, APP), *off(POS, MAC, PNC, FREE), *CODES]
FREELY: Written = [*on(FREE), *off(QR)]
FOR_FREE: Written = [*off(QR, RFID, APP, POS, MAC, PNC), *on(FREE)]
ALL_ON: Written = on(QR, RFID, APP, POS, MAC, PNC)
WAYS: list[tuple[Written, str, str, Written]] = [
    (FACTORY, "badge_or_app", "badge_or_app", []),
    (FACTORY, "badge_or_app", "free", [*on(FREE), *off(QR, RFID, APP)]),
    (FACTORY, "badge_or_app", "badge", off(APP)),
    (FACTORY, "badge_or_app", "qr_code", off(RFID, APP)),
    (
        FACTORY,
        "badge_or_app",
        "remote_start_only",
        [*off(RFID, APP), (CODE_1, "")],
    ),
    (FACTORY, "badge_or_app", "app", off(QR, RFID)),
    (FACTORY, "badge_or_app", "terminal", [*on(POS), *off(QR, RFID, APP)]),
    (FACTORY, "badge_or_app", "mac", [*on(MAC), *off(RFID, APP)]),
    (FACTORY, "badge_or_app", "plug_and_charge", [*on(PNC), *off(RFID, APP)]),
    (FOR_FREE, "free", "free", []),
    (FOR_FREE, "free", "badge", [*off(FREE), *on(QR, RFID)]),
    (FOR_FREE, "free", "badge_or_app", [*off(FREE), *on(QR, RFID, APP)]),
    (FOR_FREE, "free", "qr_code", [*off(FREE), *on(QR)]),
    (FOR_FREE, "free", "app", [*off(FREE), *on(APP)]),
    (FOR_FREE, "free", "terminal", [*off(FREE), *on(POS)]),
    (FOR_FREE, "free", "mac", [*off(FREE), *on(QR, MAC)]),
    (FOR_FREE, "free", "plug_and_charge", [*off(FREE), *on(QR, PNC)]),
    ([*off(*NEW_KEYS), *on(QR), *NO_CODES], "remote_start_only", "free", FREELY),
    ([*off(*NEW_KEYS), *on(QR), *CODES], "qr_code", "free", FREELY),
    ([*off(*NEW_KEYS), *on(QR), *CODES], "qr_code", "qr_code", []),
    ([*off(*NEW_KEYS), *on(RFID)], "badge", "badge", on(QR)),
    ([*off(*NEW_KEYS), *on(MAC)], "mac", "mac", on(QR)),
    ([*off(*NEW_KEYS), *on(PNC)], "plug_and_charge", "app", [*on(APP), *off(PNC)]),
    ([*off(*NEW_KEYS), *on(RFID, POS)], "several_ways", "terminal", off(RFID)),
    (off(*NEW_KEYS), "unknown", "badge", on(QR, RFID)),
    ([*ALL_ON, *off(FREE)], "several_ways", "badge", off(APP, POS, MAC, PNC)),
    (
        [*ALL_ON, *on(FREE)],
        "unknown",
        "plug_and_charge",
        off(FREE, RFID, APP, POS, MAC),
    ),
    (
        [*ALL_ON, *off(FREE)],
        "several_ways",
        "free",
        [*on(FREE), *off(QR, RFID, APP, POS, MAC, PNC)],
    ),
]


async def test_authentication_of_evlink_pro_dc(
    hass: HomeAssistant, fake: Fake, shown: Shown, subtests: pytest.Subtests
) -> None:
    """Free charging is off before any way goes on."""
    async with fake(product=EVLINK_PRO_DC) as charger:
        for keys, before, choice, expected in WAYS:
            with subtests.test(f"{before} to {choice}", keys=keys):
                await set_up(hass, charger, keys)
                assert shown[AUTHENTICATION] == before
                await shown.do(AUTHENTICATION, "select_option", option=choice)
                assert written(charger) == expected
                assert shown[AUTHENTICATION] == choice
        assert {choice for _, _, choice, _ in WAYS} == set(
            shown.entity(AUTHENTICATION).attributes["options"]
        )


async def test_a_way_that_the_charger_lacks(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """It is not offered, and the others do not write its key."""
    async with fake(product=EVLINK_PRO_DC) as charger:
        del charger.configuration[PNC]
        del charger.configuration[POS]
        await set_up(hass, charger)
        options = shown.entity(AUTHENTICATION).attributes["options"]
        assert not {"plug_and_charge", "terminal"} & set(options)
        await shown.do(AUTHENTICATION, "select_option", option="free")
        assert written(charger) == [*on(FREE), *off(QR, RFID, APP)]
        assert shown[AUTHENTICATION] == "free"


class Exclusive:
    """How a charger takes FreeCharging, while which no other way can be switched on.

    It takes it after the others are off, instead of them, or beside them.
    """

    def __init__(self, charger: FakeCharger, takes: str, refused: str = "") -> None:
        """Install it; it refuses to switch off what is `refused`."""
        self.charger, self.takes, self.refused = charger, takes, refused
        charger.answers["ChangeConfiguration"] = self.change

    def change(self, payload: Payload) -> Payload:
        """Answer a ChangeConfiguration."""
        name, is_on = payload["key"], payload["value"] == "True"
        held = self.charger.configuration
        others = [each for each in NEW_KEYS if each != FREE]
        excluded = others if name == FREE and self.takes == "after" else [FREE]
        if is_on and any(held[each][0] == "True" for each in excluded if each != name):
            return {"status": "Rejected"}
        if name == self.refused and not is_on:
            return {"status": "Rejected"}
        held[name] = (payload["value"], False)
        if name == FREE and is_on and self.takes == "instead":
            held |= dict.fromkeys(others, ("False", False))
        return {"status": "Accepted"}


async def test_free_charging_that_is_refused(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """All that was switched off for it is on again, in reverse: badges charge as before."""
    async with fake(product=EVLINK_PRO_DC) as charger:
        await set_up(hass, charger, FACTORY)
        charger.configuration[FREE] = ("False", True)
        before = dict(charger.configuration)
        with pytest.raises(HomeAssistantError) as raised:
            await shown.do(AUTHENTICATION, "select_option", option="free")
        assert raised.value.translation_key == "refused"
        assert written(charger) == [
            *on(FREE),
            *(*off(QR, RFID, APP), *on(FREE)),
            *on(APP, RFID, QR),
        ]
        assert charger.configuration == before
        assert shown[AUTHENTICATION] == "badge_or_app"


async def test_free_charging_that_the_others_exclude(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """They go off first; what the charger switches off by itself is not written."""
    async with fake(product=EVLINK_PRO_DC) as charger:
        await set_up(hass, charger, FACTORY)
        Exclusive(charger, "after")
        await shown.do(AUTHENTICATION, "select_option", option="free")
        assert written(charger) == [*on(FREE), *off(QR, RFID, APP), *on(FREE)]
        assert shown[AUTHENTICATION] == "free"
        await set_up(hass, charger, FACTORY)
        Exclusive(charger, "instead")
        await shown.do(AUTHENTICATION, "select_option", option="free")
        assert written(charger) == on(FREE)
        assert shown[AUTHENTICATION] == "free"


@pytest.mark.parametrize("takes", ["after", "beside"])
async def test_what_excludes_others_is_put_back_before_them(
    hass: HomeAssistant, fake: Fake, shown: Shown, takes: str
) -> None:
    """However far the charger came, it is as it was."""
    async with fake(product=EVLINK_PRO_DC) as charger:
        await set_up(hass, charger, FACTORY)
        before = dict(charger.configuration)
        Exclusive(charger, takes, refused=APP)
        with pytest.raises(HomeAssistantError):
            await shown.do(AUTHENTICATION, "select_option", option="free")
        assert len(written(charger)) > len(on(FREE, QR, RFID))
        assert charger.configuration == before
        assert shown[AUTHENTICATION] == "badge_or_app"


async def test_a_qr_code_without_an_address(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """Is not shown, so the owner is told to enter one; nothing is written."""
    async with fake(product=EVLINK_PRO_DC) as charger:
        await set_up(hass, charger, [*FACTORY, *NO_CODES])
        with pytest.raises(ServiceValidationError) as raised:
            await shown.do(AUTHENTICATION, "select_option", option="qr_code")
        assert raised.value.translation_key == "choice_needs_key"
        assert raised.value.translation_placeholders == {"keys": "QRcode1, QRcode2"}
        assert not charger.received


async def test_several_ways_are_shown_and_not_chosen(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """A charger takes badges and a terminal, though no choice makes that."""
    async with fake(product=EVLINK_PRO_DC) as charger:
        await set_up(hass, charger, FACTORY)
        with pytest.raises(ServiceValidationError):
            await shown.do(AUTHENTICATION, "select_option", option="several_ways")
        await set_up(hass, charger, on(POS))
        assert shown[AUTHENTICATION] == "several_ways"
        assert "several_ways" in shown.entity(AUTHENTICATION).attributes["options"]
        await shown.do(AUTHENTICATION, "select_option", option="several_ways")
        assert not charger.received
        await shown.do(AUTHENTICATION, "select_option", option="badge")
        assert "several_ways" not in shown.entity(AUTHENTICATION).attributes["options"]


# What is the same for all modes


@each_product
async def test_a_refusal(
    hass: HomeAssistant, fake: Fake, shown: Shown, product: Product
) -> None:
    """What was written is put back, the owner is told, and what holds is shown."""
    async with fake(product=product) as charger:
        await set_up(hass, charger)
        charger.configuration[CACHE] = ("False", True)
        with pytest.raises(HomeAssistantError) as raised:
            await shown.do(OFFLINE_STRATEGY, "select_option", option="cache")
        assert raised.value.translation_key == "refused"
        assert written(charger) == [*off(UNKNOWN), *on(CACHE, UNKNOWN)]
        assert shown[OFFLINE_STRATEGY] == "allow_all"
        charger.configuration[LOCAL] = ("True", True)
        await shown.do(OFFLINE_STRATEGY, "select_option", option="local_list")
        assert shown[OFFLINE_STRATEGY] == "local_list"
        with pytest.raises(HomeAssistantError):
            await shown.do(OFFLINE_STRATEGY, "select_option", option="none")
        assert shown[OFFLINE_STRATEGY] == "local_list"


@each_product
async def test_no_such_option(
    hass: HomeAssistant, fake: Fake, shown: Shown, product: Product
) -> None:
    """Nothing is written."""
    async with fake(product=product) as charger:
        await set_up(hass, charger)
        for mode in (OFFLINE_STRATEGY, AUTHENTICATION):
            with pytest.raises(ServiceValidationError):
                await shown.do(mode, "select_option", option="nonsense")
        assert not charger.received


@each_product
async def test_modes_follow_their_keys(
    hass: HomeAssistant, all_enabled: None, fake: Fake, shown: Shown, product: Product
) -> None:
    """Whoever changes a key by itself sees the mode change."""
    async with fake(product=product) as charger:
        await set_up(hass, charger)
        await shown.do(f"{IDENTITY}_allow_offline_tx_for_unknown_id", "turn_off")
        await shown.do(f"{IDENTITY}_local_authorize_offline", "turn_off")
        assert shown[OFFLINE_STRATEGY] == "none"
        await shown.do(OFFLINE_STRATEGY, "select_option", option="allow_all")
        assert shown[f"{IDENTITY}_allow_offline_tx_for_unknown_id"] == "on"


@each_product
async def test_without_its_keys_there_is_no_mode(
    hass: HomeAssistant, fake: Fake, product: Product
) -> None:
    """A choice that cannot be made is not offered."""
    async with fake(product=product) as charger:
        for name in (LIST, OPEN, FREE):
            charger.configuration.pop(name, None)
        await set_up(hass, charger)
        unique_ids = {each.unique_id for each in er.async_get(hass).entities.values()}
        assert f"{IDENTITY}_1_status" in unique_ids
        assert not {OFFLINE_STRATEGY, AUTHENTICATION} & unique_ids
