"""A small Telegram on loopback: the Bot API over HTTP, and updates posted to the webhook as Telegram posts them.

https://core.telegram.org/bots/api
"""

import asyncio
import io
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from bot.text.sentences import with_ordinary_spaces
from tests import PATIENCE_SECONDS

TOKEN = "7000000001:" + "fake-token_" * 3 + "xy"
SECRET = "a-secret_of-the-webhook"
BOT_ID = 7000000001
USERNAME = "EncourageTestBot"
WEBHOOK_URL = "https://bot.example.org/telegram"

Json = dict[str, Any]


@dataclass(frozen=True)
class Somebody:
    """A user of Telegram."""

    id: int
    first_name: str
    language_code: str = "fr"

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
            "language_code": self.language_code,
        }


@dataclass
class Chat:
    """A private chat or a group; `admins` are the ids of its administrators."""

    id: int
    type: str = "private"
    admins: set[int] = field(default_factory=set)

    def as_json(self) -> Json:
        return {"id": self.id, "type": self.type, "title": "Le Jardin", "first_name": "Camille"}


CAMILLE = Somebody(11, "Camille")
SACHA = Somebody(12, "Sacha")
ALEX = Somebody(13, "Alex", "en-GB")


class FakeTelegram:
    """The Bot API for one bot, which posts its updates to `address`; `calls` are the requests, by method."""

    def __init__(self) -> None:
        self.address = ""
        self.calls: list[tuple[str, Json]] = []
        self.files: list[bytes] = []
        self.sees_everything = True
        self.refuses_token = False
        self.delay = 0.0
        self.waits: list[int] = []
        self.kicked: set[int] = set()
        self.refused: dict[int, str] = {}
        self.migrated: dict[int, int] = {}
        self.pending: list[Json] = []
        self._chats: dict[int, Chat] = {}
        self._ids = itertools.count(1000)
        self._update_ids = itertools.count(500_000)
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._port = 0

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._api)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self._session = self._session or aiohttp.ClientSession()

    async def hang_up(self) -> None:
        """Let nobody connect any more, until the next start."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()
        await self.hang_up()

    def private(self, person: Somebody = CAMILLE) -> Chat:
        """The chat that somebody has with the bot."""
        return self._chats.setdefault(person.id, Chat(person.id))

    def group(self, *, admins: tuple[Somebody, ...] = (), type: str = "supergroup") -> Chat:
        """A new group."""
        chat = Chat(-1_000_000_000_000 - next(self._ids), type, {person.id for person in admins})
        self._chats[chat.id] = chat
        return chat

    def message(self, text: str | None, chat: Chat, person: Somebody = CAMILLE, **more: Any) -> Json:
        """An update with a message, its command marked as clients mark it."""
        message: Json = {
            "message_id": next(self._ids),
            "date": 1_770_000_000,
            "chat": chat.as_json(),
            "from": person.as_json(),
        }
        if text is not None:
            message["text"] = text
            if text.startswith("/"):
                command = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
                message["entities"] = [command]
        return self.update(message=message | more)

    def click(self, data: str, chat: Chat, person: Somebody = CAMILLE) -> Json:
        """An update with a click on a button under a message of the bot's."""
        bot = {"id": BOT_ID, "is_bot": True, "first_name": "Bot", "username": USERNAME}
        message = {"message_id": 1, "date": 1_770_000_000, "chat": chat.as_json(), "from": bot, "text": "…"}
        query = {"id": "1", "from": person.as_json(), "chat_instance": "1", "data": data, "message": message}
        return self.update(callback_query=query)

    def membership(self, status: str, chat: Chat, person: Somebody = CAMILLE) -> Json:
        """An update that says that the bot was added, removed or blocked."""
        bot = {"id": BOT_ID, "is_bot": True, "first_name": "Bot", "username": USERNAME}
        return self.update(
            my_chat_member={
                "chat": chat.as_json(),
                "from": person.as_json(),
                "date": 1_770_000_000,
                "old_chat_member": {"user": bot, "status": "left"},
                "new_chat_member": {"user": bot, "status": status, "until_date": 0},
            }
        )

    def update(self, **content: Any) -> Json:
        """An update with a new id."""
        return {"update_id": next(self._update_ids), **content}

    async def post(self, update: Json | bytes, *, secret: str | None = SECRET) -> aiohttp.ClientResponse:
        """Post an update to the webhook once; return the answer."""
        assert self._session is not None
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        data = io.BytesIO(update if isinstance(update, bytes) else json.dumps(update).encode())
        async with self._session.post(self.address, data=data, headers=headers) as response:
            await response.read()
            return response

    async def deliver(self, update: Json) -> list[str]:
        """Post an update until it is taken, as Telegram does; return what the bot said to it."""
        before = len(self.said())
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await self.post(update)).status != 200:
                await asyncio.sleep(0.02)
        return self.said()[before:]

    async def say(self, text: str, chat: Chat | None = None, person: Somebody = CAMILLE, **more: Any) -> str:
        """Deliver a message; return all that the bot said to it, as one text."""
        said = await self.deliver(self.message(text, chat or self.private(person), person, **more))
        return "\n".join(said)

    def sent(self, method: str = "sendMessage") -> list[Json]:
        """The parameters of the requests of one kind."""
        return [params for name, params in self.calls if name == method]

    def said(self) -> list[str]:
        """What the bot has said that arrived, with ordinary spaces."""
        return [with_ordinary_spaces(params["text"]) for params in self.sent() if params.get("arrived")]

    async def wait_for(self, method: str, count: int = 1) -> None:
        """Wait until the bot has sent so many requests of one kind."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.sent(method)) < count:
                await asyncio.sleep(0.01)

    async def _api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        params = await self._params(request)
        self.calls.append((method, params))
        if self.refuses_token or request.match_info["token"] != TOKEN:
            return _error(401, "Unauthorized")
        if self.waits:
            seconds = self.waits.pop(0)
            return _error(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        chat_id = params.get("chat_id")
        if chat_id in self.kicked:
            return _error(403, "Forbidden: bot was kicked from the group chat")
        if chat_id in self.refused:
            return _error(400, self.refused[chat_id])
        if chat_id in self.migrated:
            new_id = self.migrated[chat_id]
            return _error(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=new_id)
        if method == "getUpdates":
            return _result(await self._updates(params))
        params["arrived"] = True
        if self.delay and method == "sendMessage":
            await asyncio.sleep(self.delay)
        return _result(self._do(method, params))

    async def _params(self, request: web.Request) -> Json:
        params: Json = {}
        for name, value in (*request.query.items(), *(await request.post()).items()):
            if isinstance(value, web.FileField):
                self.files.append(value.file.read())
                continue
            assert isinstance(value, str)
            try:
                params[name] = json.loads(value) if name != "text" else value
            except ValueError:
                params[name] = value
        return params

    async def _updates(self, params: Json) -> list[Json]:
        offset = params.get("offset", 0)
        self.pending = [update for update in self.pending if update["update_id"] >= offset]
        if not self.pending:
            await asyncio.sleep(0.05)
        return self.pending

    def _do(self, method: str, params: Json) -> Any:
        match method:
            case "getMe":
                bot = {"id": BOT_ID, "is_bot": True, "first_name": "Bot", "username": USERNAME}
                return bot | {"can_read_all_group_messages": self.sees_everything}
            case "sendMessage" | "sendDocument" | "editMessageText":
                chat = self._chats.get(params["chat_id"], Chat(params["chat_id"]))
                return {"message_id": next(self._ids), "date": 1_770_000_000, "chat": chat.as_json()}
            case "getChatMember":
                chat = self._chats[params["chat_id"]]
                return _member(params["user_id"], params["user_id"] in chat.admins)
            case _:
                return True


def _member(user_id: int, is_admin: bool) -> Json:
    user = {"id": user_id, "is_bot": user_id == BOT_ID, "first_name": "Somebody"}
    if not is_admin:
        return {"user": user, "status": "member"}
    rights = (
        *("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats"),
        *("can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users"),
        *("can_post_stories", "can_edit_stories", "can_delete_stories"),
    )
    return {"user": user, "status": "administrator"} | dict.fromkeys(rights, False)


def _result(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _error(status: int, description: str, **parameters: int) -> web.Response:
    body = {"ok": False, "error_code": status, "description": description}
    return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=status)
