"""Why a connector charges as it does: a sentence, and the figures in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ..messages.enums import ChargePointStatus
from .limits import Limitation, LimitReason, nearly


class SiteReason(StrEnum):
    """Why a site decided on a connector as it did."""

    FAST = "fast"
    OFF = "off"
    UNPLUGGED = "unplugged"
    SURPLUS = "surplus"
    MINIMUM = "minimum"
    WAITING = "waiting"
    NO_SURPLUS = "no_surplus"
    NO_DATA = "no_data"
    CHEAP = "cheap"
    WAITING_FOR_PRICE = "waiting_for_price"
    NEGATIVE_PRICE = "negative_price"


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteReport:
    """What a site decided by; None is what is not known or does not matter.

    `available` is the power that the connector could have of the surplus, `needed` what
    it charges with at least, in W. `changes_at` is when the site expects to decide
    otherwise. `price` and `cheap_below` are per kWh.
    """

    reason: SiteReason
    available: float | None = None
    needed: float | None = None
    changes_at: datetime | None = None
    price: float | None = None
    cheap_below: float | None = None


class Figure(StrEnum):
    """A figure in a sentence: powers are in kW, prices per kWh."""

    AVAILABLE = "available"
    NEEDED = "needed"
    LIMIT = "limit"
    POWER = "power"
    PRICE = "price"
    CHEAP_BELOW = "cheap_below"
    TIME = "time"
    UNTIL = "until"


type Figures = Mapping[Figure, float | datetime]


class Sentence(StrEnum):
    """A sentence: the key of its text."""

    NO_VEHICLE = "no_vehicle"
    ENDED = "ended"
    OUT_OF_SERVICE = "out_of_service"
    FAULT = "fault"
    NOT_STARTED = "not_started"
    PAUSED = "paused"
    PAUSED_UNTIL = "paused_until"
    OFF = "off"
    UNLIMITED = "unlimited"
    USER = "user"
    USER_UNTIL = "user_until"
    STATION = "station"
    VEHICLE = "vehicle"
    VEHICLE_WAITS = "vehicle_waits"
    CHARGER = "charger"
    CHARGER_WAITS = "charger_waits"
    SURPLUS = "surplus"
    SUN = "sun"
    MINIMUM_UNTIL = "minimum_until"
    MINIMUM = "minimum"
    WAITING_UNTIL = "waiting_until"
    WAITING = "waiting"
    WAITING_FOR_SUN = "waiting_for_sun"
    NO_DATA = "no_data"
    CHEAP_UNTIL = "cheap_until"
    CHEAP = "cheap"
    WAITING_FOR_PRICE_UNTIL = "waiting_for_price_until"
    WAITING_FOR_PRICE = "waiting_for_price"
    NEGATIVE_PRICE_UNTIL = "negative_price_until"
    NEGATIVE_PRICE = "negative_price"


FIGURES: Mapping[Sentence, frozenset[Figure]] = {
    sentence: frozenset() for sentence in Sentence
} | {
    Sentence.PAUSED_UNTIL: frozenset({Figure.UNTIL}),
    Sentence.UNLIMITED: frozenset({Figure.LIMIT}),
    Sentence.USER: frozenset({Figure.LIMIT}),
    Sentence.USER_UNTIL: frozenset({Figure.LIMIT, Figure.UNTIL}),
    Sentence.STATION: frozenset({Figure.LIMIT}),
    Sentence.VEHICLE: frozenset({Figure.POWER}),
    Sentence.CHARGER: frozenset({Figure.POWER}),
    Sentence.SURPLUS: frozenset({Figure.AVAILABLE}),
    Sentence.MINIMUM_UNTIL: frozenset({Figure.AVAILABLE, Figure.NEEDED, Figure.TIME}),
    Sentence.MINIMUM: frozenset({Figure.AVAILABLE, Figure.NEEDED}),
    Sentence.WAITING_UNTIL: frozenset({Figure.AVAILABLE, Figure.NEEDED, Figure.TIME}),
    Sentence.WAITING: frozenset({Figure.AVAILABLE, Figure.NEEDED}),
    Sentence.CHEAP_UNTIL: frozenset({Figure.PRICE, Figure.TIME}),
    Sentence.CHEAP: frozenset({Figure.PRICE}),
    Sentence.WAITING_FOR_PRICE_UNTIL: frozenset({Figure.CHEAP_BELOW, Figure.TIME}),
    Sentence.WAITING_FOR_PRICE: frozenset({Figure.CHEAP_BELOW}),
    Sentence.NEGATIVE_PRICE_UNTIL: frozenset({Figure.TIME}),
}
"""The figures that a sentence has."""

_BY_STATUS: Mapping[ChargePointStatus, Sentence] = {
    ChargePointStatus.AVAILABLE: Sentence.NO_VEHICLE,
    ChargePointStatus.RESERVED: Sentence.NO_VEHICLE,
    ChargePointStatus.FINISHING: Sentence.ENDED,
    ChargePointStatus.UNAVAILABLE: Sentence.OUT_OF_SERVICE,
    ChargePointStatus.FAULTED: Sentence.FAULT,
}

_BY_SITE: Mapping[SiteReason, tuple[Sentence, ...]] = {
    SiteReason.OFF: (Sentence.OFF,),
    SiteReason.SURPLUS: (Sentence.SURPLUS, Sentence.SUN),
    SiteReason.MINIMUM: (Sentence.MINIMUM_UNTIL, Sentence.MINIMUM, Sentence.SUN),
    SiteReason.WAITING: (
        Sentence.WAITING_UNTIL,
        Sentence.WAITING,
        Sentence.WAITING_FOR_SUN,
    ),
    SiteReason.NO_SURPLUS: (
        Sentence.WAITING_UNTIL,
        Sentence.WAITING,
        Sentence.WAITING_FOR_SUN,
    ),
    SiteReason.NO_DATA: (Sentence.NO_DATA,),
    SiteReason.CHEAP: (Sentence.CHEAP_UNTIL, Sentence.CHEAP),
    SiteReason.WAITING_FOR_PRICE: (
        Sentence.WAITING_FOR_PRICE_UNTIL,
        Sentence.WAITING_FOR_PRICE,
    ),
    SiteReason.NEGATIVE_PRICE: (
        Sentence.NEGATIVE_PRICE_UNTIL,
        Sentence.NEGATIVE_PRICE,
    ),
}

_BY_LIMIT: Mapping[LimitReason, tuple[Sentence, ...]] = {
    LimitReason.STATION: (Sentence.STATION,),
    LimitReason.USER: (Sentence.USER_UNTIL, Sentence.USER),
    LimitReason.PAUSED: (Sentence.PAUSED_UNTIL, Sentence.PAUSED),
    LimitReason.VEHICLE: (Sentence.VEHICLE, Sentence.VEHICLE_WAITS),
    LimitReason.CHARGER: (Sentence.CHARGER, Sentence.CHARGER_WAITS),
    LimitReason.NONE: (Sentence.UNLIMITED,),
}
"""What can be said, the most telling first: said is what all figures are known of."""

_OF_SITE = frozenset(
    {LimitReason.SOLAR, LimitReason.PRICE, LimitReason.USER, LimitReason.NONE}
)
"""With these, what the site decides by says more than the limit."""

_WAIT = {
    (ChargePointStatus.SUSPENDED_EV, LimitReason.VEHICLE),
    (ChargePointStatus.SUSPENDED_EVSE, LimitReason.CHARGER),
}
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """All that an explanation follows from.

    `limit` is the power at the ceiling, `power` what flows, in W.
    """

    now: datetime
    status: ChargePointStatus | None
    limitation: Limitation
    limit: float
    power: float | None = None
    site: SiteReport | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """A sentence with its figures."""

    sentence: Sentence
    figures: Figures


def explain(
    situation: Situation, shown: Explanation | None = None
) -> Explanation | None:
    """Return why a connector charges as it does, None while that cannot be said.

    Times stay as they are `shown` while they are not far off. One that is over, or more
    than a day ahead, is not told: it would be taken for another.
    """
    known = _figures(situation)
    for sentence in _sentences(situation):
        if FIGURES[sentence] <= known.keys():
            before = shown.figures if shown is not None else {}
            return Explanation(
                sentence=sentence,
                figures={
                    name: _settled(before.get(name), known[name])
                    for name in Figure
                    if name in FIGURES[sentence]
                },
            )
    return None


def _sentences(situation: Situation) -> Iterable[Sentence]:
    """Return what can be said, the most telling first."""
    status, limitation, site = situation.status, situation.limitation, situation.site
    if status is None:
        return ()
    if (sentence := _BY_STATUS.get(status)) is not None:
        return (sentence,)
    if status is ChargePointStatus.PREPARING and limitation.ceiling > 0:
        return (Sentence.NOT_STARTED,)
    reason = limitation.reason
    if site is not None and site.reason in _BY_SITE and reason in _OF_SITE:
        return _BY_SITE[site.reason]
    sentences = _BY_LIMIT.get(reason, ())
    return sentences[-1:] if (status, reason) in _WAIT else sentences


def _figures(situation: Situation) -> Figures:
    """Return the figures that are known."""
    limitation, site = situation.limitation, situation.site
    figures = {
        Figure.LIMIT: _kilowatts(situation.limit),
        Figure.POWER: _kilowatts(situation.power),
        Figure.UNTIL: _soon(limitation.next_change, situation.now),
    }
    if site is not None:
        figures |= {
            Figure.AVAILABLE: _kilowatts(site.available),
            Figure.NEEDED: _kilowatts(site.needed),
            Figure.TIME: _soon(site.changes_at, situation.now),
            Figure.PRICE: site.price,
            Figure.CHEAP_BELOW: site.cheap_below,
        }
    return {name: figure for name, figure in figures.items() if figure is not None}


def _kilowatts(power: float | None) -> float | None:
    return None if power is None else round(max(0.0, power) / 1000, 1)


def _soon(time: datetime | None, now: datetime) -> datetime | None:
    return time if time is not None and now < time < now + _DAY else None


def _settled(
    shown: float | datetime | None, figure: float | datetime
) -> float | datetime:
    if not isinstance(figure, datetime):
        return figure
    return nearly(shown if isinstance(shown, datetime) else None, figure) or figure
