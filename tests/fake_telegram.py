"""A small Telegram on loopback: the Bot API over HTTP, and updates posted to the webhook as Telegram posts them.

https://core.telegram.org/bots/api
"""

import asyncio
import io
import itertools
import json
import math
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
# One for each kind of chat, in each language and for all others.
MENUS = 3 * 3
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


BOT = {"id": BOT_ID, "is_bot": True, "first_name": "Bot", "username": USERNAME}
CAMILLE = Somebody(11, "Camille")
SACHA = Somebody(12, "Sacha")
ALEX = Somebody(13, "Alex", "en-GB")


class FakeTelegram:
    """The Bot API for one bot, which posts its updates to `address`; `calls` are the requests, by method.

    `waits` are the seconds to wait that the next requests are answered, whatever they are; `held` until when, in the
    time of the loop, each chat takes no message, and the chat None nobody does. `told` keeps when each message arrived,
    `in_responses` counts those that came in the response to the webhook. `refused_methods` are never carried out;
    after those in `hangs_up_after`, the connection breaks.
    """

    def __init__(self) -> None:
        self.address = ""
        self.calls: list[tuple[str, Json]] = []
        self.files: list[bytes] = []
        self.uploads: dict[str, bytes] = {}
        self.sees_everything = True
        self.refuses_token = False
        self.delay = 0.0
        self.waits: list[int] = []
        self.held: dict[int | None, float] = {}
        self.in_responses = 0
        self.told: list[tuple[float, int]] = []
        self.kicked: set[int] = set()
        self.refused: dict[int, str] = {}
        self.refused_methods: dict[str, str] = {}
        self.refuses_messages = False
        self.hangs_up_after: set[str] = set()
        self.webhook: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        self.described: dict[str, str] = {}
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
        app.router.add_get("/file/bot{token}/{path}", self._download)
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

    def own(self, chat: Chat, sent: Json | None = None, **more: Any) -> Json:
        """A message of the bot's, as others see it: one that it has sent."""
        message = {"message_id": 1, "date": 1_770_000_000, "chat": chat.as_json(), "from": BOT, "text": "…"}
        shown = {name: sent[name] for name in ("text", "entities") if name in sent} if sent else {}
        return message | shown | more

    def document(self, content: bytes) -> Json:
        """A file that somebody sends."""
        id = f"file-{next(self._ids)}"
        self.uploads[id] = content
        return {"file_id": id, "file_unique_id": id, "file_name": "file.json", "file_size": len(content)}

    def typed(self, text: str, person: Somebody = CAMILLE) -> Json:
        """An update with what somebody types after the bot's name in another chat."""
        return self.update(inline_query={"id": "1", "from": person.as_json(), "query": text, "offset": ""})

    def click(self, data: str, chat: Chat, person: Somebody = CAMILLE, **more: Any) -> Json:
        """An update with a click on a button under a message of the bot's, which is its only one if not told."""
        button = {"reply_markup": {"inline_keyboard": [[{"text": "…", "callback_data": data}]]}}
        message = self.own(chat, **button | more)
        query = {"id": "1", "from": person.as_json(), "chat_instance": "1", "data": data, "message": message}
        return self.update(callback_query=query)

    def membership(self, status: str, chat: Chat, person: Somebody = CAMILLE) -> Json:
        """An update that says that the bot was added, removed or blocked."""
        return self.update(
            my_chat_member={
                "chat": chat.as_json(),
                "from": person.as_json(),
                "date": 1_770_000_000,
                "old_chat_member": {"user": BOT, "status": "left", "until_date": 0},
                "new_chat_member": {"user": BOT, "status": status, "until_date": 0},
            }
        )

    def update(self, **content: Any) -> Json:
        """An update with a new id."""
        return {"update_id": next(self._update_ids), **content}

    async def post(
        self, update: Json | bytes, *, secret: str | None = SECRET, to: str | None = None
    ) -> aiohttp.ClientResponse:
        """Post an update to the webhook once, or to the process at another address; return the answer."""
        assert self._session is not None
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        data = io.BytesIO(update if isinstance(update, bytes) else json.dumps(update).encode())
        async with self._session.post(to or self.address, data=data, headers=headers) as response:
            body = await response.read()
            if response.status == 200 and body:
                self._carry_out(json.loads(body))
            return response

    def _carry_out(self, call: Json) -> None:
        """Do what a response asks for, as Telegram does: whether it works, nobody is told."""
        method = call.pop("method")
        self.calls.append((method, call))
        chat_id = call.get("chat_id", 0)
        if chat_id not in {*self.kicked, *self.refused, *self.migrated} and not self._seconds_held(chat_id):
            self._arrive(call)
            self.in_responses += 1

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
        if method.startswith("send") and (seconds := self._seconds_held(chat_id)):
            return _error(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        if chat_id in self.kicked:
            return _error(403, "Forbidden: bot was kicked from the group chat")
        if chat_id in self.refused:
            return _error(400, self.refused[chat_id])
        if chat_id in self.migrated:
            new_id = self.migrated[chat_id]
            return _error(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=new_id)
        if self.refuses_messages and method == "sendMessage":
            return web.Response(status=502)
        if method in self.refused_methods:
            return _error(400, self.refused_methods[method])
        if method == "getUpdates":
            return _result(await self._updates(params))
        self._arrive(params)
        if self.delay and method == "sendMessage":
            await asyncio.sleep(self.delay)
        result = self._do(method, params)
        if method in self.hangs_up_after and request.transport is not None:
            request.transport.abort()
        return _result(result)

    def hold(self, chat: Chat | None, seconds: float) -> None:
        """Answer 429 to every message for one chat, or for all with None, until so many seconds from now."""
        self.held[None if chat is None else chat.id] = asyncio.get_running_loop().time() + seconds

    def _seconds_held(self, chat_id: int | None) -> int:
        until = max(self.held.get(chat_id, 0.0), self.held.get(None, 0.0))
        return math.ceil(max(0.0, until - asyncio.get_running_loop().time()))

    def _arrive(self, params: Json) -> None:
        params["arrived"] = True
        if "chat_id" in params:
            self.told.append((asyncio.get_running_loop().time(), params["chat_id"]))

    async def _params(self, request: web.Request) -> Json:
        params: Json = {}
        for name, value in (*request.query.items(), *(await request.post()).items()):
            if isinstance(value, web.FileField):
                self.files.append(value.file.read())
                continue
            assert isinstance(value, str)
            try:
                params[name] = value if "text" in name or "description" in name else json.loads(value)
            except ValueError:
                params[name] = value
        return params

    async def _download(self, request: web.Request) -> web.Response:
        return web.Response(body=self.uploads[request.match_info["path"]])

    async def _updates(self, params: Json) -> list[Json]:
        offset = params.get("offset", 0)
        self.pending = [update for update in self.pending if update["update_id"] >= offset]
        if not self.pending:
            await asyncio.sleep(0.05)
        return self.pending

    def _do(self, method: str, params: Json) -> Any:
        match method:
            case "getMe":
                return BOT | {"can_read_all_group_messages": self.sees_everything}
            case "sendMessage" | "sendDocument" | "editMessageText":
                chat = self._chats.get(params["chat_id"], Chat(params["chat_id"]))
                return {"message_id": next(self._ids), "date": 1_770_000_000, "chat": chat.as_json()}
            case "setWebhook":
                self.webhook["url"] = params["url"]
                return True
            case "deleteWebhook":
                self.webhook["url"] = ""
                return True
            case "getWebhookInfo":
                return self.webhook
            case "getMyDescription" | "getMyShortDescription":
                what = "short_description" if "Short" in method else "description"
                return {what: self.described.get(f"{what} {params.get('language_code')}", "")}
            case "setMyDescription" | "setMyShortDescription":
                what = "short_description" if "Short" in method else "description"
                self.described[f"{what} {params.get('language_code')}"] = params[what]
                return True
            case "getFile":
                return {"file_id": params["file_id"], "file_unique_id": "x", "file_path": params["file_id"]}
            case "getChat":
                gifts = (
                    "unlimited_gifts",
                    "limited_gifts",
                    "unique_gifts",
                    "premium_subscription",
                    "gifts_from_channels",
                )
                more = {
                    "accent_color_id": 0,
                    "max_reaction_count": 11,
                    "accepted_gift_types": dict.fromkeys(gifts, True),
                }
                return self._chats[params["chat_id"]].as_json() | more
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
