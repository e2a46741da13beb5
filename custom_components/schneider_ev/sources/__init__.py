"""Where Home Assistant knows what a site measures and pays; what `site` reads."""

from .connections import Connection, Sum
from .sources import FoundSource, GridReport, Role, Sources

__all__ = ["Connection", "FoundSource", "GridReport", "Role", "Sources", "Sum"]
