"""The products that the integration supports, as data, and how to identify them."""

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
"""Configuration keys of only one product each, which identify it."""


def identify(vendor: str, model: str) -> Product:
    """Return the product of a BootNotification's vendor and model, else `GENERIC`."""
    return next(
        (product for product in PRODUCTS.values() if product.is_model(vendor, model)),
        GENERIC,
    )


def fingerprint(keys: Iterable[str]) -> Product | None:
    """Return the product with a fingerprint among these keys, None if there is none."""
    reported = {key.casefold() for key in keys}
    return next(
        (
            product
            for product in PRODUCTS.values()
            if any(key.casefold() in reported for key in product.fingerprint)
        ),
        None,
    )
