"""The simulated products, by product key."""

from collections.abc import Mapping

from .evlink_pro_ac import EVLINK_PRO_AC
from .evlink_pro_dc import EVLINK_PRO_DC
from .product import SimulatedProduct
from .schneider_charge_pro import SCHNEIDER_CHARGE_PRO

PRODUCTS: Mapping[str, SimulatedProduct] = {
    product.facts.key: product
    for product in (EVLINK_PRO_AC, SCHNEIDER_CHARGE_PRO, EVLINK_PRO_DC)
}
