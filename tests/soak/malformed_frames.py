"""Frames that no charger should send, and what a central system owes each of them.

Some are written by hand, the others hypothesis makes: the same ones for the same seed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
import json
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st

type Payload = dict[str, Any]

ID = "@ID@"
"""Stands for an id that no other frame has."""

TRANSACTION = "@TRANSACTION@"
"""Stands for the transaction that runs, where one does."""

NEW = "@NEW@"
"""Stands for a number that nothing had before."""

SECRETS = ("SECRET-TAG", "SECRET-SERIAL")
"""What frames name that is nobody's business."""

MEBIBYTE = 2**20

_TAG, _SERIAL = SECRETS
_TIME = "2026-01-14T18:50:00Z"


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame. `is_text` sends bytes in a text frame.

    It is owed one answer, none, or at most one where `is_answered` is None; a close
    code in `closes` is what the connection ends with.
    """

    data: str | bytes
    is_answered: bool | None = None
    is_text: bool = False
    closes: int | None = None

    def __repr__(self) -> str:
        """Show no more than can be read."""
        return f"Frame({self.data[:300]!r}, {len(self.data)} long)"


@dataclass(frozen=True, slots=True)
class Raw:
    """JSON as it is to be written, or what only looks like JSON."""

    text: str


def write(value: object) -> str:
    """Return a value as JSON, with what is raw as it is."""
    match value:
        case Raw(text):
            return text
        case dict():
            members = (f"{write(name)}:{write(item)}" for name, item in value.items())
            return f"{{{','.join(members)}}}"
        case list():
            return f"[{','.join(map(write, value))}]"
        case _:
            return json.dumps(value)


def call(action: object, payload: object, *rest: object) -> Frame:
    """Return a call, which has to be answered once, whatever its payload is."""
    return Frame(f'[2,"{ID}",{",".join(map(write, [action, payload, *rest]))}]', True)


_SAMPLES = [
    {"measurand": "Energy.Active.Import.Register", "unit": "Wh", "value": "1500"},
    {"measurand": "Power.Active.Import", "unit": "kW", "value": "7.0"},
    {"measurand": "Current.Import", "phase": "L1", "unit": "A", "value": "10"},
    {"measurand": "Voltage", "phase": "L1", "unit": "V", "value": "231.7"},
    {"measurand": "Current.Offered", "unit": "A", "value": "16"},
]

CALLS: tuple[tuple[str, Payload], ...] = (
    ("Authorize", {"idTag": _TAG}),
    (
        "BootNotification",
        {
            "chargePointVendor": "Schneider Electric",
            "chargePointModel": "EVlink Pro AC",
            "chargePointSerialNumber": _SERIAL,
            "firmwareVersion": "1.6.1",
        },
    ),
    (
        "DataTransfer",
        {
            "vendorId": "Schneider Electric",
            "messageId": "Detection loop",
            "data": '{"connectorId":1,"state":"1"}',
        },
    ),
    ("DiagnosticsStatusNotification", {"status": "Uploading"}),
    ("FirmwareStatusNotification", {"status": "Downloading"}),
    ("Heartbeat", {}),
    ("LogStatusNotification", {"status": "Uploading", "requestId": 1}),
    (
        "MeterValues",
        {
            "connectorId": 1,
            "transactionId": TRANSACTION,
            "meterValue": [{"timestamp": _TIME, "sampledValue": _SAMPLES}],
        },
    ),
    (
        "SecurityEventNotification",
        {"type": "MemoryExhaustion", "timestamp": _TIME, "techInfo": "little left"},
    ),
    ("SignCertificate", {"csr": "-----BEGIN CERTIFICATE REQUEST-----"}),
    ("SignedFirmwareStatusNotification", {"status": "Installing", "requestId": 1}),
    (
        "StartTransaction",
        {"connectorId": 1, "idTag": _TAG, "meterStart": 1000, "timestamp": _TIME},
    ),
    (
        "StatusNotification",
        {
            "connectorId": 1,
            "errorCode": "NoError",
            "status": "Charging",
            "vendorId": "Schneider Electric",
            "vendorErrorCode": "0.0",
            "info": "all is well",
            "timestamp": _TIME,
        },
    ),
    (
        "StopTransaction",
        {
            "transactionId": TRANSACTION,
            "idTag": _TAG,
            "meterStop": 2000,
            "timestamp": _TIME,
            "reason": "Local",
            "transactionData": [{"timestamp": _TIME, "sampledValue": _SAMPLES[:1]}],
        },
    ),
)
"""Every call that a charger makes, as it should be."""

_INTEGERS = ("connectorId", "meterStart", "meterStop", "requestId", "transactionId")

NUMBERS = tuple(
    Raw(text)
    for text in (
        *("NaN", "Infinity", "-Infinity", "-0", "-0.0", "1e999", "-1e999", "1e-999"),
        *("1e308", "-1e308", "1e300", "1e18", "0x10", "01", "1.", "+1"),
        *(str(2**31), str(2**53), str(2**63), str(2**64), str(-(2**63) - 1)),
        *("9" * 30, "9" * 5000, "-" + "9" * 5000, "0." + "3" * 5000),
    )
)

TIMES = (
    *("", "now", "18:50", "2026-01-14", "2026-01-14T18:50:00", "2026-01-14 18:50:00Z"),
    *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z"),
    *("9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z"),
    *("1969-12-31T23:59:59Z", "2038-01-19T03:14:08Z", "2016-12-31T23:59:60Z"),
    *("2026-02-30T00:00:00Z", "2026-01-14T24:00:00Z", "2026-01-14T18:50:00.5+25:00"),
    *("31-08-2025 00:00", "1768416600", "٢٠٢٦-01-14T18:50:00Z", "2026-01-14T18:50:00z"),
)

TEXTS = (
    *("\x00", "a\x00b", "\ud800", "\udc00\ud800", "\U0001f50c", "\u202e", "\n\r", " "),
    *("x" * 21, "x" * 256, "x" * 5000, "1," * 2500, "8.0 " * 1000, "0x10020C;" * 500),
    *("Schneider Electric", "EVlink Pro DC", "Faulted", "Available", "Accepted", "-1"),
    *("OtherError", "L1-N", "kWh", "SignedData", "NaN", "1e308", "1e999", '{"a":[1]}'),
)

_junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(NUMBERS),
    st.sampled_from(TIMES),
    st.sampled_from(TEXTS),
    st.sampled_from(
        ["[]", "{}", "[[]]", "[{}]", "[null]", '{"":null}', '{"a":{"b":1}}']
    ).map(json.loads),
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Name the way to every member of every object and list."""
    members = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for name, member in members:
        yield (*path, name)
        yield from _places(member, (*path, name))


