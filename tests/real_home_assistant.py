"""A real Home Assistant: the `hass` process on 127.0.0.1, and a client of its API.

    async with RealHomeAssistant(tmp_path) as hass:
        entry = await hass.set_up("schneider_ev", {"host": "127.0.0.1", "port": 9000})
        await hass.call_service("button", "press", target={"entity_id": "button.locate"})

It downloads nothing: scripts/setup has installed all that it needs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
import inspect
import json
import os
from pathlib import Path
import re
import time
from types import TracebackType
from typing import Any, Self, overload

import aiohttp

from .processes import REPOSITORY, ensure_free, free_port, start, stop

OURS = REPOSITORY / "custom_components" / "schneider_ev"
USER = "owner"
PASSWORD = "charging"
LANGUAGE = "en"

CONFIGURATION = f"""\
homeassistant:
  name: Home
  latitude: 48.8584
  longitude: 2.2945
  elevation: 35
  unit_system: metric
  currency: EUR
  country: FR
  time_zone: Europe/Paris
  language: {LANGUAGE}

api:
config:
diagnostics:
energy:
frontend:
history:
logbook:
recorder:
repairs:

logger:
  default: warning
  logs:
    custom_components.schneider_ev: info
"""

# The stored settings of the integration `http`. In configuration.yaml they would be a
# change that is to be confirmed, and would be reverted after five minutes.
HTTP = {
    "server_host": ["127.0.0.1"],
    "cors_allowed_origins": [],
    "login_attempts_threshold": -1,
    "ip_ban_enabled": True,
    "ssl_profile": "modern",
    "use_x_frame_options": True,
    "created_at": "2026-01-01T00:00:00+00:00",
    "error": None,
    "error_message": None,
}

# Onboarding steps that are marked as done: they would add integrations that use the
# internet.
ONBOARDED = ["core_config", "analytics", "integration"]

LOG_RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:)", re.MULTILINE)
PROBLEM = re.compile(r"^\S+ \S+ (ERROR|CRITICAL) |^Traceback ", re.MULTILINE)

type Json = dict[str, Any]


class RequestError(Exception):
    """Home Assistant refused a request."""

    def __init__(self, status: int | str, body: Any) -> None:
        """Set the status or error code, and the answer."""
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class Subscription:
    """A running websocket command: an asynchronous iterator over its events."""

    def __init__(self, hass: RealHomeAssistant, subscription_id: int) -> None:
        """Start with an empty queue of events."""
        self.queue: asyncio.Queue[Json] = asyncio.Queue()
        self._hass = hass
        self._id = subscription_id

    def __aiter__(self) -> Self:
        """Iterate over the events as they arrive."""
        return self

    async def __anext__(self) -> Json:
        """Return the next event."""
        return await self.queue.get()

    async def close(self) -> None:
        """End the subscription."""
        await self._hass.unsubscribe(self._id)


class RealHomeAssistant:
    """A Home Assistant process, its owner account and its API."""

    def __init__(
        self,
        config_dir: Path,
        port: int | None = None,
        *,
        integrations: Iterable[Path] = (OURS,),
        configuration: str = CONFIGURATION,
    ) -> None:
        """Prepare a configuration directory and a port, a free one by default."""
        self.config_dir = config_dir
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = config_dir / "home-assistant.log"
        self.tokens: Json = {}
        self._integrations = list(integrations)
        self._configuration = configuration
        self._expires = 0.0
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None
        self._websocket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._last_id = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._subscriptions: dict[int, Subscription] = {}

    # The process

    async def __aenter__(self) -> Self:
        """Start the process and log in."""
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the process."""
        await self.stop()

    async def start(self, timeout: float = 180) -> None:
        """Start the process, log in and wait until it is running."""
        ensure_free(self.port)
        self._prepare()
        self._session = aiohttp.ClientSession()
        self._process = await start(
            "-m",
            "homeassistant",
            "--config",
            self.config_dir,
            "--skip-pip",
            "--log-no-color",
            cwd=self.config_dir,
            output=self.config_dir / "output.log",
        )
        async with asyncio.timeout(timeout):
            await self._wait_for_http()
            await self._log_in()
            await self._connect()
            await self.wait_for(self._is_running, timeout)

    async def stop(self) -> None:
        """Close the connections and stop the process."""
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
            self._reader = None
        if self._websocket:
            await self._websocket.close()
            self._websocket = None
        if self._session:
            await self._session.close()
            self._session = None
        if self._process:
            await stop(self._process)
            self._process = None

    async def restart(self) -> None:
        """Stop the process and start it again with its stored state."""
        await self.stop()
        await self.start()

    async def kill(self) -> None:
        """Kill the process, like a power cut."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        await self.stop()

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The running process."""
        assert self._process
        return self._process

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self.process.pid

    @property
    def cpu_seconds(self) -> float:
        """The processor time that the process has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def waited_seconds(self) -> float:
        """The time that its event loop could have gone on, but had no processor."""
        return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[1]) / 1e9

    @property
    def memory(self) -> int:
        """The process's resident memory in bytes."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def log(self) -> str:
        """Return the log so far."""
        return self.log_path.read_text() if self.log_path.exists() else ""

    def problems(self, *about: str) -> list[str]:
        """Return errors and tracebacks in the log that contain one of these names.

        Without names, it returns those of the integration.
        """
        return [
            record.rstrip()
            for record in LOG_RECORD.split(self.log())
            if PROBLEM.search(record)
            and any(name in record for name in about or (OURS.name,))
        ]

    def _prepare(self) -> None:
        storage = self.config_dir / ".storage"
        storage.mkdir(parents=True, exist_ok=True)
        (self.config_dir / "configuration.yaml").write_text(self._configuration)

        components = self.config_dir / "custom_components"
        components.mkdir(exist_ok=True)
        for integration in self._integrations:
            link = components / integration.name
            link.unlink(missing_ok=True)
            link.symlink_to(integration.resolve())

        http = {
            "stable": {**HTTP, "server_port": self.port},
            "pending": None,
            "yaml_migration_done": True,
        }
        _store(storage / "http", http, version=2, minor_version=2)
        if not (onboarding := storage / "onboarding").exists():
            _store(onboarding, {"done": ONBOARDED}, version=4)

    async def _wait_for_http(self) -> None:
        assert self._session
        while True:
            if self.process.returncode is not None:
                raise RuntimeError(f"Home Assistant has exited: {self._output_tail()}")
            try:
                async with self._session.get(f"{self.url}/manifest.json") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)

    def _output_tail(self) -> str:
        return (self.config_dir / "output.log").read_text()[-2000:]

    async def _is_running(self) -> bool:
        return bool((await self.get("/api/config"))["state"] == "RUNNING")

    # The account

    @property
    def client_id(self) -> str:
        """The client id of the tokens."""
        return f"{self.url}/"

    async def access_token(self) -> str:
        """Return an access token that is valid for at least a minute."""
        if time.time() > self._expires - 60:
            await self._fetch_tokens(
                grant_type="refresh_token", refresh_token=self.tokens["refresh_token"]
            )
        return str(self.tokens["access_token"])

    async def _log_in(self) -> None:
        try:
            answer = await self._request(
                "POST",
                "/api/onboarding/users",
                {
                    "client_id": self.client_id,
                    "name": USER.title(),
                    "username": USER,
                    "password": PASSWORD,
                    "language": LANGUAGE,
                },
                authorized=False,
            )
            code = answer["auth_code"]
        except RequestError as error:
            if error.status not in (403, 404):
                raise
            code = await self._log_in_again()
        await self._fetch_tokens(grant_type="authorization_code", code=code)

    async def _log_in_again(self) -> str:
        flow = await self._request(
            "POST",
            "/auth/login_flow",
            {
                "client_id": self.client_id,
                "handler": ["homeassistant", None],
                "redirect_uri": self.client_id,
            },
            authorized=False,
        )
        answer = await self._request(
            "POST",
            f"/auth/login_flow/{flow['flow_id']}",
            {"client_id": self.client_id, "username": USER, "password": PASSWORD},
            authorized=False,
        )
        return str(answer["result"])

    async def _fetch_tokens(self, **grant: str) -> None:
        assert self._session
        async with self._session.post(
            f"{self.url}/auth/token", data={"client_id": self.client_id, **grant}
        ) as response:
            answer = await response.json()
            if response.status != 200:
                raise RequestError(response.status, answer)
        self.tokens |= answer
        self._expires = time.time() + answer["expires_in"]

    # REST

    async def get(self, path: str) -> Any:
        """Get a path of the API."""
        return await self._request("GET", path)

    async def post(self, path: str, data: Json | None = None) -> Any:
        """Post to a path of the API and return the answer."""
        return await self._request("POST", path, data or {})

    async def delete(self, path: str) -> Any:
        """Delete a path of the API."""
        return await self._request("DELETE", path)

    async def _request(
        self, method: str, path: str, data: Json | None = None, authorized: bool = True
    ) -> Any:
        assert self._session
        headers = {}
        if authorized:
            headers["Authorization"] = f"Bearer {await self.access_token()}"
        async with self._session.request(
            method, self.url + path, json=data, headers=headers
        ) as response:
            text = await response.text()
            body = json.loads(text) if response.content_type.endswith("json") else text
            if response.status >= 400:
                raise RequestError(response.status, body)
            return body

    # Websocket

    async def _connect(self) -> None:
        assert self._session
        self._websocket = await self._session.ws_connect(
            f"{self.url}/api/websocket", max_msg_size=0
        )
        await self._websocket.receive_json()
        await self._websocket.send_json(
            {"type": "auth", "access_token": await self.access_token()}
        )
        answer = await self._websocket.receive_json()
        if answer["type"] != "auth_ok":
            raise RequestError(answer["type"], answer)
        self._reader = asyncio.create_task(self._read(self._websocket))

    async def _read(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in websocket:
            message = frame.json()
            number = message["id"]
            if message["type"] == "event":
                if subscription := self._subscriptions.get(number):
                    subscription.queue.put_nowait(message["event"])
            elif (answer := self._answers.pop(number, None)) and not answer.done():
                if message.get("success", True):
                    answer.set_result(message.get("result"))
                else:
                    error = message["error"]
                    answer.set_exception(RequestError(error["code"], error))
        for answer in self._answers.values():
            answer.cancel()

    async def _send(self, number: int, command: Json) -> Any:
        assert self._websocket
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._websocket.send_json({"id": number, **command})
        return await self._answers[number]

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    async def ws_command(self, command: str, **fields: Any) -> Any:
        """Send a websocket command and return its result."""
        return await self._send(self._next_id(), {"type": command, **fields})

    async def subscribe(
        self, command: str = "subscribe_events", **fields: Any
    ) -> Subscription:
        """Subscribe to state changes, or to the events of another command."""
        if command == "subscribe_events":
            fields.setdefault("event_type", "state_changed")
        number = self._next_id()
        subscription = self._subscriptions[number] = Subscription(self, number)
        await self._send(number, {"type": command, **fields})
        return subscription

    async def unsubscribe(self, subscription_id: int) -> None:
        """End a subscription."""
        self._subscriptions.pop(subscription_id, None)
        await self.ws_command("unsubscribe_events", subscription=subscription_id)

    # States and actions

    async def states(self) -> dict[str, Json]:
        """Return all states, by entity id."""
        return {state["entity_id"]: state for state in await self.get("/api/states")}

    async def state(self, entity_id: str) -> Json | None:
        """Return the state of an entity, None if it has none."""
        try:
            state: Json = await self.get(f"/api/states/{entity_id}")
        except RequestError as error:
            if error.status == 404:
                return None
            raise
        return state

    @overload
    async def wait_for[T](
        self, predicate: Callable[[], Awaitable[T | None]], timeout: float = ...
    ) -> T: ...

    @overload
    async def wait_for[T](
        self, predicate: Callable[[], T | None], timeout: float = ...
    ) -> T: ...

    async def wait_for(self, predicate: Callable[[], Any], timeout: float = 10) -> Any:
        """Wait until the result of a predicate (sync or async) is true, and return it."""
        async with asyncio.timeout(timeout):
            while True:
                value = predicate()
                if inspect.isawaitable(value):
                    value = await value
                if value:
                    return value
                await asyncio.sleep(0.05)

    async def wait_for_state(
        self,
        entity_id: str,
        wanted: str | Callable[[str], bool],
        timeout: float = 10,
    ) -> Json:
        """Wait until an entity has a state, and return the state."""
        seen: list[str] = []

        async def check() -> Json | None:
            if (state := await self.state(entity_id)) is None:
                return None
            value: str = state["state"]
            if value not in seen:
                seen.append(value)
            good = wanted(value) if callable(wanted) else value == wanted
            return state if good else None

        try:
            return await self.wait_for(check, timeout)
        except TimeoutError as error:
            raise TimeoutError(f"{entity_id} was only ever {seen}") from error

    async def call_service(
        self,
        domain: str,
        service: str,
        data: Json | None = None,
        target: Json | None = None,
        *,
        return_response: bool = False,
    ) -> Any:
        """Perform an action; return its response if it is requested."""
        result = await self.ws_command(
            "call_service",
            domain=domain,
            service=service,
            service_data=data or {},
            return_response=return_response,
            **({"target": target} if target else {}),
        )
        return result.get("response")

    # Registries

    async def devices(self, entry_id: str | None = None) -> list[Json]:
        """Return the devices, of all entries or of one."""
        devices: list[Json] = await self.ws_command("config/device_registry/list")
        return [
            device
            for device in devices
            if entry_id is None or entry_id in device["config_entries"]
        ]

    async def entities(self, platform: str | None = None) -> list[Json]:
        """Return the registered entities, of all integrations or of one."""
        entities: list[Json] = await self.ws_command("config/entity_registry/list")
        return [entity for entity in entities if platform in (None, entity["platform"])]

    async def entity_id(self, domain: str, unique_id: str) -> str | None:
        """Return the id of the entity with a unique id, None if there is none."""
        for entity in await self.entities():
            entity_id: str = entity["entity_id"]
            if entity["unique_id"] == unique_id and entity_id.startswith(f"{domain}."):
                return entity_id
        return None

    # Config entries

    async def entries(self, domain: str) -> list[Json]:
        """Return the config entries of an integration."""
        entries: list[Json] = await self.get(
            f"/api/config/config_entries/entry?domain={domain}"
        )
        return entries

    async def subentries(self, entry_id: str) -> list[Json]:
        """Return the subentries of a config entry."""
        subentries: list[Json] = await self.ws_command(
            "config_entries/subentries/list", entry_id=entry_id
        )
        return subentries

    async def start_flow(self, handler: str, entry_id: str | None = None) -> Json:
        """Start adding an integration, or reconfiguring an entry of it."""
        extra = {"entry_id": entry_id} if entry_id else {}
        return await self._flow("flow", {"handler": handler, **extra})

    async def continue_flow(self, flow_id: str, data: Json | None = None) -> Json:
        """Submit a form of a config flow."""
        return await self._flow(f"flow/{flow_id}", data)

    async def start_options_flow(self, entry_id: str) -> Json:
        """Start changing an entry's options."""
        return await self._flow("options/flow", {"handler": entry_id})

    async def continue_options_flow(
        self, flow_id: str, data: Json | None = None
    ) -> Json:
        """Submit a form of an options flow."""
        return await self._flow(f"options/flow/{flow_id}", data)

    async def start_subentry_flow(
        self, entry_id: str, subentry_type: str, subentry_id: str | None = None
    ) -> Json:
        """Start adding a subentry, or reconfiguring one."""
        extra = {"subentry_id": subentry_id} if subentry_id else {}
        return await self._flow(
            "subentries/flow", {"handler": [entry_id, subentry_type], **extra}
        )

    async def continue_subentry_flow(
        self, flow_id: str, data: Json | None = None
    ) -> Json:
        """Submit a form of a subentry flow."""
        return await self._flow(f"subentries/flow/{flow_id}", data)

    async def _flow(self, path: str, data: Json | None) -> Json:
        result: Json = await self.post(f"/api/config/config_entries/{path}", data)
        return result

    async def flows_in_progress(self, handler: str | None = None) -> list[Json]:
        """Return the flows in progress, discoveries included."""
        flows: list[Json] = await self.ws_command("config_entries/flow/progress")
        return [flow for flow in flows if handler in (None, flow["handler"])]

    async def set_up(self, handler: str, data: Json) -> Json:
        """Add an integration with its first form; return the loaded config entry."""
        flow = await self.start_flow(handler)
        result = await self.continue_flow(flow["flow_id"], data)
        if result["type"] != "create_entry":
            raise RequestError(result["type"], result)
        entry_id: str = result["result"]["entry_id"]

        async def loaded() -> Json | None:
            for entry in await self.entries(handler):
                if entry["entry_id"] == entry_id and entry["state"] == "loaded":
                    return entry
            return None

        return await self.wait_for(loaded)

    async def confirm_discovery(
        self, handler: str, about: str = "", data: Json | None = None
    ) -> Json:
        """Wait for a discovery with `about` in its context, submit it, return the result."""

        async def discovered() -> Json | None:
            for flow in await self.flows_in_progress(handler):
                if about in json.dumps(flow["context"]):
                    return flow
            return None

        flow = await self.wait_for(discovered, 20)
        return await self.continue_flow(flow["flow_id"], data)


def _store(path: Path, data: Json, *, version: int, minor_version: int = 1) -> None:
    head = {"version": version, "minor_version": minor_version, "key": path.name}
    path.write_text(json.dumps({**head, "data": data}, indent=2))
