"""Vendor errors: reads vendorErrorCode and info of a StatusNotification."""

from collections.abc import Iterator
import re

from ...products.model import Fault, Product

# Values of vendorErrorCode that mean "no error", in upper case and without blanks.
_NO_ERROR = frozenset({"", "0", "0.0", "0X0", "NOERROR", "NONE", "OK"})
_CODE = re.compile(r"(0x)?[0-9a-f]*[0-9][0-9a-f]*(\.[0-9]+)?", re.IGNORECASE)
_HEXADECIMAL = re.compile(r"(0X)?([0-9A-F]{1,8})")


def read_faults(
    product: Product, vendor_error_code: str | None, info: str | None = None
) -> tuple[Fault, ...]:
    """Return the faults of a StatusNotification; empty if there are none.

    They are read from vendorErrorCode in any known spelling. If it has none, `info` is
    searched for codes of the product. An unknown code in vendorErrorCode becomes a
    fault with the code as its key, so that the code can be shown.
    """
    faults = [
        _known_fault(product, code) or _unknown_fault(code)
        for code in _codes(product, vendor_error_code or "")
        if not _is_no_error(code)
    ]
    return tuple(dict.fromkeys(faults or _mentioned_faults(product, info or "")))


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


def _unknown_fault(code: str) -> Fault:
    return Fault(code, key=code, error_code="OtherError")
