"""The sessions as a CSV file."""

import csv
from http import HTTPStatus
import io

from aiohttp import web
import voluptuous as vol

from homeassistant.components.http import KEY_HASS, HomeAssistantView

from ..actions.validation import point_in_time
from ..const import DOMAIN
from ..session_report import SESSIONS_URL, SessionFilter, async_sessions
from .csv_cell import as_cell
from .signed_link import async_check_administrator

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
_CHUNK_LENGTH = 16_384


class SessionsView(HomeAssistantView):
    """Serves the sessions as a CSV file, to administrators."""

    url = SESSIONS_URL
    name = f"api:{DOMAIN}:sessions"

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Return the sessions that the query selects."""
        async_check_administrator(request)
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
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/csv; charset=utf-8",
                "Content-Disposition": 'attachment; filename="sessions.csv"',
            }
        )
        await response.prepare(request)
        text = io.StringIO()
        writer = csv.DictWriter(text, _COLUMNS)
        writer.writeheader()
        async for session in async_sessions(request.app[KEY_HASS], wanted):
            writer.writerow({name: as_cell(value) for name, value in session.items()})
            if text.tell() > _CHUNK_LENGTH:
                await response.write(_taken(text))
        await response.write(_taken(text))
        await response.write_eof()
        return response


def _taken(text: io.StringIO) -> bytes:
    """Take out what was written."""
    written = text.getvalue()
    text.seek(0)
    text.truncate()
    return written.encode()
