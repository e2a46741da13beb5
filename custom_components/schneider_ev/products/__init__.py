"""The products that the integration knows, as data, and how to tell them apart."""

from collections.abc import Iterable, Mapping

from .evlink_pro_ac import EVLINK_PRO_AC
from .evlink_pro_dc import EVLINK_PRO_DC
from .generic import GENERIC
from .model import Product
from .schneider_charge_pro import SCHNEIDER_CHARGE_PRO

PRODUCTS: Mapping[str, Product] = {
    product.key: product
    for product in (
        EVLINK_PRO_AC,
        SCHNEIDER_CHARGE_PRO,
        EVLINK_PRO_DC,
        GENERIC,
    )
}

FINGERPRINTS = tuple(
    key for product in PRODUCTS.values() for key in sorted(product.fingerprint)
)
"""Configuration keys that tell a charger's product."""


def identify(vendor: str, model: str) -> Product:
    """Return the product that a BootNotification names, else the generic one."""
    return next(
        (product for product in PRODUCTS.values() if product.is_model(vendor, model)),
        GENERIC,
    )


def fingerprint(keys: Iterable[str]) -> Product | None:
    """Return the product that alone has one of these keys, None where none tells."""
    reported = {key.casefold() for key in keys}
    return next(
        (
            product
            for product in PRODUCTS.values()
            if any(key.casefold() in reported for key in product.fingerprint)
        ),
        None,
    )
