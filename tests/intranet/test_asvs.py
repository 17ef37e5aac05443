"""`docs/security/asvs.md` names what holds each requirement; what it names must be there."""

import ast
import re

import pytest
from django.conf import settings

from tests.tools import BASE_DIR

TABLE = (BASE_DIR / "docs" / "security" / "asvs.md").read_text()
LINES = [line for line in TABLE.splitlines() if re.match(r"\| \d", line)]
NAMED = sorted(set(re.findall(r"`([^`]+)`", "\n".join(line.split("|", 4)[4] for line in LINES))))


@pytest.mark.parametrize("name", [name for name in NAMED if name.startswith("settings.")])
def test_setting_named_by_the_table_exists(name):
    assert hasattr(settings, name.removeprefix("settings."))


@pytest.mark.parametrize("name", [name for name in NAMED if "::" in name])
def test_test_named_by_the_table_exists(name):
    path, _, function = name.partition("::")
    tree = ast.parse((BASE_DIR / path).read_text())
    assert function in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", [name for name in NAMED if "/" in name and "::" not in name])
def test_file_named_by_the_table_exists(name):
    assert (BASE_DIR / name).exists()


def test_each_line_has_a_number_a_state_and_a_reason():
    for line in LINES:
        number, what, state, held_by = (part.strip() for part in line.strip("|").split("|", 3))
        assert re.fullmatch(r"\d+\.\d+\.\d+", number), line
        assert state in {"held", "partly", "*open*", "installation"}, line
        assert what, line
        assert held_by, line
    numbers = [line.split("|")[1].strip() for line in LINES]
    assert len(numbers) == len(set(numbers))
