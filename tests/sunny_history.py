"""A simulated day in the sun, as Home Assistant's recorder would have kept it."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
import json
from pathlib import Path
import sqlite3
from typing import Any, override

from .solar_days import DAYS, INTERVAL, SolarCharging, live

SURPLUS = "sensor.solar_surplus"
POWER = "sensor.garage_power"
OFFERED = "sensor.garage_current_offered"

WATTS: Mapping[str, Any] = {
    "device_class": "power",
    "state_class": "measurement",
    "unit_of_measurement": "W",
}
AMPERES = {**WATTS, "device_class": "current", "unit_of_measurement": "A"}
ATTRIBUTES: Mapping[str, Mapping[str, Any]] = {
    SURPLUS: {**WATTS, "friendly_name": "Solar surplus"},
    POWER: {**WATTS, "friendly_name": "Garage Power"},
    OFFERED: {**AMPERES, "friendly_name": "Garage Current offered"},
}

type Course = Sequence[tuple[int, float]]


class _Noting(SolarCharging):
    """Notes what is measured and decided, as often as there is a decision."""

    def __init__(self, phases: int) -> None:
        super().__init__(phases)
        self.draws: list[tuple[int, float]] = []
        self.limits: list[tuple[int, float]] = []

    @override
    def limit(self, draw: float, now: float) -> float:
        decided = super().limit(draw, now)
        if now % INTERVAL == 0:
            self.draws.append((int(now), draw))
            self.limits.append((int(now), decided))
        return decided


def sunny_courses(kind: str, phases: int = 1) -> dict[str, Course]:
    """Return what the entities showed, with the seconds since sunrise."""
    day = DAYS[kind](1)
    noting = _Noting(phases)

    def note(phases: int) -> SolarCharging:
        return noting

    live(day, note, phases)
    step = len(day.surplus) // len(noting.limits)
    surplus = zip((now for now, _ in noting.limits), day.surplus[::step], strict=True)
    return {SURPLUS: list(surplus), POWER: noting.draws, OFFERED: noting.limits}


def write(config_dir: Path, courses: Mapping[str, Course], sunrise: datetime) -> None:
    """Put a day into the database of a Home Assistant that does not run."""
    with (
        closing(sqlite3.connect(config_dir / "home-assistant_v2.db")) as database,
        database,
    ):
        for entity_id, course in courses.items():
            attributes = database.execute(
                "INSERT INTO state_attributes (shared_attrs) VALUES (?)",
                [json.dumps(ATTRIBUTES[entity_id])],
            ).lastrowid
            known = database.execute(
                "SELECT metadata_id FROM states_meta WHERE entity_id = ?", [entity_id]
            ).fetchone()
            metadata = (
                known[0]
                if known
                else database.execute(
                    "INSERT INTO states_meta (entity_id) VALUES (?)", [entity_id]
                ).lastrowid
            )
            database.executemany(
                "INSERT INTO states (state, last_updated_ts, attributes_id, metadata_id,"
                " origin_idx) VALUES (?, ?, ?, ?, 0)",
                [
                    (f"{value:.0f}", sunrise.timestamp() + now, attributes, metadata)
                    for now, value in course
                ],
            )
