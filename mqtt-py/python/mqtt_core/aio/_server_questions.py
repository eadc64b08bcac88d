"""The questions of a broker, and those who answer them."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, Protocol

from mqtt_core._enums import ReasonCode
from mqtt_core._errors import LocalProtocolError
from mqtt_core._native import Authenticate, Authorize, Broker, BrokerAuth, ConnAck
from mqtt_core.aio._server_answers import (
    Accept,
    Authenticator,
    Authorizer,
    Challenge,
    Exchanger,
)

__all__ = ["NOT_OURS", "Judges", "Questions"]

logger = logging.getLogger("mqtt_core.aio.server")

NOT_OURS: Final = (KeyboardInterrupt, SystemExit)
"""What functions of the program raise to end all of it. Other exceptions are those of one call,
also if they are none of `Exception`: asyncio's CancelledError, the failures of pytest."""

_Question = Authenticate | BrokerAuth | Authorize


@dataclass(frozen=True, slots=True)
class Judges:
    """Who is asked, and for how long."""

    authenticate: Authenticator | None
    exchange: Exchanger | None
    authorize: Authorizer | None
    timeout: float


class _Owner(Protocol):
    broker: Broker

    def now(self) -> float: ...
    def soon(self) -> None: ...


@dataclass(slots=True, eq=False)
class _Open:
    """A question whose answer is awaited."""

    question: _Question
    task: "asyncio.Future[object] | None" = None
    alarm: asyncio.TimerHandle | None = None


