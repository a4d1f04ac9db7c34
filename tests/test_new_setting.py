"""A row in the table, its sentences and the rule that reads it are all that a setting takes.

The program is copied, given one more on/off setting, and tried where a setting shows.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROW = "    responding: bool = _row(Switch(), True)\n"
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
"""


def test_it_is_found_everywhere(tmp_path: Path) -> None:
    for folder in ("bot", "cogs", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.pyc.*", "corpus"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    table = tmp_path / "bot" / "services" / "settings" / "table.py"
    rows = table.read_text(encoding="utf-8")
    assert ROW in rows
    table.write_text(rows.replace(ROW, f"{ROW}    confetti: bool = _row(Switch(), False)\n"), encoding="utf-8")
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
