"""Charging profiles: the profiles in a charger, and their composite limit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from custom_components.schneider_ev.products.model import Purpose

from .timestamps import parse

_RECURRENCE = {"Daily": 86_400.0, "Weekly": 7 * 86_400.0}


@dataclass(frozen=True, slots=True)
class Period:
    """A ChargingSchedulePeriod: `limit` applies from `start`, in seconds."""

    start: float
    limit: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """An installed charging profile."""

    connector: int
    id: int
    purpose: Purpose
    stack_level: int
    kind: str
    unit: str
    periods: tuple[Period, ...]
    recurrency: str | None = None
    transaction_id: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    start: datetime | None = None
    duration: float | None = None

    @classmethod
    def from_ocpp(cls, connector: int, profile: Mapping[str, Any]) -> Profile:
        """Read a ChargingProfile whose keys are in snake case."""
        schedule = profile["charging_schedule"]
        return cls(
            connector=connector,
            id=profile["charging_profile_id"],
            purpose=Purpose(profile["charging_profile_purpose"]),
            stack_level=profile["stack_level"],
            kind=profile["charging_profile_kind"],
            unit=schedule["charging_rate_unit"],
            periods=tuple(
                Period(period["start_period"], float(period["limit"]))
                for period in schedule["charging_schedule_period"]
            ),
            recurrency=profile.get("recurrency_kind"),
            transaction_id=profile.get("transaction_id"),
            valid_from=_time(profile.get("valid_from")),
            valid_to=_time(profile.get("valid_to")),
            start=_time(schedule.get("start_schedule")),
            duration=schedule.get("duration"),
        )

    def limit(self, at: datetime, charging_since: datetime | None) -> float | None:
        """Return the limit at a time, None if the profile has none then."""
        if (self.valid_from and at < self.valid_from) or (
            self.valid_to and at >= self.valid_to
        ):
            return None
        elapsed = self._elapsed(at, charging_since)
        if elapsed < 0 or (self.duration is not None and elapsed >= self.duration):
            return None
        return next(
            (p.limit for p in reversed(self.periods) if p.start <= elapsed), None
        )

    def changes(
        self, at: datetime, charging_since: datetime | None
    ) -> Iterator[datetime]:
        """Yield the times after `at` when the limit may change."""
        for bound in (self.valid_from, self.valid_to):
            if bound and bound > at:
                yield bound
        origin = at - timedelta(seconds=self._elapsed(at, charging_since))
        offsets = [period.start for period in self.periods]
        if self.duration is not None:
            offsets.append(self.duration)
        if cycle := self._cycle:
            offsets = [offset for offset in offsets if offset < cycle] + [cycle]
        for offset in offsets:
            if (time := origin + timedelta(seconds=offset)) > at:
                yield time

    @property
    def _cycle(self) -> float | None:
        return _RECURRENCE.get(self.recurrency or "")

    def _elapsed(self, at: datetime, charging_since: datetime | None) -> float:
        """Return the seconds from the start of the schedule to a time."""
        relative = self.kind == "Relative" or self.start is None
        start = charging_since if relative else self.start
        elapsed = (at - start).total_seconds() if start else 0.0
        if self.kind == "Recurring" and self._cycle and elapsed >= 0:
            elapsed %= self._cycle
        return elapsed


@dataclass(slots=True)
class ProfileStore:
    """The charging profiles of a charger."""

    profiles: list[Profile] = field(default_factory=list)

    def __iter__(self) -> Iterator[Profile]:
        """Iterate over the profiles, oldest first."""
        return iter(self.profiles)

    def __len__(self) -> int:
        """Return the number of profiles."""
        return len(self.profiles)

    def install(self, profile: Profile) -> None:
        """Install a profile; it replaces one with its id, or its purpose and stack level."""
        self.profiles = [
            other
            for other in self.profiles
            if other.id != profile.id
            and (other.connector, other.purpose, other.stack_level)
            != (profile.connector, profile.purpose, profile.stack_level)
        ]
        self.profiles.append(profile)

    def clear(
        self,
        *,
        number: int | None = None,
        connector: int | None = None,
        purpose: Purpose | None = None,
        stack_level: int | None = None,
    ) -> int:
        """Remove matching profiles and return their number."""
        kept = [
            profile
            for profile in self.profiles
            if (number is not None and profile.id != number)
            or (connector is not None and profile.connector != connector)
            or (purpose is not None and profile.purpose != purpose)
            or (stack_level is not None and profile.stack_level != stack_level)
        ]
        removed = len(self.profiles) - len(kept)
        self.profiles = kept
        return removed

    def limit(
        self, connector: int, at: datetime, charging_since: datetime | None = None
    ) -> float | None:
        """Return the composite limit, bounded by the ChargePointMaxProfile.

        A TxProfile takes precedence over a TxDefaultProfile, a higher stack level over
        a lower one, and a TxDefaultProfile of the connector over one of connector 0.
        """
        cap = self._leading(Purpose.CHARGE_POINT_MAX, connector, at, charging_since)
        own = self._leading(Purpose.TX, connector, at, charging_since)
        if own is None:
            own = self._leading(Purpose.TX_DEFAULT, connector, at, charging_since)
        return min((x for x in (cap, own) if x is not None), default=None)

    def next_change(
        self, connector: int, at: datetime, charging_since: datetime | None = None
    ) -> datetime | None:
        """Return the next time when the composite limit may change."""
        return min(
            (
                time
                for profile in self.profiles
                if profile.connector in (0, connector)
                for time in profile.changes(at, charging_since)
            ),
            default=None,
        )

    def composite(
        self,
        connector: int,
        at: datetime,
        duration: float,
        default: float,
        charging_since: datetime | None = None,
    ) -> list[Period]:
        """Return the limits from a time on; `default` where no profile has one."""
        end = at + timedelta(seconds=duration)
        since = charging_since or at
        periods: list[Period] = []
        time: datetime | None = at
        while time is not None and time < end:
            limit = self.limit(connector, time, since)
            limit = default if limit is None else min(limit, default)
            if not periods or periods[-1].limit != limit:
                periods.append(Period(round((time - at).total_seconds()), limit))
            time = self.next_change(connector, time, since)
        return periods

    def _leading(
        self,
        purpose: Purpose,
        connector: int,
        at: datetime,
        charging_since: datetime | None,
    ) -> float | None:
        ranked = sorted(
            (p for p in self if p.purpose is purpose and p.connector in (0, connector)),
            key=lambda profile: (profile.stack_level, profile.connector),
            reverse=True,
        )
        limits = (profile.limit(at, charging_since) for profile in ranked)
        return next((limit for limit in limits if limit is not None), None)


def _time(text: str | None) -> datetime | None:
    return None if text is None else parse(text)
