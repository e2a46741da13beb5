"""The products that the integration knows, as data, and how to tell them apart."""

from collections.abc import Mapping

from .evlink_pro_ac import EVLINK_PRO_AC
from .generic import GENERIC
from .model import Product

PRODUCTS: Mapping[str, Product] = {
    product.key: product for product in (EVLINK_PRO_AC, GENERIC)
}


def identify(vendor: str, model: str) -> Product:
    """Return the product that a BootNotification names, else the generic one."""
    return next(
        (product for product in PRODUCTS.values() if product.is_model(vendor, model)),
        GENERIC,
    )
