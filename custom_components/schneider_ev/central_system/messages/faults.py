"""Faults: reads errorCode, vendorErrorCode and info of a StatusNotification."""

from collections.abc import Iterator, Mapping
import re

from ...products.model import Fault, Product
from .enums import ChargePointErrorCode

# Values of vendorErrorCode that mean "no error", in upper case and without blanks.
_NO_ERROR = frozenset({"", "0", "0.0", "0X0", "NOERROR", "NONE", "OK"})
_CODE = re.compile(r"(0x)?[0-9a-f]*[0-9][0-9a-f]*(\.[0-9]+)?", re.IGNORECASE)
_HEXADECIMAL = re.compile(r"(0X)?([0-9A-F]{1,8})")

CLASS_FAULTS: Mapping[ChargePointErrorCode, Fault] = {
    ChargePointErrorCode.parse(error_code) or ChargePointErrorCode.OTHER_ERROR: Fault(
        "", key, error_code
    )
    for error_code, key in (
        ("ConnectorLockFailure", "connector_lock"),
        ("EVCommunicationError", "vehicle_communication"),
        ("GroundFailure", "earth"),
        ("HighTemperature", "overtemperature"),
        ("InternalError", "internal"),
        ("LocalListConflict", "local_list_conflict"),
        ("OtherError", "other"),
        ("OverCurrentFailure", "over_current"),
        ("OverVoltage", "input_over_voltage"),
        ("PowerMeterFailure", "power_meter"),
        ("PowerSwitchFailure", "contactor"),
        ("ReaderFailure", "badge_reader"),
        ("ResetFailure", "reset"),
        ("UnderVoltage", "input_under_voltage"),
        ("WeakSignal", "weak_signal"),
    )
}
"""What is said of a fault of which no more is known than its errorCode."""


def read_faults(
    product: Product,
    vendor_error_code: str | None,
    info: str | None = None,
    error_code: ChargePointErrorCode = ChargePointErrorCode.NO_ERROR,
) -> tuple[Fault, ...]:
    """Return the faults of a StatusNotification; empty if there are none.

    They are read from vendorErrorCode in any known spelling. An unknown code there
    becomes a fault with the code as its key, so that the code can be shown. If it has
    none and there is an errorCode, `info` is searched for codes and names of the
    product's faults; at last, the errorCode alone tells.
    """
    faults = [
        _known_fault(product, code) or _unknown_fault(code, error_code)
        for code in _codes(product, vendor_error_code or "")
        if not _is_no_error(code)
    ]
    if not faults and error_code is not ChargePointErrorCode.NO_ERROR:
        faults = (
            [*_mentioned_faults(product, info or "")]
            or [*_named_faults(product, info or "", error_code)]
            or [_fault_of_class(product, error_code)]
        )
    return tuple(dict.fromkeys(faults))


def _codes(product: Product, text: str) -> Iterator[str]:
    """Split a list of codes.

    A part that is not only codes yields the product's codes in it, or itself if it has
    none.
    """
    for part in re.split(r"[,;|]", text):
        words = part.split()
        if all(_CODE.fullmatch(word) or _is_no_error(word) for word in words):
            yield from words
        else:
            known = [word for word in words if _known_fault(product, word)]
            yield from known or [" ".join(words)]


def _mentioned_faults(product: Product, info: str) -> Iterator[Fault]:
    for word in re.findall(r"[\w.]+", info):
        if not _is_no_error(word) and (fault := _known_fault(product, word.strip("."))):
            yield fault


def _named_faults(
    product: Product, info: str, error_code: ChargePointErrorCode
) -> Iterator[Fault]:
    """Yield the faults whose names are in `info`; two of a name differ in errorCode."""
    text = _letters(info)
    named = [fault for fault in product.faults if fault.name and text]
    named = [fault for fault in named if _letters(fault.name or "") in text]
    of_class = [fault for fault in named if _is_of_class(fault, error_code)]
    yield from of_class or named


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text).casefold()


def _fault_of_class(product: Product, error_code: ChargePointErrorCode) -> Fault:
    """Return the product's fault with an errorCode if it is the only one, else any."""
    faults = [
        fault
        for fault in product.faults
        if not fault.removed and _is_of_class(fault, error_code)
    ]
    return faults[0] if len(faults) == 1 else CLASS_FAULTS[error_code]


def _is_of_class(fault: Fault, error_code: ChargePointErrorCode) -> bool:
    return ChargePointErrorCode.parse(fault.error_code) is error_code


def _is_no_error(code: str) -> bool:
    folded = code.upper().replace(" ", "")
    return folded in _NO_ERROR or re.fullmatch(r"(0X)?0+", folded) is not None


def _known_fault(product: Product, code: str) -> Fault | None:
    return next(filter(None, map(product.fault, _spellings(code))), None)


def _spellings(code: str) -> Iterator[str]:
    """Yield the spellings of a code that a product's table may contain.

    Tables have dotted decimals as chargers send them, and hexadecimal codes like
    0x10020C, which chargers also send in decimal.
    """
    yield code
    if match := _HEXADECIMAL.fullmatch(code.upper()):
        yield f"0x{match[2]:0>6}"
        yield f"0x{match[2].lstrip('0'):0>6}"
    if re.fullmatch(r"\d{7,8}", code, re.ASCII):
        yield f"0x{int(code):06X}"


def _unknown_fault(code: str, error_code: ChargePointErrorCode) -> Fault:
    of_class = CLASS_FAULTS.get(error_code)
    return Fault(code, code, of_class.error_code if of_class else "OtherError")
