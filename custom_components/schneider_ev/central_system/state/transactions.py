"""What a StartTransaction or StopTransaction comes to.

These functions decide and do nothing: they return the answer together with what has to
be on disk before the charger gets it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..messages.payload import Json
from ..messages.transactions import StartTransaction, StopTransaction
from ..values import ConnectorValue
from .sessions import UNKNOWN_ID, Session


@dataclass(frozen=True, kw_only=True, slots=True)
class StopOutcome:
    """The outcome of a StopTransaction.

    `session` is what has ended, None where nothing has. It has to be recorded before
    `answer` is sent.
    """

    answer: Json
    session: Session | None


def started_session(request: StartTransaction, identity: str) -> Session:
    """Return the session that a StartTransaction begins, before it has an id."""
    start = request.meter_start
    return Session(
        id=UNKNOWN_ID,
        identity=identity,
        connector=request.connector,
        id_tag=request.id_tag or None,
        meter_start=start,
        base=None if start < 0 else float(start),
        start=request.timestamp,
    )


def start_answer(session: Session, id_tag_info: Json) -> Json:
    """Return the answer to a StartTransaction whose session is on disk."""
    return {"transactionId": session.id, "idTagInfo": id_tag_info}


def stop_transaction(
    request: StopTransaction, session: Session | None, id_tag_info: Json | None
) -> StopOutcome:
    """Decide on a StopTransaction: what ends no session is answered, too."""
    answer: Json = {} if id_tag_info is None else {"idTagInfo": id_tag_info}
    if session is None:
        return StopOutcome(answer=answer, session=None)
    if (register := request.readings.get(ConnectorValue.ENERGY)) is not None:
        session = session.sampled(register)
    session = session.stopped(request.timestamp, request.meter_stop, request.reason)
    return StopOutcome(answer=answer, session=session)


def session_to_stop(
    transaction_id: int,
    identity: str,
    known: Session | None,
    running: Sequence[Session],
) -> Session | None:
    """Return the session that a StopTransaction ends, None where it ends none.

    One that was only assumed to be over ends now; one that has ended does not end
    again. A charger that never got an id ends the only one of its `running` sessions.
    `known` is the session that has the id.
    """
    if transaction_id == UNKNOWN_ID:
        return running[0] if len(running) == 1 else None
    if known is None or known.identity != identity:
        return None
    return known if known.is_open_or_assumed_over else None
