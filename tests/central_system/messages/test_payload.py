"""Texts of chargers: plain, on one line, and not too long, wherever they are read."""

from typing import Any
import unicodedata

from hypothesis import given, strategies as st
import pytest

from custom_components.schneider_ev.central_system.messages.boot import read_boot_info
from custom_components.schneider_ev.central_system.messages.errors import (
    CallErrorCode,
    InvalidCallError,
)
from custom_components.schneider_ev.central_system.messages.faults import read_faults
from custom_components.schneider_ev.central_system.messages.payload import (
    MAX_STATUS_LENGTH,
    MAX_TEXT_LENGTH,
    optional_text,
    plain,
    read_status,
    required_lines,
)
from custom_components.schneider_ev.central_system.messages.transactions import (
    read_start_transaction,
    read_stop_transaction,
)
from custom_components.schneider_ev.central_system.state.configuration import read_items
from custom_components.schneider_ev.central_system.transport.authentication import (
    hide_passwords,
)
from custom_components.schneider_ev.central_system.transport.frames import (
    CallError,
    decode,
    encode_error,
)
from custom_components.schneider_ev.products.generic import GENERIC

FORGED = (
    "Rejected\n2026-01-01 00:00:00.000 CRITICAL (MainThread) [homeassistant] \x1b[31mx"
)
UNSEEN = "\x00\x07\x1b\x7f\x85\x9b\u061c\u200b\u200e\u202e\u2028\u2029\u2066\ufeff"
"""Controls, ends of lines, and what changes the direction of writing."""


def is_plain(text: str) -> bool:
    """Tell whether a text is on one line, and all of it is shown."""
    return text.isprintable() and not any(
        unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")
        for character in text
    )


@pytest.mark.parametrize(
    "text",
    ["", "EVlink Pro AC", "Zoë's car; -5 °C, a_b *c*", "= 1 + 1", "充電器", "<b>"],
)
def test_ordinary_text_is_unchanged(text: str) -> None:
    """Whatever its signs and letters."""
    assert plain(text) == text


def test_what_cannot_be_seen_is_removed() -> None:
    """Ends of lines and tabs keep words apart."""
    assert plain("a\r\nb\tc\u2028d\u00a0e") == "a  b c d e"
    assert plain(f"A{UNSEEN}DA") == "A   DA"
    assert optional_text({"x": f"\n{UNSEEN} ADA \u200b"}, "x") == "ADA"
    assert optional_text({"x": UNSEEN}, "x") is None


@given(st.text())
def test_each_text_that_is_read_is_plain(text: str) -> None:
    """It has no blanks around it either, and is as long as it may be."""
    read = optional_text({"x": text * 100}, "x")
    assert read is None or (
        is_plain(read) and read == read.strip() and len(read) <= MAX_TEXT_LENGTH
    )


def test_each_message_is_read_so() -> None:
    """What is shown, logged or kept of a charger's messages has nothing unseen in it."""
    evil = f"a{UNSEEN}\nb"
    boot = read_boot_info(
        {
            "chargePointVendor": evil,
            "chargePointModel": evil,
            "chargePointSerialNumber": evil,
            "firmwareVersion": evil,
        }
    )
    times = {"timestamp": "2026-01-01T00:00:00Z"}
    began = read_start_transaction(
        {"connectorId": 1, "idTag": evil, "meterStart": 1} | times
    )
    ended = read_stop_transaction(
        {"transactionId": 1, "idTag": evil, "meterStop": 1, "reason": evil} | times, {}
    )
    (fault,) = read_faults(GENERIC, optional_text({"code": evil}, "code"))
    items = read_items(
        {
            "configurationKey": [
                {"key": evil, "value": evil},
                {"key": "list", "value": [evil, evil]},
            ]
        }
    )
    error: Any = decode(f'[4, "1", "{"x" * 99}\\n", "\\u202ea\\nb", {{}}]')
    assert isinstance(error, CallError)
    assert len(error.code) == MAX_STATUS_LENGTH
    for text in (
        boot.vendor,
        boot.model,
        boot.serial_number,
        boot.firmware_version,
        began.id_tag,
        ended.id_tag,
        ended.reason,
        fault.code,
        *(text for item in items for text in (item.name, item.value)),
        error.code,
        error.description,
    ):
        assert text
        assert is_plain(text), text


@pytest.mark.parametrize(
    ("status", "read"),
    [
        ("Accepted", "Accepted"),
        (" Accepted\x00", "Accepted"),
        (None, "None"),
        (["Accepted"], "['Accepted']"),
        (FORGED, FORGED.replace("\n", " ").replace("\x1b", "")[:50].strip()),
        ("x" * 1_000_000, "x" * 50),
    ],
)
def test_status(status: object, read: str) -> None:
    """It is one short line, whatever a charger sends as its status."""
    assert read_status({"status": status}) == read


def test_lines_stay() -> None:
    """A certificate in PEM has lines; without any content it is missing."""
    pem = "-----BEGIN-----\nAAAA\n-----END-----\n"
    assert required_lines({"csr": pem}, "csr", 1000) == pem
    assert required_lines({"csr": pem}, "csr", 5) == "-----"
    for wrong in ({}, {"csr": " \x00"}, {"csr": None}, {"csr": 7}, {"csr": [pem]}):
        with pytest.raises(InvalidCallError):
            required_lines(wrong, "csr", 1000)


def test_a_frame_is_one_line_of_the_log() -> None:
    """A charger may break lines between the members of a frame, and in what is no JSON."""
    for frame in (f'[2,\n"1",\r"x"\n,{{}}]{UNSEEN}', FORGED, b"\n\xff\n"):
        assert is_plain(hide_passwords(frame))
    assert hide_passwords('{"Authori\u200bzationKey": "secret"}') == (
        '{"AuthorizationKey"}'
    )
    assert b"\n" not in encode_error(
        1, InvalidCallError(CallErrorCode.GENERIC_ERROR, FORGED)
    )
