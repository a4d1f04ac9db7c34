"""All that the bot does when somebody writes or clicks, made out of the services."""

from bot.services import Services
from bot.telegram.admins import Administrators
from bot.telegram.alone import Alone
from bot.telegram.approval import Approval
from bot.telegram.care import Care
from bot.telegram.clicks import Clicks
from bot.telegram.commands import Commands
from bot.telegram.encouragement import ChatMessages
from bot.telegram.personal import Personal
from bot.telegram.replies import Replies
from bot.telegram.settings import ChatSettings
from bot.telegram.transfer import ChatTransfer
from bot.telegram.voices import Voices
from bot.telegram.words import ChatWords


class Features:
    """The commands, the care, and the clicks on the buttons of both."""

    def __init__(self, services: Services, voices: Voices, replies: Replies, *, privacy_url: str | None) -> None:
        administrators, alone = Administrators(replies.bot), Alone(replies, voices)
        self.care = Care(services, replies, administrators, alone)
        settings = ChatSettings(services.preferences, voices, replies, administrators)
        approval = Approval(services.encouragements, voices, replies, administrators, alone)
        transfer = ChatTransfer(services, voices, replies, administrators, alone, settings)
        messages = ChatMessages(services, replies, administrators)
        personal = Personal(services, replies, alone, privacy_url=privacy_url)
        self.commands = Commands(
            replies,
            administrators,
            services.preferences.vocabulary,
            messages.commands,
            self.care.commands,
            personal.commands,
            settings.commands,
            ChatWords(services.words, services.preferences, replies).commands,
            approval.commands,
            transfer.commands,
        )
        self.clicks = Clicks(
            services.encouragements,
            services.preferences,
            voices,
            administrators,
            replies=replies,
            messages=messages,
            personal=personal,
            care=self.care,
            settings=settings,
            approval=approval,
            transfer=transfer,
        )
