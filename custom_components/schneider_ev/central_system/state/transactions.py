"""What a StartTransaction or StopTransaction comes to.

These functions decide and do nothing: they return the answer together with what has to
be on disk before the charger gets it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..messages.payload import UNKNOWN_ID, Json
from ..messages.transactions import StartTransaction, StopTransaction
from ..values import ConnectorValue
from .sessions import Session

_OTHER_METER_RATIO = 0.9
"""A meter stop below this share of a session's register is not that session's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StopOutcome:
    """The outcome of a StopTransaction.

    `session` is what has ended, None where nothing has. It has to be recorded before
    `answer` is sent.
    """

    answer: Json
    session: Session | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A session that runs, and whether a StopTransaction of no id may mean it.

    `called` is the id by which the charger's samples call it, None where none came.
    `goes_on` says that its connector reports that it charges.
    """

    session: Session
    called: int | None = None
    goes_on: bool = False

    def may_be_meant(self, meter_stop: int, others: bool) -> bool:
        """Tell whether it may have ended; `others` says that there are other connectors.

        A charger that knows its id means another one.
        """
        if self.called is not None and self.called != UNKNOWN_ID:
            return False
        if self.called is None and self.goes_on and others:
            return False
        register = self.session.register or 0.0
        return meter_stop <= 0 or meter_stop >= _OTHER_METER_RATIO * register


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
    if (register := request.data.readings.get(ConnectorValue.ENERGY)) is not None:
        session = session.sampled(register)
    session = session.stopped(request.timestamp, request.meter_stop, request.reason)
    return StopOutcome(answer=answer, session=session)


def session_to_stop(
    request: StopTransaction,
    identity: str,
    known: Session | None,
    running: Sequence[Running],
    connectors: int,
) -> Session | None:
    """Return the session that a StopTransaction ends, None where it ends none.

    One that was only assumed to be over ends now; one that has ended does not end
    again. A charger that never got an id ends that of its `running` sessions that it
    may mean, if there is one alone: that which its samples call so comes first. `known`
    is the session that has the id.
    """
    if request.transaction_id == UNKNOWN_ID:
        meant = [
            each
            for each in running
            if each.may_be_meant(request.meter_stop, others=connectors > 1)
        ]
        called = [each for each in meant if each.called == UNKNOWN_ID] or meant
        return called[0].session if len(called) == 1 else None
    if known is None or known.identity != identity:
        return None
    return known if known.is_open_or_assumed_over else None
