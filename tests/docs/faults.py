"""The faults of each product, for docs/faults.md."""

from collections.abc import Iterator, Mapping

from custom_components.schneider_ev.central_system.messages import CLASS_FAULTS
from custom_components.schneider_ev.products.model import Fault, Product
from tests.docs.markdown import DESCRIBED, TEXTS, code, table

_HEAD = ("name", "what it means", "what to do")
_TEXTS = TEXTS["entity"]["sensor"]["vendor_error"]


def faults() -> Mapping[str, str]:
    """Return the faults by product, and those of which only the class is known."""
    made = {product.key: _faults(product) for product in DESCRIBED}
    return made | {
        "classes": table(
            ("OCPP class", *_HEAD),
            (
                (code(fault.error_code), *_texts(fault))
                for fault in CLASS_FAULTS.values()
            ),
        )
    }


def _faults(product: Product) -> str:
    return table(
        ("code", "OCPP class", *_HEAD),
        (
            (
                code(fault.code) + (" *" if fault.removed else ""),
                code(fault.error_code),
                *_texts(fault),
            )
            for fault in product.faults
        ),
    )


def _texts(fault: Fault) -> tuple[str, str, str]:
    """Return the name of a fault, what it means, and what to do."""
    attributes = _TEXTS["state_attributes"]
    return (
        _TEXTS["state"][fault.key],
        " ".join(
            [attributes["description"]["state"][fault.key], *_restrictions(fault)]
        ),
        attributes["advice"]["state"][fault.key],
    )


def _restrictions(fault: Fault) -> Iterator[str]:
    """Tell when a charger does not report a fault."""
    if fault.off_by_default:
        yield "The charger does not check this as delivered."
    if fault.since:
        yield f"From firmware {fault.since}."
