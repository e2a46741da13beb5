"""Vendor errors: what a StatusNotification says beside its OCPP error code."""

from collections.abc import Iterator
import re

from ..products.model import Fault, Product

# What chargers send as vendorErrorCode while nothing is wrong (also in other spellings).
_NO_ERROR = frozenset({"", "0", "0.0", "0X0", "NOERROR", "NONE", "OK"})
_HEXADECIMAL = re.compile(r"(0X)?([0-9A-F]{1,8})")


def read_faults(product: Product, vendor_error_code: str | None) -> tuple[Fault, ...]:
    """Return the faults that a vendorErrorCode names, none where all is well.

    A code that the product does not have is returned as it came, so that it can be
    shown and looked up.
    """
    return tuple(
        _known_fault(product, code) or _unknown_fault(code)
        for code in re.split(r"[,;\s]+", vendor_error_code or "")
        if not _is_no_error(code)
    )


def _is_no_error(code: str) -> bool:
    folded = code.upper()
    return folded in _NO_ERROR or re.fullmatch(r"(0X)?0+", folded) is not None


def _known_fault(product: Product, code: str) -> Fault | None:
    return next(filter(None, map(product.fault, _spellings(code))), None)


def _spellings(code: str) -> Iterator[str]:
    """Name the spellings under which a product's table may know the code."""
    yield code
    if match := _HEXADECIMAL.fullmatch(code.upper()):
        yield f"0x{match[2]:0>6}"


def _unknown_fault(code: str) -> Fault:
    return Fault(
        code=code,
        key=code.casefold(),
        name=code,
        error_code="OtherError",
        description="",
        advice="",
    )
