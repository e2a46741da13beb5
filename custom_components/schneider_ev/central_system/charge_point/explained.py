"""Why a connector charges as it does, as its owner reads it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from math import inf

from ...products.model import RateUnit
from ..charging.explanation import Explanation, SiteReport, Situation, explain
from ..charging.limits import Limitation
from ..charging.phases import VehiclePhases
from ..messages.enums import ChargePointStatus
from ..values import ConnectorValue, ConnectorValues
from .meter_readings import MeterReadings

FIGURES_INTERVAL = 60.0
"""Seconds for which the figures of a sentence stay as they are: each is recorded."""


class Explained:
    """Shows why, anew whenever a site reports or something else limits the connector."""

    def __init__(
        self,
        *,
        unit: Callable[[], RateUnit],
        values: ConnectorValues,
        readings: MeterReadings,
        phases: VehiclePhases,
    ) -> None:
        """Start with nothing to explain."""
        self._unit = unit
        self._values = values
        self._readings = readings
        self._phases = phases
        self._site: SiteReport | None = None
        self._shown: Explanation | None = None
        self._shown_at = -inf
        values.listen(ConnectorValue.LIMITED_BY, self.update)

    def report(self, report: SiteReport) -> None:
        """Take over what a site decided by."""
        self._site = report
        self.update()

    def update(self) -> None:
        """Explain anew: another sentence counts at once, other figures after a while."""
        limitation = self._values.typed(ConnectorValue.LIMITED_BY, Limitation)
        if limitation is None:
            return
        in_watts = self._unit() is RateUnit.WATT
        watts = 1.0 if in_watts else self._phases.watts_per_ampere
        explanation = explain(
            Situation(
                now=datetime.now(UTC),
                status=self._values.typed(ConnectorValue.STATUS, ChargePointStatus),
                limitation=limitation,
                limit=limitation.ceiling * watts,
                power=self._readings.last.get(ConnectorValue.POWER),
                site=self._site,
            ),
            self._shown,
        )
        now = asyncio.get_running_loop().time()
        if (
            explanation is None
            or explanation == self._shown
            or (
                self._shown is not None
                and explanation.sentence is self._shown.sentence
                and now < self._shown_at + FIGURES_INTERVAL
            )
        ):
            return
        self._shown, self._shown_at = explanation, now
        self._values.set(ConnectorValue.EXPLANATION, explanation)
