"""Connection: OCPP-J calls and answers over one websocket of a charger.

When the websocket closes, the call in progress fails and all tasks of the connection
are cancelled.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
import logging
from time import monotonic
from typing import Any, Protocol
from uuid import uuid4
from weakref import WeakSet

from jsonschema import ValidationError
from ocpp.exceptions import OCPPError
from ocpp.messages import Call as OcppCall, validate_payload
from ocpp.v16.enums import Action
import orjson
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from ..messages.errors import (
    CallErrorCode,
    ChargerCallError,
    ChargerHungUpError,
    ChargerOfflineError,
    ChargerTimeoutError,
    InvalidCallError,
    UnservedActionError,
)
from ..messages.payload import Json
from ..values import Signal
from .authentication import hide_passwords, presents
from .budget import Budget
from .call_queue import CallQueue
from .frames import (
    Call,
    CallError,
    CallResult,
    MalformedCall,
    decode,
    encode_call,
    encode_error,
    encode_result,
    malformed,
)
from .keepalive import KeptAliveConnection
from .trace import Direction, Trace

_LOGGER = logging.getLogger(__name__)

ANSWER_TIMEOUT = 30.0
"""Seconds until a call without an answer fails; some chargers take several."""

FINISH_TIMEOUT = 5.0
"""Seconds that the call in hand has to be answered before a connection is closed."""
PONG_TIMEOUT = 5.0
"""Seconds in which a charger answers a ping that finds out whether it is there."""
FRAMES_AT_ONCE = 300
FRAME_INTERVAL = 0.005
"""Frames that are read one after the other; then there is one each interval."""

FRAMES_PAID_AT_ONCE = 10
_MAX_LATE_ANSWERS = 10
"""For how many calls that were not answered in time an answer is still taken."""

_BYTES_PER_FRAME = 4096  # a longer one counts as several

_ACTIONS = frozenset(action.value for action in Action)

_senders: WeakSet[asyncio.Task[Any]] = WeakSet()
"""The tasks that have sent a call."""


def has_sent(task: asyncio.Task[Any]) -> bool:
    """Tell whether a task has sent a call to any charger."""
    return task in _senders


class Receiver(Protocol):
    """Handles the calls from a charger."""

    async def receive(self, action: str, payload: Json) -> Json:
        """Handle a call and return the payload of the CALLRESULT.

        Raises InvalidCallError to answer with a CALLERROR, and UnservedActionError if
        the action is not handled.
        """


class Connection:
    """Sends and receives OCPP-J calls and answers on a charger's websocket.

    `answered` tells of each answer with its action and request, be it a late one.
    """

    receiver: Receiver

    def __init__(self, websocket: KeptAliveConnection, identity: str) -> None:
        """Wrap an open websocket; its calls are handed over before it is served."""
        self.identity = identity
        self.trace = Trace()
        self.answered = Signal[str, Json, Json]()
        self._websocket = websocket
        self._tasks: set[asyncio.Task[None]] = set()
        self._frames = Budget(FRAMES_AT_ONCE, FRAME_INTERVAL)
        self._receiving = asyncio.Lock()
        self._exchange: asyncio.Task[Json] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._queue = CallQueue()
        self._answer: asyncio.Future[Json] | None = None
        self._awaited = ("", "")  # message id and action
        self._late: dict[str, _LateAnswer] = {}
        self._closed = False

    @property
    def address(self) -> str:
        """The IP address of the charger."""
        address: str = (self._websocket.remote_address or ("",))[0]
        return address

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is sent or served."""
        return self._closed

    @property
    def is_encrypted(self) -> bool:
        """Whether the connection uses TLS."""
        return is_encrypted(self._websocket)

    def presents(self, password: str) -> bool:
        """Tell whether the charger signed in with a password."""
        request = self._websocket.request
        return request is not None and presents(
            request.headers, self.identity, password
        )

    def hand_over(self, receiver: Receiver) -> None:
        """Have the calls of the charger answered by another receiver from now on.

        What was begun for the one before ends.
        """
        self.receiver = receiver
        self._cancel_tasks()

    def trace_to(self, trace: Trace) -> None:
        """Note frames in the trace of the charger from now on."""
        self.trace = trace

    async def serve(self) -> None:
        """Read frames until the websocket is closed."""
        try:
            # a task of its own is resumed without whoever waits for its end
            await asyncio.create_task(self._read())
        finally:
            self._end()
            rest = [task for task in (self._exchange, self._closing) if task]
            await asyncio.gather(*self._tasks, *rest, return_exceptions=True)

    async def _read(self) -> None:
        unpaid = 0
        with suppress(ConnectionClosed):
            async for frame in self._websocket:
                async with self._receiving:
                    if not self._closed:
                        await self._receive(frame)
                # many buffered frames must not keep the event loop from other tasks
                await asyncio.sleep(0)
                unpaid += 1 + len(frame) // _BYTES_PER_FRAME
                if unpaid >= FRAMES_PAID_AT_ONCE:
                    await self._rest(self._frames.spend(unpaid))
                    unpaid = 0

    async def _rest(self, seconds: float) -> None:
        """Read nothing for some time after many frames, unless the websocket closes.

        Nobody is cut off for them: a charger may deliver what it kept while offline.
        """
        if seconds:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._websocket.wait_closed()

    def create_task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task that is cancelled when the connection ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)
        if self._closed:
            task.cancel()
        return task

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOGGER.error("A task of a charger's connection failed", exc_info=error)

    def hang_up(self, reason: str) -> None:
        """Close the websocket in the background; frames that still arrive are ignored."""
        if not self._closed:
            self._end()
            self._closing = asyncio.get_running_loop().create_task(
                self._websocket.close(reason=reason)
            )

    async def close(self, reason: str) -> None:
        """Close the websocket; frames that still arrive are ignored."""
        await self.finish()
        await self._websocket.close(reason=reason)

    async def finish(self) -> None:
        """Answer the call that is being handled, and ignore what comes after it."""
        self._end()
        with suppress(TimeoutError):
            async with asyncio.timeout(FINISH_TIMEOUT), self._receiving:
                pass

    def _end(self) -> None:
        self._closed = True
        for late in self._late.values():
            late.answer.cancel()
        if self._exchange is not None:
            self._exchange.cancel()
        self._cancel_tasks()

    def _cancel_tasks(self) -> None:
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()

    async def is_alive(self) -> bool:
        """Ping the charger, and tell whether it answers, or sends anything, in time."""
        pinged_at = self._websocket.loop.time()
        try:
            async with asyncio.timeout(PONG_TIMEOUT):
                await (await self._websocket.ping())
        except ConnectionClosed:
            return False
        except TimeoutError:
            if self._websocket.heard_at < pinged_at:
                return False
        return not self._closed

    async def call(self, action: str, payload: Json) -> Json:
        """Send a call and return the charger's answer.

        Only one call is outstanding at a time (OCPP-J 1.6, section 4.1.1); others
        wait, those of the connection's own tasks behind those of owners. A call whose
        caller is cancelled while it waits is not sent; one that is sent is awaited all
        the same. Raises ChargerOfflineError, ChargerTimeoutError, ChargerCallError if
        the charger answers with a CALLERROR, and InvalidCallError if the payload
        violates OCPP's schema; then nothing is sent.
        """
        receiver = self.receiver
        encoded = await _encode(action, payload)
        caller = asyncio.current_task()
        await self._queue.turn(is_owners=caller not in self._tasks)
        if self._closed or self.receiver is not receiver:
            self._queue.release()
            raise ChargerOfflineError
        if caller is not None:
            _senders.add(caller)
        exchange = self._exchange = asyncio.get_running_loop().create_task(
            self._exchange_frames(action, payload, encoded, receiver)
        )
        exchange.add_done_callback(self._exchange_done)
        await asyncio.wait([exchange])
        if exchange.cancelled():
            raise ChargerHungUpError
        return exchange.result()

    def _exchange_done(self, exchange: asyncio.Task[Json]) -> None:
        if not exchange.cancelled():
            exchange.exception()
        self._exchange = None
        self._queue.release()

    async def _exchange_frames(
        self,
        action: str,
        payload: Json,
        encoded: orjson.Fragment,
        receiver: Receiver,
    ) -> Json:
        """Send a call and return its answer, if the connection still has its receiver."""
        message_id = uuid4().hex
        self._awaited = (message_id, action)
        self._answer = asyncio.get_running_loop().create_future()
        sent_at = monotonic()
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await self._send(encode_call(message_id, action, encoded))
                answer = await self._answer
        except TimeoutError as error:
            late = self._expect_late(message_id, action, payload, receiver)
            raise ChargerTimeoutError(action, late) from error
        finally:
            self._answer.cancel()
            self._answer = None
        self.trace.answered(monotonic() - sent_at)
        if self.receiver is not receiver:
            raise ChargerOfflineError
        self.answered.send(action, payload, answer)
        return answer

    def _expect_late(
        self, message_id: str, action: str, payload: Json, receiver: Receiver
    ) -> asyncio.Future[Json]:
        """Return the answer that may still come to a call that nobody waits for."""
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._late[message_id] = _LateAnswer(action, payload, receiver, answer)
        if len(self._late) > _MAX_LATE_ANSWERS:
            self._late.pop(next(iter(self._late))).answer.cancel()
        return answer

    async def _send(self, frame: bytes) -> None:
        self.trace.note(Direction.SENT, frame)
        if _LOGGER.isEnabledFor(logging.DEBUG):
            _LOGGER.debug("%s: sent %s", self.identity, hide_passwords(frame))
        try:
            await self._websocket.send(frame, text=True)
        except ConnectionClosed as error:
            raise ChargerOfflineError from error

    async def _receive(self, frame: str | bytes) -> None:
        self.trace.note(Direction.RECEIVED, frame)
        if _LOGGER.isEnabledFor(logging.DEBUG):
            _LOGGER.debug("%s: received %s", self.identity, hide_passwords(frame))
        match decode(frame):
            case Call() | MalformedCall() as call:
                await self._receive_call(call)
            case CallResult() | CallError() as answer:
                self._receive_answer(answer)
            case None:
                _LOGGER.debug("%s: not an OCPP-J message, ignored", self.identity)

    async def _receive_call(self, call: Call | MalformedCall) -> None:
        try:
            answer = encode_result(call.id, await self._answer_to(call))
        except InvalidCallError as error:
            _LOGGER.debug("%s: %s: %s", self.identity, error.code, error)
            answer = encode_error(call.id, error)
        try:
            await self._send(answer)
        except ChargerOfflineError:
            _LOGGER.debug("%s: disconnected before it was answered", self.identity)

    async def _answer_to(self, call: Call | MalformedCall) -> Json:
        if isinstance(call, MalformedCall):
            raise malformed()
        action = call.action
        try:
            return await self.receiver.receive(action, call.payload)
        except UnservedActionError as error:
            raise _unserved(action) from error
        except InvalidCallError:
            raise
        except OSError as error:
            _LOGGER.error("%s could not be recorded: %s", action, error)
            raise InvalidCallError(
                CallErrorCode.INTERNAL_ERROR, f"{action} could not be recorded"
            ) from error
        except Exception as error:
            _LOGGER.exception("%s could not be processed", action)
            raise InvalidCallError(
                CallErrorCode.INTERNAL_ERROR, f"{action} could not be processed"
            ) from error

    def _receive_answer(self, message: CallResult | CallError) -> None:
        """Pass an answer to the call with the same message id."""
        awaited_id, action = self._awaited
        answer = self._answer
        if (late := self._late.pop(str(message.id), None)) is not None:
            self._receive_late(late, message)
            return
        if answer is None or answer.done() or str(message.id) != awaited_id:
            _LOGGER.debug("%s: unexpected answer, ignored", self.identity)
            return
        match message:
            case CallError(code=code, description=description):
                answer.set_exception(ChargerCallError(action, code, description))
            case CallResult(payload=None):
                answer.set_exception(
                    ChargerCallError(
                        action,
                        CallErrorCode.FORMATION_VIOLATION,
                        "the answer is not an object",
                    )
                )
            case CallResult(payload=dict(payload)):
                answer.set_result(payload)

    def _receive_late(self, late: _LateAnswer, message: CallResult | CallError) -> None:
        """Take over an answer that came when its call was given up."""
        if late.receiver is not self.receiver:
            return
        payload: Json = {}  # without a status, for nothing was accepted
        if isinstance(message, CallResult) and message.payload is not None:
            payload = message.payload
            self.answered.send(late.action, late.request, payload)
        if not late.answer.done():
            late.answer.set_result(payload)


