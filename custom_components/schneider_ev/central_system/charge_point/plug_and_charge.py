"""Plug & Charge: answers the messages of ISO 15118 that come in a DataTransfer.

The Open Charge Alliance describes them in its application note *Using ISO 15118 Plug &
Charge with OCPP 1.6*. A contract is authorised as a badge is: by its id. What takes a
certificate authority is refused.
"""

from collections.abc import Callable, Mapping

import orjson

from ..messages.errors import InvalidCallError
from ..messages.payload import Json, required_text, unwrap
from .badge_reader import BadgeReader

VENDOR_ID = "org.openchargealliance.iso15118pnc"

type _Answer = Callable[[BadgeReader, Json], Json]


def data_transfer_answer(reader: BadgeReader, message_id: str, data: object) -> Json:
    """Return the answer to a DataTransfer; one that is malformed is rejected."""
    if (answer := _ANSWERS.get(message_id)) is None:
        return {"status": "UnknownMessageId"}
    try:
        answered = answer(reader, unwrap(data))
    except InvalidCallError:
        return {"status": "Rejected"}
    return {"status": "Accepted", "data": orjson.dumps(answered).decode()}


def _authorize(reader: BadgeReader, request: Json) -> Json:
    """Authorise a contract by its id, which some send as OCPP 2.0.1 does."""
    token = request.get("idToken")
    contract = required_text(token if isinstance(token, dict) else request, "idToken")
    info = reader.authorize(contract, None)
    token_info = {"status": info["status"]}
    if (expires := info.get("expiryDate")) is not None:
        token_info["cacheExpiryDateTime"] = expires
    return {"idTokenInfo": token_info}


_ANSWERS: Mapping[str, _Answer] = {
    "Authorize": _authorize,
    "Get15118EVCertificate": lambda *_: {"status": "Failed", "exiResponse": ""},
    "GetCertificateStatus": lambda *_: {"status": "Failed"},
    "SignCertificate": lambda *_: {"status": "Rejected"},
}
"""The messages that a charger sends, and what answers them."""
