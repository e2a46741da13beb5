"""The commercial references of each product, for docs/references.md."""

from collections.abc import Mapping

from custom_components.schneider_ev.products.model import Plug, Product
from tests.docs.markdown import DESCRIBED, code, table

_PLUGS = {
    Plug.SOCKET_T2S: "socket (T2S)",
    Plug.ATTACHED_CABLE: "attached cable",
    Plug.DOMESTIC_SOCKET: "domestic socket",
    Plug.CCS2: "CCS2",
    Plug.CHADEMO: "CHAdeMO",
}


def references() -> Mapping[str, str]:
    """Return the references by product, and how each product is recognised."""
    made = {product.key: _references(product) for product in DESCRIBED}
    return made | {
        "models": table(
            ("product", "the model that a charger reports"),
            ((product.name, _models(product)) for product in DESCRIBED),
        )
    }


def _references(product: Product) -> str:
    return table(
        ("reference", "power", "phases", "sockets and cables"),
        (
            (
                code(reference.name),
                f"{reference.power:g} kW",
                str(reference.phases),
                ", ".join(_PLUGS[plug] for plug in reference.plugs),
            )
            for reference in product.references
        ),
    )


def _models(product: Product) -> str:
    return ", ".join([*product.models, "or one of its references"])
