"""The part of YAML that a config needs: sections, lists and plain values, each with its line.

Aliases, anchors, tags and merge keys are refused: they make configs that are larger than their
text, or objects that are not settings. Files are limited in size and depth before anything of them
is built. Dates stay text, and ``1:2:3`` does not become a number of seconds as in YAML 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from rnnforecast.errors import UsageError, quoted, shortened

Place = tuple[str, ...]
LARGEST = 1_000_000
"""Characters of a config."""
DEEPEST = 20
"""Levels of sections and lists within each other."""
LONGEST_KEY = 200
"""Characters of a key."""
SEE = "see: rnnforecast config show gru"

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT_INSTEAD = ("timestamp", "merge", "value", "int", "float")
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})$")
_FLOAT = re.compile(
    r"(?:[-+]?(?:[0-9]{1,400}\.[0-9]{0,400}|\.[0-9]{1,400})(?:[eE][-+]?[0-9]{1,4})?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)


class _Loader(_Base):  # type: ignore[misc]
    """PyYAML's safe loader in C, without the surprises of YAML 1.1."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag.removeprefix("tag:yaml.org,2002:") not in _TEXT_INSTEAD
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INT, list("-+0123456789"))


def read_value(text: str, name: str) -> Any:
    """Read the value of one setting.

    Raises:
        UsageError: if it is no YAML of the kind that a config needs.
    """
    return _construct(text, name)[0]


def read_sections(text: str, name: str) -> tuple[dict[str, Any], dict[Place, str]]:
    """Read a config.

    Args:
        text: YAML.
        name: of its file, for messages.

    Returns:
        the settings, and for each key the words that lead a person to it: file and line.

    Raises:
        UsageError: if it is no YAML of the kind that a config needs.
    """
    tree, places = _construct(text, name)
    tree = {} if tree is None else tree
    if not isinstance(tree, dict):
        raise UsageError(f"{name} holds {_kind(tree)}, not keys with values", SEE)
    return {key: value for key, value in tree.items() if value is not None}, places


def _kind(tree: object) -> str:
    """Return what a document is, in words."""
    return "a list" if isinstance(tree, list) else "text" if isinstance(tree, str) else "a value"


def _construct(text: str, name: str) -> tuple[Any, dict[Place, str]]:
    if len(text) > LARGEST:
        raise UsageError(
            f"{name}: {len(text):,} characters, a config has at most {LARGEST:,}",
            "is it the right file? Long lists of symbols go into --symbols-file",
        )
    try:
        _check_events(text, name)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            places = dict(_places(node, name))
            return (None if node is None else loader.construct_document(node)), places
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, UnicodeError, RecursionError) as error:
        problem = str(getattr(error, "problem", None) or error)
        mark = getattr(error, "problem_mark", None)
        last = max(1, len(text.splitlines()))  # what is cut off is missed behind the last line
        where = f"{name} line {min(mark.line + 1, last)}" if mark else name
        if mark and "\t" in text.splitlines()[min(mark.line, last - 1)][: mark.column + 1]:
            raise UsageError(f"{where}: a tab", "YAML is indented with spaces alone") from None
        raise UsageError(f"{where}: not YAML ({shortened(problem, 160)})", SEE) from None


def _check_events(text: str, name: str) -> None:
    """Refuse what is deep or not a setting, in one pass that builds nothing."""
    depth = 0
    for event in yaml.parse(text, Loader=_Base):
        line = _where(name, event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise UsageError(f"{line}: a config has no anchors and aliases", "write the value out")
        if tag := getattr(event, "tag", None):
            raise UsageError(
                f"{line}: a config has no tags such as {quoted(tag)}", "leave the tag out"
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise UsageError(f"{line}: more than {DEEPEST} levels within each other", SEE)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _places(node: yaml.Node | None, name: str, above: Place = ()) -> Iterator[tuple[Place, str]]:
    """Walk YAML nodes; each key with its file and line. Refuses a key that stands twice."""
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        line = _where(name, key.start_mark)
        if not isinstance(key, yaml.ScalarNode) or len(key.value) > LONGEST_KEY:
            raise UsageError(f"{line}: a key is one word", SEE)
        if key.value in seen:
            raise UsageError(f"{line}: {key.value} stands twice", "keep one of them")
        seen.add(key.value)
        key.tag = "tag:yaml.org,2002:str"  # ``yes: 1`` is a key called yes
        place = (*above, key.value)
        yield place, line
        yield from _places(value, name, place)


def _where(name: str, mark: Any) -> str:
    return f"{name} line {mark.line + 1}"
