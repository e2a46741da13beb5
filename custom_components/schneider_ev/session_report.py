"""Sessions for whoever pays for them: as a list with totals, and as a file."""

from collections.abc import Iterable
import csv
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
import io
from typing import Any

from aiohttp import web
import voluptuous as vol
from yarl import URL

from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.components.http.auth import SIGN_QUERY_PARAM, async_sign_path
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .actions.validation import point_in_time
from .central_system.state.badges import Badges
from .central_system.state.sessions import Session
from .const import DOMAIN
from .runtime import SchneiderConfigEntry

_URL = f"/api/{DOMAIN}/sessions.csv"
_LINK_LIFETIME = timedelta(hours=1)
_COLUMNS = (
    "charger",
    "transaction_id",
    "connector",
    "badge",
    "id_tag",
    "start",
    "stop",
    "meter_start",
    "meter_stop",
    "energy",
    "reason",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionFilter:
    """Which sessions are meant: those that began in a time, of a charger, of a badge."""

    begin: datetime | None = None
    end: datetime | None = None
    identity: str | None = None
    connector: int | None = None
    badge: str | None = None

    def includes(self, session: Session, badges: Badges) -> bool:
        """Tell whether a session is meant."""
        name = badges.display_name(session.id_tag)
        return (
            (self.begin is None or session.start >= self.begin)
            and (self.end is None or session.start < self.end)
            and self.identity in (None, session.identity)
            and self.connector in (None, session.connector)
            and self.badge in (None, session.id_tag, name)
        )

    def query(self) -> dict[str, str]:
        """Return the filter as the query of a link."""
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
    """Return the sessions that are meant, the oldest first."""
    entries: Iterable[SchneiderConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    sessions = [
        (session, entry.runtime_data.central_system.badges)
        for entry in entries
        if entry.state is ConfigEntryState.LOADED
        for session in entry.runtime_data.central_system.journal
    ]
    return [
        _describe(session, badges)
        for session, badges in sorted(sessions, key=lambda pair: pair[0].start)
        if wanted.includes(session, badges)
    ]


@callback
def async_download_link(hass: HomeAssistant, wanted: SessionFilter) -> str:
    """Return a link to the sessions as a file, which holds for an hour."""
    path = URL(_URL).with_query(wanted.query())
    # of what Home Assistant returns, only the signature is encoded
    signed = async_sign_path(hass, str(path), _LINK_LIFETIME)
    _, _, signature = signed.rpartition(f"{SIGN_QUERY_PARAM}=")
    return str(path.update_query({SIGN_QUERY_PARAM: signature}))


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


class SessionsView(HomeAssistantView):
    """Serves the sessions as a CSV file, to users who are logged in."""

    url = _URL
    name = f"api:{DOMAIN}:sessions"

    async def get(self, request: web.Request) -> web.Response:
        """Return the file."""
        query = request.query
        try:
            begin, end = (
                point_in_time(query[name]) if name in query else None
                for name in ("from", "to")
            )
        except vol.Invalid, ValueError:
            return self.json_message("from and to are times", HTTPStatus.BAD_REQUEST)
        connector = query.get("connector", "")
        wanted = SessionFilter(
            begin=begin,
            end=end,
            identity=query.get("charger"),
            connector=int(connector) if connector.isdecimal() else None,
            badge=query.get("badge"),
        )
        text = io.StringIO()
        writer = csv.DictWriter(text, _COLUMNS)
        writer.writeheader()
        for session in async_sessions(request.app[KEY_HASS], wanted):
            writer.writerow({name: _harmless(value) for name, value in session.items()})
        return web.Response(
            text=text.getvalue(),
            content_type="text/csv",
            headers={"Content-Disposition": 'attachment; filename="sessions.csv"'},
        )


def _harmless(value: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula: idTags come from outside."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
