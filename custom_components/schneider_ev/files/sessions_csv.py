"""The sessions as a CSV file."""

from collections.abc import Iterator, Mapping
import csv
from datetime import datetime, timedelta
from http import HTTPStatus
import io
from typing import Any

from aiohttp import web
import voluptuous as vol

from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from ..actions.validation import point_in_time
from ..const import DOMAIN
from ..session_report import (
    SESSIONS_URL,
    SessionFilter,
    async_charger_names,
    async_sessions,
)
from .csv_cell import as_cell
from .signed_link import async_check_administrator

_COLUMNS = (
    "charger",
    "identity",
    "transaction_id",
    "connector",
    "badge",
    "id_tag",
    "start",
    "stop",
    "duration",
    "meter_start",
    "meter_stop",
    "energy",
    "energy_solar",
    "energy_battery",
    "energy_grid",
    "solar_share",
    "cost",
    "currency",
    "estimated",
    "reason",
)
"""The columns: keys of their headers, which are in Home Assistant's language."""

_HEADERS = f"component.{DOMAIN}.selector.session_column.options"
_TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
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
        writer = csv.writer(text)
        hass = request.app[KEY_HASS]
        texts = await async_get_translations(
            hass, hass.config.language, "selector", [DOMAIN]
        )
        writer.writerow(texts[f"{_HEADERS}.{column}"] for column in _COLUMNS)
        names = async_charger_names(hass)
        async for session in async_sessions(hass, wanted):
            writer.writerow([as_cell(value) for value in _row(session, names)])
            if text.tell() > _CHUNK_LENGTH:
                await response.write(_taken(text))
        await response.write(_taken(text))
        await response.write_eof()
        return response


def _row(session: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[object]:
    """Yield the cells of a session: times are local, energies in kWh."""
    identity = session["charger"]
    start, stop = (
        None if session[name] is None else datetime.fromisoformat(session[name])
        for name in ("start", "stop")
    )
    yield from (names.get(identity, identity), identity)
    yield from (session[name] for name in ("transaction_id", "connector"))
    yield from (session[name] for name in ("badge", "id_tag"))
    for time in (start, stop):
        yield None if time is None else dt_util.as_local(time).strftime(_TIME_FORMAT)
    yield None if start is None or stop is None else _duration(stop - start)
    for name in (
        *("meter_start", "meter_stop", "energy"),
        *("energy_solar", "energy_battery", "energy_grid"),
    ):
        yield None if session[name] is None else round(session[name] / 1000, 3)
    yield _share(session["energy_solar"], session["energy"])
    yield from (session[name] for name in ("cost", "currency"))
    yield {True: "✓"}.get(session["estimated"])
    yield session["reason"]


def _share(part: float | None, energy: float | None) -> int | None:
    """Return a part in percent."""
    return None if part is None or not energy else round(100 * part / energy)


def _duration(duration: timedelta) -> str:
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def _taken(text: io.StringIO) -> bytes:
    """Take out what was written."""
    written = text.getvalue()
    text.seek(0)
    text.truncate()
    return written.encode()