@st.composite
def _payloads(draw: st.DrawFn, payload: Payload) -> Payload:
    """Spoil a payload here and there."""
    spoilt: Payload = json.loads(json.dumps(payload))
    for _ in range(draw(st.integers(0, 3))):
        places = list(_places(spoilt))
        if not places or draw(st.integers(0, 9)) == 0:
            spoilt[draw(st.text(max_size=10))] = draw(_junk)
            continue
        *path, name = draw(st.sampled_from(places))
        parent: Any = spoilt
        for step in path:
            parent = parent[step]
        match draw(st.integers(0, 5)):
            case 0:
                del parent[name]
            case 1:
                parent[name] = [parent[name]]
            case 2:
                parent[name] = Raw(f"{write(parent[name])},{write(name)}:7")
            case _:
                parent[name] = draw(_junk)
    return spoilt


_calls = st.sampled_from(CALLS).flatmap(
    lambda known: _payloads(known[1]).map(lambda payload: call(known[0], payload))
)

_unknown_calls = st.builds(
    call, st.one_of(_junk, st.just("RemoteStartTransaction")), _junk
)

_shapes = st.builds(
    lambda kind, rest: Frame(f"[{','.join(map(write, [kind, ID, *rest]))}]"),
    st.sampled_from(
        [0, 1, 5, -2, "2", 2.0, True, None, Raw("1" + "0" * 400), Raw("NaN"), [2], {}]
    ),
    st.lists(_junk, max_size=4),
)

_answers = st.builds(
    lambda kind, message_id, rest: Frame(
        f"[{','.join(map(write, [kind, message_id, *rest]))}]", is_answered=False
    ),
    st.sampled_from([3, 4]),
    st.one_of(st.just(ID), _junk),
    st.lists(_junk, max_size=4),
)

_bytes = st.builds(Frame, st.one_of(st.text(max_size=40), st.binary(max_size=40)))

_status = dict(CALLS)["StatusNotification"]
_meter_values = dict(CALLS)["MeterValues"]
_inventions = st.sampled_from(
    [
        call("Authorize", {"idTag": f"badge {NEW}"}),
        call("MeterValues", _meter_values | {"connectorId": Raw(NEW)}),
        call("MeterValues", _meter_values | {"transactionId": Raw(NEW)}),
        call("SecurityEventNotification", {"type": f"event {NEW}"}),
        call("StartTransaction", dict(CALLS)["StartTransaction"] | {"idTag": NEW}),
        call("StatusNotification", _status | {"connectorId": Raw(NEW)}),
        call("StatusNotification", _status | {"status": "Available"}),
        call("StatusNotification", _status | {"vendorErrorCode": f"code {NEW}"}),
        call(
            "MeterValues",
            _meter_values
            | {"meterValue": [{"sampledValue": [{"measurand": NEW, "value": "1"}]}]},
        ),
    ]
)

_again = st.sampled_from(CALLS).map(
    lambda known: Frame(f'[2,"again",{write(known[0])},{write(known[1])}]', True)
)

_frames = st.one_of(
    *[_calls] * 12,
    *[_unknown_calls] * 2,
    _shapes,
    _answers,
    _bytes,
    _inventions,
    _again,
)

