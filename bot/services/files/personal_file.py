"""All that is kept about somebody, as a file."""

import json
from datetime import UTC, datetime
from typing import Any

from bot.models import PersonalData
from bot.services.files.server_file import plain


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
