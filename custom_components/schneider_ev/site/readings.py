"""Readings of a site: what its meters measure and what energy costs, at one moment."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteReadings:
    """What is known of a grid connection; None is what is not known.

    Powers are in W: `grid` is positive while the site imports, `battery` while it
    discharges, `solar` is what the panels produce. `battery_state_of_charge` is in
    percent, `battery_capacity` in kWh. Prices are in the currency of Home Assistant,
    for a kWh; `export_price` is what a kWh that is exported earns.
    """

    grid: float | None = None
    solar: float | None = None
    battery: float | None = None
    battery_state_of_charge: float | None = None
    battery_capacity: float | None = None
    import_price: float | None = None
    export_price: float | None = None
