"""Faults, the limit and the reservations of a charger as a whole."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from custom_components.schneider_ev.central_system.charge_point.limit_writer import (
    LimitWriter,
)
from custom_components.schneider_ev.central_system.charge_point.station_faults import (
    StationFaults,
)
from custom_components.schneider_ev.central_system.charge_point.station_limit import (
    StationLimit,
)
from custom_components.schneider_ev.central_system.charging.ratings import RatingPlate
from custom_components.schneider_ev.central_system.messages.errors import (
    ChargerRefusedError,
)
from custom_components.schneider_ev.central_system.state.reservations import (
    Reservation,
    Reservations,
)
from custom_components.schneider_ev.central_system.values import (
    Problem,
    Problems,
    Values,
)
from custom_components.schneider_ev.products.generic import GENERIC
from custom_components.schneider_ev.products.model import Fault, RateUnit
from tests.central_system.charge_point.scripted import (
    Answer,
    ScriptedConnection,
    configured,
    connected,
)

HOT, WET = Fault("1", "hot", "OtherError"), Fault("2", "wet", "OtherError")
TOMORROW = datetime.now(UTC) + timedelta(days=1)
RESERVATION = Reservation(id=3, connector=1, id_tag="Ada", expiry=TOMORROW)


@dataclass
class Outlet:
    """A connector with faults."""

    all_faults: tuple[Fault, ...]


def test_new_faults_of_the_station() -> None:
    """Each is told once: not if it was there, or if every connector had it."""
    station, told = StationFaults(), list[tuple[int, Fault]]()
    station.appeared.connect(lambda number, fault: told.append((number, fault)))
    for outlets, before in (
        ([Outlet((HOT,)), Outlet((HOT, WET))], (HOT,)),
        ([], (HOT, WET)),
    ):
        known = station.report((HOT, WET), has_problem=True, connectors=outlets)
        assert known == before
        station.announce(0, known, station.faults)
    assert told == [(0, WET)]
    station.report((), has_problem=False, connectors=[])
    assert (station.faults, station.has_problem) == ((), False)


def station(
    *answers: Answer, maximum: float | None = None
) -> tuple[StationLimit, ScriptedConnection, Problems]:
    """Return the limit of a station, what is sent of it, and what is wrong with it."""
    link, connection = connected(*answers)
    configuration = configured(GENERIC, {})
    problems: Problems = Values()
    plate = RatingPlate(
        product=GENERIC,
        reference=None,
        configuration=configuration,
        connectors=1,
        phases=None,
        maximum_current=maximum,
    )
    writer = LimitWriter(link, configuration, problems)
    return StationLimit(link, writer, lambda: plate), connection, problems


async def test_the_limit_of_the_station() -> None:
    """It goes to connector 0; without one it is the maximum of the installation."""
    limit, connection, _ = station(maximum=20)
    assert (limit.is_supported, limit.maximum, limit.limit) == (True, 20, 20)
    await limit.apply()
    assert connection.calls == []
    changes: list[float | None] = []
    limit.changed.connect(lambda: changes.append(limit.requested))
    await limit.set_limit(16)
    await limit.apply()
    ((_, call),) = connection.calls
    assert call["connectorId"] == 0
    profile = call["csChargingProfiles"]
    assert profile["chargingProfilePurpose"] == "ChargePointMaxProfile"
    assert profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 16
    limit.forget()
    await limit.apply()
    assert len(connection.calls) == 2
    assert changes == [16]
    limit.change_unit(RateUnit.AMPERE, RateUnit.WATT)
    assert limit.limit == 20
    limit.change_unit(RateUnit.WATT, RateUnit.AMPERE)
    assert limit.limit == 16


@pytest.mark.parametrize(("kept", "held"), [(0, 0), (16, 16), (25, 20), (None, 20)])
async def test_the_limit_that_holds(kept: float | None, held: float) -> None:
    """It may be 0, and is never above the maximum of the installation."""
    limit, connection, _ = station(maximum=20)
    limit.restore({"station_limit": kept})
    assert limit.limit == held
    await limit.apply()
    assert len(connection.calls) == (kept is not None)


async def test_a_limit_that_is_refused_in_all_its_forms() -> None:
    """Is a problem until one is taken; the maximum holds again."""
    limit, connection, problems = station(*["Rejected"] * 8)
    with pytest.raises(ChargerRefusedError):
        await limit.set_limit(16)
    assert problems.get(Problem.LIMITS_REFUSED) is not None
    assert (limit.requested, limit.limit) == (None, 32)
    assert connection.answers == []
    await limit.apply()
    assert problems.get(Problem.LIMITS_REFUSED) is None


async def test_the_limit_that_is_kept_is_restored() -> None:
    """And put to the charger, which may have lost it."""
    (kept, _, _), (restored, connection, _) = station(), station()
    await kept.set_limit(16)
    restored.restore(orjson.loads(orjson.dumps(kept.data())))
    assert restored.data() == kept.data()
    assert restored.requested == 16
    await restored.apply()
    assert len(connection.calls) == 1


async def test_reservations_are_restored() -> None:
    """But for those that have expired."""
    kept, restored = Reservations(), Reservations()
    kept.add(RESERVATION)
    data = orjson.loads(orjson.dumps(kept.data()))
    expired = {
        **data["reservations"][0],
        "id": 4,
        "expiry": "2020-01-01T00:00:00+00:00",
    }
    restored.restore({"reservations": [*data["reservations"], expired]})
    assert restored.data() == kept.data()
    assert list(restored) == [RESERVATION]
    kept.close()
    restored.close()


@pytest.mark.parametrize(
    ("id_tag", "number", "left"),
    [
        ("ADA", None, []),
        ("bob", None, [RESERVATION]),
        ("bob", 3, []),
        ("bob", 5, [RESERVATION]),
    ],
)
async def test_the_reservation_that_a_transaction_uses(
    id_tag: str, number: int | None, left: list[Reservation]
) -> None:
    """By its id, or by its badge in any case."""
    reservations = Reservations()
    reservations.add(RESERVATION)
    changes: list[None] = []
    reservations.changed.connect(lambda: changes.append(None))
    reservations.use(1, id_tag, number)
    assert list(reservations) == left
    assert len(changes) == (0 if left else 1)
    reservations.close()
