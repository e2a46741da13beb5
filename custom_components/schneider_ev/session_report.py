"""Lists sessions for a report, filtered by time, charger, connector and badge."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from yarl import URL

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from .central_system.messages import Json
from .central_system.state import Selection, Session, is_same_tag
from .const import DOMAIN
from .files.signed_link import async_signed_link
from .runtime import SchneiderConfigEntry
from .subentries import charger_subentries

SESSIONS_URL: Final = f"/api/{DOMAIN}/sessions.csv"
_LINK_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionFilter:
    """Selects sessions by start, charger, connector, badge and id; None is any.

    `badge` is an idTag or the name of a badge.
    """

    begin: datetime | None = None
    end: datetime | None = None
    identity: str | None = None
    connector: int | None = None
    badge: str | None = None
    transaction_id: int | None = None

    @property
    def selection(self) -> Selection:
        """What of it the journal selects by."""
        return Selection(
            begin=self.begin,
            end=self.end,
            identity=self.identity,
            connector=self.connector,
            transaction_id=self.transaction_id,
        )

    def is_of(self, id_tag: str | None, name: str | None) -> bool:
        """Tell whether a session with an idTag, of a badge with a name, is selected."""
        return self.badge in (None, name) or is_same_tag(self.badge, id_tag)

    def query(self) -> dict[str, str]:
        """Return the filter as the query of the CSV file's URL."""
        query = {
            "from": self.begin and self.begin.isoformat(),
            "to": self.end and self.end.isoformat(),
            "charger": self.identity,
            "connector": self.connector and str(self.connector),
            "badge": self.badge,
        }
        return {name: value for name, value in query.items() if value}


async def async_sessions(
    hass: HomeAssistant, wanted: SessionFilter, *, with_signed: bool = False
) -> AsyncIterator[dict[str, Any]]:
    """Yield the sessions that a filter selects, of each entry the oldest first.

    Each `with_signed` readings, if wanted. They are read in parts, so that nothing else
    waits while there are many. Raises HomeAssistantError where they cannot be read.
    """
    entries: list[SchneiderConfigEntry] = hass.config_entries.async_loaded_entries(
        DOMAIN
    )
    for entry in entries:
        shared = entry.runtime_data.central_system.shared
        journal = shared.journal
        try:
            async for page in journal.select(wanted.selection):
                signed = await journal.signed_readings(page) if with_signed else None
                for session in page:
                    name = shared.badges.display_name(session.id_tag)
                    if wanted.is_of(session.id_tag, name):
                        yield _describe(session, name, signed)
        except OSError as error:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="storage_unreadable",
                translation_placeholders={"error": str(error)},
            ) from error


@callback
def async_download_link(hass: HomeAssistant, wanted: SessionFilter) -> str:
    """Return a link to the sessions as a CSV file, valid for an hour."""
    return async_signed_link(
        hass, URL(SESSIONS_URL).with_query(wanted.query()), _LINK_LIFETIME
    )


@callback
def async_charger_names(hass: HomeAssistant) -> dict[str, str]:
    """Return the owner's names of chargers, by identity."""
    return {
        identity: subentry.title
        for entry in hass.config_entries.async_loaded_entries(DOMAIN)
        for identity, subentry in charger_subentries(entry).items()
    }


def described_costs(session: Session) -> dict[str, Any]:
    """Return what a session cost and where its energy came from; None is not known."""
    costs = session.settled_costs
    solar, battery, grid = costs.energies if costs else (None, None, None)
    amount = costs.amount if costs else None
    return {
        "cost": None if amount is None else float(amount),
        "currency": costs.currency if costs else None,
        "energy_solar": solar,
        "energy_battery": battery,
        "energy_grid": grid,
        "estimated": costs.is_estimated if costs else None,
    }


def totals(sessions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what sessions come to; the cost is None where it is not of one currency."""
    priced = [session for session in sessions if session["cost"] is not None]
    currencies = {session["currency"] for session in priced}
    is_sum = len(currencies) == 1
    cost = sum((Decimal(str(session["cost"])) for session in priced), Decimal(0))
    sums = {
        name: sum(session[name] or 0 for session in sessions)
        for name in ("energy", "energy_solar", "energy_battery", "energy_grid")
    }
    return {
        "count": len(sessions),
        **sums,
        "cost": float(cost) if is_sum else None,
        "currency": currencies.pop() if is_sum else None,
        "estimated": any(session["estimated"] for session in sessions),
    }


def _describe(
    session: Session,
    badge: str | None,
    signed: Mapping[int, Sequence[Json]] | None,
) -> dict[str, Any]:
    described = {
        "charger": session.identity,
        "transaction_id": session.id,
        "connector": session.connector,
        "badge": badge,
        "id_tag": session.id_tag,
        "start": session.start.isoformat(),
        "stop": session.stop.isoformat() if session.stop else None,
        "meter_start": session.meter_start,
        "meter_stop": session.meter_stop,
        "energy": session.energy,
        "reason": session.reason,
        **described_costs(session),
    }
    if signed is not None:
        described["signed_readings"] = list(signed.get(session.id, ()))
    return described
