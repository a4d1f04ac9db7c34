"""All that is kept about somebody, as a file."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.models import Encouragement, Person, Scope
from bot.services.settings.table import ScopePreferences, plain


@dataclass(frozen=True, slots=True)
class PersonalData:
    """All that is kept about one person; `private` is the person's own conversation with the bot, if known."""

    person: Person
    opted_out: bool
    encouragements: tuple[tuple[Scope, Encouragement], ...]
    private: Scope | None
    private_preferences: ScopePreferences


def personal_file(data: PersonalData) -> bytes:
    """Return the data as a JSON file that a person can read and a program too."""
    content: dict[str, Any] = {
        "exported_at": datetime.now(UTC).isoformat(),
        "platform": data.person.platform,
        "user_id": str(data.person.id),
        "opted_out": data.opted_out,
        "encouragements": [
            {
                "where": str(scope.id),
                "private": scope == data.private,
                "number": kept.number,
                "text": kept.text,
                "author_name": kept.author.name if kept.author else None,
                "created_at": kept.created_at.isoformat(),
                "pending": kept.pending,
            }
            for scope, kept in data.encouragements
        ],
        "private_conversation": plain(data.private_preferences),
    }
    return json.dumps(content, ensure_ascii=False, indent=2).encode()