class Questions:
    """Asks, one question of a connection at a time, and tells the broker the answers.

    Each question that is not answered at once is a task. Who raises, is slow, or says what is no
    answer, refuses.
    """

    def __init__(self, owner: _Owner, judges: Judges) -> None:
        self._owner = owner
        self._judges = judges
        self._loop = asyncio.get_running_loop()
        self._open: dict[int, _Open] = {}
        self.tasks: set[asyncio.Future[object]] = set()
        """Those who have not come to their end, also if nobody waits for them any more."""

    def ask(self, question: _Question) -> None:
        """Asks. The answer may be there when this returns."""
        try:
            answer = self._put(question)
        except NOT_OURS:
            raise
        except BaseException:
            # Nobody has cancelled this, whatever the function says.
            self._failed(question)
            return
        if not inspect.isawaitable(answer):
            self._settle(question, answer)
            return
        asked = _Open(question)
        # A coroutine itself, so that it counts as awaited even if the task is cancelled at once.
        whole = answer if inspect.iscoroutine(answer) else _whole(answer)
        asked.task = self._loop.create_task(whole)
        asked.alarm = self._loop.call_later(self._judges.timeout, self._late, asked)
        self._open[question.conn] = asked
        self.tasks.add(asked.task)
        asked.task.add_done_callback(lambda task: self._answered(asked, task))

    def _put(self, question: _Question) -> object:
        judges = self._judges
        if isinstance(question, Authenticate):
            return True if judges.authenticate is None else judges.authenticate(question)
        if isinstance(question, Authorize):
            return True if judges.authorize is None else judges.authorize(question)
        if judges.exchange is None:
            return ReasonCode.NOT_AUTHORIZED
        return judges.exchange(question)

    def drop(self, conn: int) -> None:
        """The connection is over: nobody wants to know any more."""
        asked = self._open.pop(conn, None)
        if asked is not None:
            _cancel(asked)

    def drop_all(self) -> None:
        """Nobody wants to know anything any more."""
        for conn in list(self._open):
            self.drop(conn)

    def _take(self, asked: _Open) -> bool:
        """True if the answer to this question is still awaited; it is not any more then."""
        if self._open.get(asked.question.conn) is not asked:
            return False
        del self._open[asked.question.conn]
        if asked.alarm is not None:
            asked.alarm.cancel()
        return True

    def _answered(self, asked: _Open, task: "asyncio.Future[object]") -> None:
        self.tasks.discard(task)
        # What is raised too late is of no interest either, but has to be looked at.
        error = None if task.cancelled() else task.exception()
        if not self._take(asked):
            return
        if task.cancelled() or error is not None:
            self._failed(asked.question, error)
        else:
            self._settle(asked.question, task.result())
        self._owner.soon()

    def _late(self, asked: _Open) -> None:
        if self._take(asked):
            logger.warning("no answer in time, so it is refused: %s", _about(asked.question))
            _cancel(asked)
            self._refuse(asked.question)
            self._owner.soon()

    def _failed(self, question: _Question, error: BaseException | None = None) -> None:
        logger.error(
            "no answer, so it is refused: %s", _about(question), exc_info=error or (error is None)
        )
        self._refuse(question)

    def _refuse(self, question: _Question) -> None:
        """It is not known whether it may be."""
        self._settle(question, _unknown(question))

    def _settle(self, question: _Question, answer: object) -> None:
        try:
            if isinstance(question, Authorize):
                self._authorize(question, answer)
            else:
                self._authenticate(question, answer)
        except LocalProtocolError as error:
            if error.kind in ("unknown", "not_asked"):
                # The connection has ended meanwhile.
                return
            self._unusable(question, answer)
        except Exception:
            self._unusable(question, answer)

    def _unusable(self, question: _Question, answer: object) -> None:
        # Not the answer itself: there may be secrets in it.
        logger.exception(
            "%s is no answer here, so it is refused: %s", type(answer).__name__, _about(question)
        )
        broker, now = self._owner.broker, self._owner.now()
        try:
            if isinstance(question, Authorize):
                broker.authorize(question.conn, _unknown(question), now=now)
            else:
                broker.refuse(question.conn, ConnAck(_unknown(question)), now=now)
        except LocalProtocolError as error:
            if error.kind not in ("unknown", "not_asked"):
                raise

    def _authorize(self, question: Authorize, answer: object) -> None:
        if isinstance(answer, bool):
            answer = ReasonCode.SUCCESS if answer else ReasonCode.NOT_AUTHORIZED
        if not isinstance(answer, ReasonCode):
            raise TypeError("expected a bool or a ReasonCode")
        self._owner.broker.authorize(question.conn, answer, now=self._owner.now())

    def _authenticate(self, question: Authenticate | BrokerAuth, answer: object) -> None:
        broker, conn, now = self._owner.broker, question.conn, self._owner.now()
        if answer is False:
            # What DISCONNECT may say too, if it begins after CONNACK.
            is_first = isinstance(question, Authenticate)
            code = ReasonCode.BAD_USER_NAME_OR_PASSWORD if is_first else ReasonCode.NOT_AUTHORIZED
            answer = code
        if answer is True or answer is ReasonCode.SUCCESS:
            answer = Accept()
        if isinstance(answer, Accept):
            broker.accept(
                conn,
                client_id=answer.client_id,
                user_name=answer.user_name,
                authentication_data=answer.authentication_data,
                response_information=answer.response_information,
                reason_string=answer.reason_string,
                user_properties=answer.user_properties,
                now=now,
            )
        elif isinstance(answer, Challenge):
            broker.challenge(
                conn,
                authentication_data=answer.authentication_data,
                reason_string=answer.reason_string,
                user_properties=answer.user_properties,
                now=now,
            )
        elif isinstance(answer, ConnAck):
            broker.refuse(conn, answer, now=now)
        elif isinstance(answer, ReasonCode):
            broker.refuse(conn, ConnAck(answer), now=now)
        else:
            raise TypeError("expected a bool, ReasonCode, ConnAck, Accept or Challenge")


async def _whole(answer: Awaitable[object]) -> object:
    return await answer


def _unknown(question: _Question) -> ReasonCode:
    """The code for what nobody has decided."""
    if isinstance(question, Authenticate):
        return ReasonCode.SERVER_UNAVAILABLE
    return ReasonCode.UNSPECIFIED_ERROR


def _cancel(asked: _Open) -> None:
    if asked.alarm is not None:
        asked.alarm.cancel()
    if asked.task is not None:
        asked.task.cancel()


def _about(question: _Question) -> str:
    """The question in words, without passwords and payloads."""
    match question:
        case Authenticate(conn, connect):
            return f"connection {conn}, CONNECT of {connect.client_id!r}"
        case BrokerAuth(conn):
            return f"connection {conn}, AUTH"
        case Authorize(conn, action):
            what = getattr(action, "topic", None) or getattr(action, "filter", None)
            return f"connection {conn} of {question.client_id!r}, {type(action).__name__} {what!r}"
