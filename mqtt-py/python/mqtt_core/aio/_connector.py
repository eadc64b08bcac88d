"""Getting to the broker: the only task that a client has, and only while there is no connection."""

import asyncio
from collections.abc import Callable

from mqtt_core._enums import Version
from mqtt_core._native import Connect
from mqtt_core.aio._address import Address
from mqtt_core.aio._auth import Exchange
from mqtt_core.aio._clear import clear_session
from mqtt_core.aio._faults import unreachable
from mqtt_core.aio._keeper import Keeper
from mqtt_core.aio._line import Line, Owner, open_line
from mqtt_core.aio._options import Options

__all__ = ["Connector"]

_FOR_EVER = 0xFFFFFFFF


class Connector:
    """Opens lines, and says who connects."""

    def __init__(
        self,
        address: Address,
        options: Options,
        keeper: Keeper | None,
        *,
        owner: Owner,
        on_line: Callable[[Line], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        self._address = address
        self._options = options
        self._owner = owner
        self._on_line = on_line
        self._on_error = on_error
        self._task: asyncio.Task[None] | None = None
        self._session_expiry = options.session_expiry_interval
        self._clean_start = options.clean_start
        self._begins_anew = False
        if keeper is not None:
            is_v5 = options.version is Version.V5
            self._clean_start = keeper.is_new and is_v5
            # Before 5.0 a broker keeps nothing of a session that begins with Clean Session.
            self._begins_anew = keeper.is_new and not is_v5
            if is_v5 and not self._session_expiry:
                self._session_expiry = _FOR_EVER
        self.client_id = options.client_id
        """The one that was given, or that the broker has made up."""
        self.was_connected = False
        """There has been a connection."""
        self.exchange: Exchange | None = None
        """The authentication of the last connection."""
        self.old: Line | None = None
        """The line of the last connection, which may be closing."""

    def begin(self, wait: float) -> None:
        """Opens a line after so many seconds."""
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._connect(wait), name="mqtt_core.aio: connecting")

    async def _connect(self, wait: float) -> None:
        try:
            if self.old is not None:
                await asyncio.shield(self.old.closed)
            if wait > 0:
                await asyncio.sleep(wait)
            line = await self._open()
        except (OSError, UnicodeError) as cause:
            self._task = None
            self._on_error(unreachable(self._address, cause))
        except Exception as error:
            self._task = None
            self._on_error(error)
        else:
            self._task = None
            self._on_line(line)

    async def _open(self) -> Line:
        options = self._options
        headers = dict(options.websocket_headers)

        async def open_for(owner: Owner) -> Line:
            async with asyncio.timeout(options.connect_timeout):
                return await open_line(
                    owner,
                    self._address,
                    options.tls,
                    options.server_name,
                    headers,
                    options.bounds.max_packet_size,
                )

        if self._begins_anew:
            await clear_session(
                open_for, self._address, self.connect_packet(), options.connect_timeout
            )
            self._begins_anew = False
        return await open_for(self._owner)

    def connect_packet(self) -> Connect:
        """CONNECT, as it is to be said now."""
        options = self._options
        is_v5 = options.version is Version.V5
        password = options.password if options.password is not None else self._address.password
        if isinstance(password, str):
            password = password.encode()
        connect = Connect(
            self.client_id,
            version=options.version,
            # In 5.0 only the first one begins anew; before, it says that nothing is to be kept.
            clean_start=self._clean_start and (not self.was_connected or not is_v5),
            keep_alive=options.keep_alive,
            will=options.will,
            user_name=options.user_name
            if options.user_name is not None
            else self._address.user_name,
            password=password,
        )
        if not is_v5:
            return connect
        connect = connect.replace(
            session_expiry_interval=self._session_expiry,
            receive_maximum=options.receive_maximum,
            topic_alias_maximum=options.topic_alias_maximum,
            request_response_information=options.request_response_information,
            request_problem_information=options.request_problem_information,
            user_properties=options.user_properties,
        )
        if options.authentication is not None:
            self.exchange = options.authentication.open()
            connect = connect.replace(
                authentication_method=options.authentication.method,
                authentication_data=self.exchange.begin() or None,
            )
        return connect

    def cancel(self) -> None:
        """Gives up."""
        if self._task is not None:
            self._task.cancel()

    async def gone(self) -> None:
        """Waits until neither a task nor a transport is left, after the end."""
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task])
        if self.old is not None:
            await asyncio.shield(self.old.closed)
