"""A row in the table, its sentences and the rule that reads it are all that a setting takes.

The program is copied, given one more on/off setting and one more of each kind that has only one row, and tried where a
setting shows.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROW = "    responding: bool = _row(Switch(), True)\n"
KIND = "    Prefix,\n"
NEW_ROWS = """\
    confetti: bool = _row(Switch(), False)
    motto: str | None = _row(Text(12, str.isascii), None)
    delay: int = _row(Seconds(100), 7)
    garden: frozenset[int] = _row(Channels(1), frozenset(), where=frozenset((Place.SERVER,)))
"""
SENTENCES = """
[settings.confetti]
title = "Confetti"
on = "On: I throw confetti."
off = "Off: I throw none."
answer_on = "Confetti is on."
answer_off = "Confetti is off."
usage = "Write `{prefix}confetti on` or `{prefix}confetti off`."

[commands.confetti]
summary = "Throws confetti."
usage = "confetti on / off"
example = "confetti on"
parameters.value = "On or off"
names.value = "state"
choices.value.on = "on"
choices.value.off = "off"

[settings.motto]
title = "Motto"
none = "I have no motto."
chosen = "My motto is {value}."
label = "A few words"
usage = "Write a motto, such as `{prefix}motto hi`."
wrong = "Line {line:n}: this is no motto."

[commands.motto]
summary = "Sets the motto."
usage = "motto <text>"
example = "motto hi"
parameters.value = "A few words"
names.value = "text"

[settings.delay]
title = "Delay"
effect = "I wait {seconds}."
label = "Seconds to wait"
usage = "Write how many seconds, such as `{prefix}delay 5`."

[commands.delay]
summary = "Sets the delay."
usage = "delay <seconds>"
example = "delay 5"
parameters.value = "Seconds"
names.value = "seconds"

[settings.garden]
title = "Garden"
none = "I have no garden."
some = "My garden is {channels}."
placeholder = "No garden"
usage = "Write `{prefix}garden #channel`."
full = "One garden is enough."
no_room = "That would make {total:n} gardens."

[commands.garden]
summary = "Sets the garden."
usage = "garden [#channel] [on / off]"
example = "garden"
parameters.channel = "The channel"
parameters.state = "In, or out"
names.channel = "channel"
names.state = "state"
choices.state.on = "in"
choices.state.off = "out"
"""


def test_it_is_found_everywhere(tmp_path: Path) -> None:
    for folder in ("bot", "cogs", "benchmarks", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.pyc.*", "corpus"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    table = tmp_path / "bot" / "services" / "settings" / "table.py"
    rows = table.read_text(encoding="utf-8")
    assert ROW in rows
    table.write_text(
        rows.replace(ROW, ROW + NEW_ROWS).replace(KIND, f"{KIND}    Seconds,\n    Text,\n"), encoding="utf-8"
    )
    for language in (tmp_path / "bot" / "languages").glob("*/text.toml"):
        language.write_text(language.read_text(encoding="utf-8") + SENTENCES, encoding="utf-8")

    tried = subprocess.run(
        (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/with_new_setting.py"),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert tried.returncode == 0, tried.stdout
