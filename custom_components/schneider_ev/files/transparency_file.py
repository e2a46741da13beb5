"""Signed readings of a session as a file for transparency software (S.A.F.E. XML)."""

from base64 import b64decode
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
import json
import re
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from aiohttp import web
from yarl import URL

from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.core import HomeAssistant, callback

from ..central_system.messages import Json
from ..const import DOMAIN
from ..runtime import SchneiderConfigEntry
from ..session_report import SessionFilter, async_sessions
from .signed_link import async_check_administrator, async_signed_link

_URL: Final = f"/api/{DOMAIN}/signed_readings.xml"
_LINK_LIFETIME = timedelta(hours=1)
_OCMF = "OCMF"
_PUBLIC_KEY = "MeterPublicKey"
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class _SignedData:
    """What is signed, in which format, and the key that came along."""

    text: str
    format: str | None = None
    public_key: str | None = None


@callback
def async_signed_readings_link(
    hass: HomeAssistant, identity: str, transaction_id: int
) -> str:
    """Return a link to the file of a session, valid for an hour."""
    query = {"charger": identity, "transaction_id": str(transaction_id)}
    return async_signed_link(hass, URL(_URL).with_query(query), _LINK_LIFETIME)


@callback
def async_public_key(hass: HomeAssistant, identity: str, connector: int) -> str | None:
    """Return the public key of a charger's meter as a whole, None where it tells none."""
    entries: list[SchneiderConfigEntry] = hass.config_entries.async_loaded_entries(
        DOMAIN
    )
    for entry in entries:
        charger = entry.runtime_data.central_system.chargers.get(identity)
        if charger is not None:
            value = charger.configuration.value
            return value(_PUBLIC_KEY) or value(f"{_PUBLIC_KEY}{connector}")
    return None


class TransparencyFileView(HomeAssistantView):
    """Serves the signed readings of a session, to administrators."""

    url = _URL
    name = f"api:{DOMAIN}:signed_readings"

    async def get(self, request: web.Request) -> web.Response:
        """Return the file of the session that the query names."""
        async_check_administrator(request)
        hass, query = request.app[KEY_HASS], request.query
        identity, number = query.get("charger", ""), query.get("transaction_id", "")
        if re.fullmatch(r"-?\d{1,18}", number, re.ASCII) is None:
            raise web.HTTPNotFound
        wanted = SessionFilter(identity=identity, transaction_id=int(number))
        async for session in async_sessions(hass, wanted, with_signed=True):
            key = async_public_key(hass, identity, session["connector"])
            name = f"session_{number}.xml"
            return web.Response(
                text=transparency_file(session, key),
                content_type="application/xml",
                headers={"Content-Disposition": f'attachment; filename="{name}"'},
            )
        raise web.HTTPNotFound


def transparency_file(session: Json, public_key: str | None) -> str:
    """Return the signed readings of a session in the format of transparency software."""
    values = "".join(_values(session, public_key))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<values>\n{values}</values>\n'


def _values(session: Json, public_key: str | None) -> Iterator[str]:
    for reading in session["signed_readings"]:
        signed = _signed_data(reading.get("value"))
        form = f" format={_attribute(signed.format)}" if signed.format else ""
        context = _attribute(reading.get("context") or "Sample.Periodic")
        yield (
            f'  <value transactionId="{session["transaction_id"]}" context={context}>\n'
            f'    <signedData{form} encoding="plain">{_text(signed.text)}</signedData>\n'
        )
        if key := public_key or signed.public_key:
            encoding = "hex" if re.fullmatch("[0-9a-fA-F]+", key) else "plain"
            yield f'    <publicKey encoding="{encoding}">{_text(key)}</publicKey>\n'
        yield "  </value>\n"


def _signed_data(value: Any) -> _SignedData:
    """Read a signed value: in OCMF, or wrapped as the Open Charge Alliance describes."""
    text = value if isinstance(value, str) else json.dumps(value)
    if text.startswith(f"{_OCMF}|"):
        return _SignedData(text=text, format=_OCMF)
    try:
        wrapped = json.loads(text)
        inner = str(wrapped["signedMeterData"])
    except KeyError, TypeError, ValueError:
        return _SignedData(text=text)
    try:
        plain = b64decode(inner, validate=True).decode()
    except binascii.Error, ValueError:
        plain = inner
    is_ocmf = plain.startswith(f"{_OCMF}|")
    return _SignedData(
        text=plain if is_ocmf else inner,
        format=_OCMF if is_ocmf else str(wrapped.get("encodingMethod") or "") or None,
        public_key=str(wrapped.get("publicKey") or "") or None,
    )


def _text(text: str) -> str:
    return escape(_NOT_IN_XML.sub("\ufffd", text), {"\r": "&#13;"})


def _attribute(text: object) -> str:
    return quoteattr(_NOT_IN_XML.sub("\ufffd", str(text)))