REPLIES: tuple[str, ...] = (
    f'[3,"{ID}",{{"status":"Accepted"}}]',
    f'[3,"{ID}",{{"status":"Rejected"}}]',
    f'[3,"{ID}",{{}}]',
    f'[3,"{ID}"]',
    f'[3,"{ID}",null]',
    f'[3,"{ID}",[1]]',
    f'[3,"{ID}",{{"status":{{"a":[1]}}}}]',
    f'[3,"{ID}",{{"configurationKey":[]}},1,2,3]',
    f'[3,"{ID}",{{"configurationKey":[{{"key":"LightIntensity","value":1e300}}]}}]',
    f'[3,"{ID}",{{"configurationKey":[{{"key":"key {NEW}","value":"{NEW}"}}]}}]',
    f'[3,"{ID}",{{"configurationKey":[{{"key":"NumberOfConnectors","value":"1e9"}}]}}]',
    f'[3,"{ID}",{{"configurationKey":[{{"key":"{"k" * 9000}","value":[{{}}]}}]}}]',
    f'[3,"{ID}",{{"status":"Accepted"}}][',
    f'[3,"{ID}",{{"status":"Accepted"}}]' * 2,
    f'[4,"{ID}","GenericError","",{{}}]',
    f'[4,"{ID}","{"Nonsense" * 500}","{"because" * 500}",{{}}]',
    f'[4,"{ID}",5,[6],7]',
    f'[4,"{ID}"]',
)
"""Answers to the central system's own calls."""


def corpus() -> list[Frame]:
    """Return the frames that are written by hand."""
    boot: Mapping[str, Any] = dict(CALLS)["BootNotification"]
    huge = Raw("1" + "0" * 5000)
    whole = f'[2,"{ID}","Heartbeat",{{"a":""}}]'
    room = MEBIBYTE - len(whole)
    return [
        *(call(action, payload) for action, payload in CALLS),
        *(
            call(action, payload | {name: number})
            for action, payload in CALLS
            for name in _INTEGERS
            if name in payload
            for number in (huge, Raw("1e300"), Raw(str(2**63)), Raw(str(2**53)))
        ),
        *(
            call(action, payload | {"timestamp": time})
            for action, payload in CALLS
            if "timestamp" in payload
            for time in TIMES
        ),
        *(
            call(action, {key: item for key, item in payload.items() if key != name})
            for action, payload in CALLS
            for name in payload
        ),
        *(
            call(action, payload | {name: "x" * 100_000})
            for action, payload in CALLS
            for name in payload
        ),
        call("StatusNotification", _status | {
            "status": "Faulted", "errorCode": "OtherError", "vendorErrorCode": "1," * 250_000
        }),
        call("StatusNotification", _status | {
            "status": "Faulted", "errorCode": "OtherError", "info": "8.0 " * 100_000
        }),
        *(
            call("MeterValues", _meter_values | {
                "meterValue": [{"timestamp": _TIME, "sampledValue": [sample | {"value": value}]}]
            })
            for sample in _SAMPLES
            for value in ("1e308", "-1e308", "1e999", "NaN", Raw("1e308"), Raw("-0"))
        ),
        call("BootNotification", {**boot, "chargePointModel": "\ud800"}),
        call("DataTransfer", {"vendorId": "Schneider Electric", "messageId": "Detection loop",
                              "data": "[" * 500_000}),
        call("Heartbeat", Raw("[" * 100_000 + "]" * 100_000)),
        call("Heartbeat", Raw('{"a":' * 100_000 + "1" + "}" * 100_000)),
        call("x" * 100_000, {}),
        Frame("[" * 100_000, is_answered=False),
        Frame('{"a":' * 100_000, is_answered=False),
        Frame(f'[2,"{ID}"]', is_answered=True),
        Frame(f'[2,"{ID}",', is_answered=True),
        Frame(f'[2,"{ID}","Heartbeat",{{}}]\x00\x00', is_answered=True),
        Frame(f'[2,"{ID}","Heartbeat",{{}}]'.encode()),
        Frame(f'\ufeff[2,"{ID}","Heartbeat",{{}}]'),
        Frame(b"\xff\xfe[2]"),
        Frame(b""),
        Frame(""),
        Frame(whole.replace('""', f'"{"x" * (room - 20)}"'), is_answered=True),
        Frame(whole.replace('""', f'"{"x" * (room + 20)}"'), closes=1009),
        Frame(b"x" * (MEBIBYTE + 1), closes=1009),
        Frame(b"[2,\xc3\x28]", is_text=True, closes=1007),
        Frame(b"\xed\xa0\x80", is_text=True, closes=1007),
    ]  # fmt: skip


def frames(count: int, number: int) -> list[Frame]:
    """Return so many frames; `number` is the seed."""
    made: list[Frame] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_frames)
    def make(frame: Frame) -> None:
        made.append(frame)

    make()
    return made
