"""The faults of each product, for docs/faults.md."""

from collections.abc import Mapping

from custom_components.schneider_ev.products.model import Product
from tests.docs.markdown import DESCRIBED, TEXTS, code, table

_TEXTS = TEXTS["entity"]["sensor"]["vendor_error"]


def faults() -> Mapping[str, str]:
    """Return the faults by product."""
    return {product.key: _faults(product) for product in DESCRIBED}


def _faults(product: Product) -> str:
    attributes = _TEXTS["state_attributes"]
    return table(
        ("code", "name", "what it means", "what to do"),
        (
            (
                code(fault.code) + (" *" if fault.removed else ""),
                _TEXTS["state"][fault.key],
                attributes["description"]["state"][fault.key],
                attributes["advice"]["state"][fault.key],
            )
            for fault in product.faults
        ),
    )
