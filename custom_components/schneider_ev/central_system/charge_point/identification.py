"""Identification: which product a charger is, by its owner's word and by itself."""

from ...products import PRODUCTS, fingerprint, identify
from ...products.generic import GENERIC
from ...products.model import Product
from ..messages.boot import BootInfo
from ..state.configuration import Configuration
from ..values import Problem, Problems
from .settings import ChargerSettings


def find_product(
    settings: ChargerSettings,
    boot: BootInfo | None,
    configuration: Configuration,
    problems: Problems,
) -> Product:
    """Return the product of a charger.

    The owner's choice counts first, then vendor and model, then the reference that the
    owner gave, then which configuration keys it has. It is a problem where the owner
    chose another product than the charger names.
    """
    chosen = PRODUCTS.get(settings.product or "")
    booted = identify(boot.vendor, boot.model) if boot else GENERIC
    by_reference = identify("", settings.reference) if settings.reference else GENERIC
    by_keys = fingerprint(configuration) or GENERIC
    named = booted if booted is not GENERIC else by_keys
    is_wrong = chosen not in (None, named) and GENERIC not in (chosen, named)
    problems.set(
        Problem.WRONG_PRODUCT,
        {"chosen": chosen.name, "named": named.name} if chosen and is_wrong else None,
    )
    found = (each for each in (booted, by_reference, by_keys) if each is not GENERIC)
    return chosen or next(found, GENERIC)
