"""What all sessions of a connector come to: none counts twice."""

from custom_components.schneider_ev.billing import LifetimeTotals
from custom_components.schneider_ev.central_system.state import SessionCosts


def costs(cost: int | None, solar: int) -> SessionCosts:
    """Return the costs of a session."""
    return SessionCosts(cost=cost, energy_solar=solar)


def test_one_after_the_other() -> None:
    """The newest counts as it comes to now, also after a restart."""
    totals = LifetimeTotals()
    totals.follow(1, costs(None, 5))
    assert totals.cost is None
    totals.follow(1, costs(10, 7))
    totals = LifetimeTotals.restore(totals.data())
    totals.follow(1, costs(12, 8))
    totals.follow(2, costs(3, 1))
    assert (totals.cost, totals.solar) == (15, 9)


def test_another_one() -> None:
    """One that is corrected late counts by what has changed of it."""
    totals = LifetimeTotals()
    totals.follow(1, costs(10, 5))
    totals.follow(2, costs(1, 1))
    totals.correct(costs(14, 4), costs(10, 5))
    totals.follow(2, costs(2, 2))
    totals.follow(1, costs(15, 4), costs(14, 4))
    assert (totals.cost, totals.solar) == (17, 6)
