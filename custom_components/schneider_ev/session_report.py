"""Lists sessions for a report, filtered by time, charger, connector and badge."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from yarl import URL

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .central_system.state import Badges, Session
from .const import DOMAIN
from .files.signed_link import async_signed_link
from .runtime import SchneiderConfigEntry

SESSIONS_URL: Final = f"/api/{DOMAIN}/sessions.csv"
_LINK_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionFilter:
    """Selects sessions by their start, charger, connector and badge; None is any.

    `badge` is an idTag or the name of a badge.
    """

    begin: datetime | None = None
    end: datetime | None = None
    identity: str | None = None
    connector: int | None = None
    badge: str | None = None

    def includes(self, session: Session, badges: Badges) -> bool:
        """Tell whether the filter selects a session."""
        name = badges.display_name(session.id_tag)
        return (
            (self.begin is None or session.start >= self.begin)
            and (self.end is None or session.start < self.end)
            and self.identity in (None, session.identity)
            and self.connector in (None, session.connector)
            and self.badge in (None, session.id_tag, name)
        )

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


@callback
def async_sessions(hass: HomeAssistant, wanted: SessionFilter) -> list[dict[str, Any]]:
    """Return the sessions that a filter selects, the oldest first."""
    entries: Iterable[SchneiderConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    sessions = [
        (session, entry.runtime_data.central_system.shared.badges)
        for entry in entries
        if entry.state is ConfigEntryState.LOADED
        for session in entry.runtime_data.central_system.shared.journal
    ]
    return [
        _describe(session, badges)
        for session, badges in sorted(sessions, key=lambda pair: pair[0].start)
        if wanted.includes(session, badges)
    ]


@callback
def async_download_link(hass: HomeAssistant, wanted: SessionFilter) -> str:
    """Return a link to the sessions as a CSV file, valid for an hour."""
    return async_signed_link(
        hass, URL(SESSIONS_URL).with_query(wanted.query()), _LINK_LIFETIME
    )


def _describe(session: Session, badges: Badges) -> dict[str, Any]:
    return {
        "charger": session.identity,
        "transaction_id": session.id,
        "connector": session.connector,
        "badge": badges.display_name(session.id_tag),
        "id_tag": session.id_tag,
        "start": session.start.isoformat(),
        "stop": session.stop.isoformat() if session.stop else None,
        "meter_start": session.meter_start,
        "meter_stop": session.meter_stop,
        "energy": session.energy,
        "reason": session.reason,
    }
