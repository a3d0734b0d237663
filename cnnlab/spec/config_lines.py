"""Find the line of each layer in the text of a config."""

from __future__ import annotations

from collections.abc import Callable

from cnnlab.errors import ConfigError
from cnnlab.spec.block_expansion import expand_blocks
from cnnlab.spec.fault_places import find_layer_line
from cnnlab.spec.layer_groups import Location
from cnnlab.spec.yaml_nodes import Mapping, decode_text, parse_yaml


def read_layer_lines(text: str) -> Callable[[Location], int | None]:
    """Return a function that returns the line, from 1, of the layer at a location.

    The line is None if the text does not have this layer there, because `--set` changed it or
    because the text is not a config.

    Example:
        >>> find_line = read_layer_lines("model:\\n- flatten\\n- dense: 10")
        >>> find_line(("model", 1, "dense")), find_line(("model", 1, "conv"))
        (3, None)
    """
    try:
        root, _ = parse_yaml(decode_text("config", text.encode()))
    except ConfigError:
        return lambda location: None
    if isinstance(root, Mapping):
        expand_blocks(root)
    return lambda location: find_layer_line(root, location)
