"""Vendor error codes in all plausible spellings."""

import pytest

from custom_components.schneider_ev.central_system.messages.enums import (
    ChargePointErrorCode,
)
from custom_components.schneider_ev.central_system.messages.faults import (
    CLASS_FAULTS,
    read_faults,
)
from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.products.generic import GENERIC
from custom_components.schneider_ev.products.model import Fault
from custom_components.schneider_ev.products.schneider_charge_pro import (
    SCHNEIDER_CHARGE_PRO,
)

NO_ERROR = ChargePointErrorCode.NO_ERROR


@pytest.mark.parametrize(
    "code",
    [
        *(None, "", "0", "0.0", "0x0", "0X000000", " 0.0 "),
        *("NoError", "noerror", "No error", "0x0 NoError", "0.0, No Error"),
    ],
)
def test_no_fault(code: str | None) -> None:
    """What chargers send while all is well."""
    assert read_faults(EVLINK_PRO_AC, code) == ()


@pytest.mark.parametrize("fault", EVLINK_PRO_AC.faults, ids=lambda fault: fault.code)
def test_known(fault: object) -> None:
    """Each code of the guides is found."""
    assert read_faults(EVLINK_PRO_AC, fault.code) == (fault,)  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["3.0,10.1", "3.0; 10.1", "3.0 10.1", "0.0,3.0,10.1"])
def test_several(text: str) -> None:
    """Several codes at once are several faults."""
    assert [fault.code for fault in read_faults(EVLINK_PRO_AC, text)] == ["3.0", "10.1"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Power module fault", ["Power module fault"]),
        ("Power module fault; Fan", ["Power module fault", "Fan"]),
        ("0x200002 Power module fault", ["0x200002"]),
        ("Alarms 200002 and 0x200004", ["0x200002", "0x200004"]),
        ("0x2FFFFF 0x200002", ["0x2FFFFF", "0x200002"]),
    ],
)
def test_texts(text: str, codes: list[str]) -> None:
    """A text is one fault and not as many as it has words; known codes stand out."""
    assert [fault.code for fault in read_faults(EVLINK_PRO_DC, text)] == codes


@pytest.mark.parametrize("code", ["99.7", "0x10FFfF", "E17"])
def test_unknown_is_shown_as_it_came(code: str) -> None:
    """So that it can be looked up."""
    (fault,) = read_faults(EVLINK_PRO_AC, code)
    assert (fault.code, fault.key) == (code, code)


@pytest.mark.parametrize("fault", SCHNEIDER_CHARGE_PRO.faults, ids=lambda it: it.code)
def test_by_name(fault: Fault) -> None:
    """A charger that sends no code but the name of the fault is understood."""
    error_code = ChargePointErrorCode.parse(fault.error_code)
    assert error_code is not None
    for info in (fault.name, f"{fault.name}.".upper(), f"[{fault.name}]"):
        assert read_faults(SCHNEIDER_CHARGE_PRO, "", info, error_code) == (fault,)


@pytest.mark.parametrize(
    "error_code", [code for code in ChargePointErrorCode if code is not NO_ERROR]
)
def test_by_class_alone(error_code: ChargePointErrorCode) -> None:
    """Each errorCode is a fault, also of a charger without a guide."""
    (fault,) = read_faults(GENERIC, "0.0", None, error_code)
    assert fault == CLASS_FAULTS[error_code]
    assert ChargePointErrorCode.parse(fault.error_code) is error_code
    assert read_faults(GENERIC, "0.0", "GroundFailure", NO_ERROR) == ()


@pytest.mark.parametrize(
    ("error_code", "key"),
    [
        (ChargePointErrorCode.CONNECTOR_LOCK_FAILURE, "connector_lock"),
        (ChargePointErrorCode.POWER_SWITCH_FAILURE, "input_relay"),
        (ChargePointErrorCode.HIGH_TEMPERATURE, "terminal_temperature"),
        (ChargePointErrorCode.INTERNAL_ERROR, "internal"),
    ],
)
def test_the_only_fault_of_a_class(error_code: ChargePointErrorCode, key: str) -> None:
    """Is what the guide says that it is."""
    (fault,) = read_faults(EVLINK_PRO_DC, None, None, error_code)
    assert fault.key == key
