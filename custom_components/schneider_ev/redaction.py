"""Remove personal data and secrets from diagnostics."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
import json
import re
from typing import Any, Final

from homeassistant.helpers.redact import REDACTED

PRIVATE_MEMBERS: Final = frozenset(
    {
        "address",
        "certificatechain",
        "certificate",
        "chargeboxserialnumber",
        "chargepointserialnumber",
        "csr",
        "diagnosticsfile",
        "iccid",
        "identity",
        "idtag",
        "idtoken",
        "imsi",
        "knownserialnumber",
        "location",
        "meterserialnumber",
        "one",
        "other",
        "parentidtag",
        "password",
        "remotelocation",
        "serialnumber",
        "techinfo",
    }
)
"""Members of objects, in lower case without underscores, whose values are removed."""

PRIVATE_KEYS: Final = frozenset(
    {
        "authorizationkey",
        "boxidentifier",
        "connectorevseids",
        "cponame",
        "defaultidtag",
        "dnsaddress1",
        "dnsaddress2",
        "ipaddress",
        "macaddressprefix",
        "meterpublickey",
        "networkgateway",
        "networksubmask",
        "qrcode1",
        "qrcode2",
        "seccleafsubjectcommonname",
        "seccleafsubjectcountry",
        "seccleafsubjectorganization",
        "stationname",
        "supervisionurl",
    }
)
"""Configuration keys, in lower case, whose values are removed."""

# values that are never searched: a version can look like an IP address
_PUBLIC_MEMBERS = frozenset({"firmwareversion"})
# what a meter signs has its serial number in it, and who charged
_SIGNED = "signeddata"
_SIGNED_PREFIX = "OCMF|"
# the member of a DataTransfer that is JSON in JSON
_NESTED = "data"
_MIN_SECRET_LENGTH = 4
# IPv4 and MAC addresses
_ADDRESS = re.compile(
    r"\b\d{1,3}(\.\d{1,3}){3}\b|\b[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}\b"
)


class Redactor:
    """Removes private values by their names, and secrets and addresses within texts.

    How long that takes does not depend on how many secrets there are: secrets are looked
    up by how they begin.
    """

    def __init__(self, secrets: Iterable[str | None]) -> None:
        """Set the secrets to remove; texts too short to be told apart are ignored."""
        self._secrets = {
            _lower(text) for text in secrets if text and len(text) >= _MIN_SECRET_LENGTH
        }
        # by their beginning: the longest first
        self._lengths: dict[str, dict[int, None]] = {}
        for secret in sorted(self._secrets, key=len, reverse=True):
            begin = secret[:_MIN_SECRET_LENGTH]
            self._lengths.setdefault(begin, {})[len(secret)] = None

    def __call__(self, data: Any) -> Any:
        """Return a copy of the data without private values."""
        match data:
            case {"key": str(key), "value": str(value), **rest} if value:
                is_private = key.casefold() in PRIVATE_KEYS
                return self(rest) | {
                    "key": key,
                    "value": REDACTED if is_private else self(value),
                }
            case {"format": str(form), "value": _, **rest} if (
                _SIGNED in form.casefold()
            ):
                return self(rest) | {"format": form, "value": REDACTED}
            case Mapping():
                return {
                    str(self(str(name))): self._member(str(name), value)
                    for name, value in data.items()
                }
            case list() | tuple() | set() | frozenset():
                return [self(item) for item in data]
            case str() if data.startswith(_SIGNED_PREFIX):
                return REDACTED
            case str():
                return _ADDRESS.sub(REDACTED, self._without_secrets(data))
            case _:
                return data

    def _member(self, name: str, value: Any) -> Any:
        folded = name.replace("_", "").casefold()
        if value and folded in PRIVATE_MEMBERS:
            return REDACTED
        if folded == _NESTED and isinstance(value, str):
            with suppress(ValueError, RecursionError):
                return json.dumps(self(json.loads(value)), ensure_ascii=False)
        return value if folded in _PUBLIC_MEMBERS else self(value)

    def _without_secrets(self, text: str) -> str:
        lower = _lower(text)
        kept: list[str] = []
        at = begin = 0
        while at <= len(text) - _MIN_SECRET_LENGTH:
            lengths = self._lengths.get(lower[at : at + _MIN_SECRET_LENGTH], ())
            for length in lengths:
                if lower[at : at + length] in self._secrets:
                    kept += (text[begin:at], REDACTED)
                    at = begin = at + length
                    break
            else:
                at += 1
        return "".join((*kept, text[begin:]))


def _lower(text: str) -> str:
    """Return a text in lower case, as long as it was."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(each if len(each.lower()) > 1 else each.lower() for each in text)