@dataclass(frozen=True, slots=True)
class _LateAnswer:
    """A call that was not answered in time, and its answer."""

    action: str
    request: Json
    receiver: Receiver
    answer: asyncio.Future[Json]


def is_encrypted(websocket: ServerConnection) -> bool:
    """Tell whether a websocket uses TLS."""
    return websocket.transport.get_extra_info("sslcontext") is not None


def _unserved(action: str) -> InvalidCallError:
    """Return the CALLERROR for an action that is not handled (OCPP-J 1.6, section 4.2.3)."""
    if action in _ACTIONS:
        return InvalidCallError(
            CallErrorCode.NOT_SUPPORTED, f"{action} is not sent to a central system"
        )
    return InvalidCallError(
        CallErrorCode.NOT_IMPLEMENTED, f"There is no action {action[:50]} in OCPP 1.6"
    )


async def _encode(action: str, payload: Json) -> orjson.Fragment:
    """Encode the payload of a call as JSON and validate it against OCPP's schema.

    Raises InvalidCallError.
    """
    if action not in _ACTIONS:
        raise _unserved(action)
    try:
        await validate_payload(OcppCall("", action, payload), "1.6")
        return orjson.Fragment(orjson.dumps(payload, option=orjson.OPT_NON_STR_KEYS))
    except OCPPError as error:
        raise InvalidCallError(
            CallErrorCode.FORMATION_VIOLATION, f"{action}: {_violation(error)}"
        ) from error
    except (TypeError, ArithmeticError) as error:
        raise InvalidCallError(
            CallErrorCode.FORMATION_VIOLATION,
            f"{action}: the payload cannot be sent as JSON",
        ) from error


def _violation(error: OCPPError) -> str:
    """Describe a schema violation without the value, which may be private."""
    match error.__context__:
        case ValidationError(validator="required" | "additionalProperties") as cause:
            return f"{cause.json_path}: {cause.message}"
        case ValidationError() as cause:
            return f"{cause.json_path}: {cause.validator} {cause.validator_value}"
        case _:
            return str(error.description)
