"""Random changes of YAML texts, with which readers are tested."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

FULL = 64 * 1024
THOROUGH = settings(
    settings.get_profile("damages"),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TOKENS = [
    *"{}[]:,-#&*!|>'\"%@`?~\t\n ",
    *("  ", "\n  ", "\n- ", ": ", "---\n", "...\n", "<<", "&a", "*a", "!!str", "%YAML 1.1\n", "\0"),
    *(
        "null",
        "true",
        "yes",
        "0",
        "-1",
        "012",
        "0x1F",
        "1e999",
        ".nan",
        "1_000",
        "9" * 31,
        "é",
        "\u2028",
    ),
    *("~", "[]", "{}", "''", '"\\0"', "a.npz", "~b/c.npz", '"\\0.npz"', "conv", "flatten", "dense"),
    *("filters", "filtres", "kernel_size", "same", "relu", "leaky_relu", "val_accuracy", "metrics"),
    *("$filters", "$", "own", "two", "blocks", "residual", "parallel", "repeat", "block", "layers"),
]


@st.composite
def mutate_text(draw: st.DrawFn, text: str, others: list[str]) -> str:
    """A text with some tokens replaced, deleted, doubled or inserted; `others` are new tokens."""
    tokens = _split_tokens(text)
    for _ in range(draw(st.integers(1, 8))):
        place = draw(st.integers(0, len(tokens) - 1))
        other = draw(st.sampled_from(others) | st.sampled_from(tokens) | st.text(max_size=6))
        match draw(st.sampled_from(["replace", "delete", "insert", "double", "cut"])):
            case "replace":
                tokens[place] = other
            case "delete":
                tokens[place] = ""
            case "insert":
                tokens.insert(place, other)
            case "double":
                tokens[place:place] = tokens[place : place + draw(st.integers(1, 30))]
            case "cut":
                del tokens[place + 1 : place + 1 + draw(st.integers(1, 10))]
    return "".join(tokens)


def _split_tokens(text: str) -> list[str]:
    tokens, word = [], ""
    for character in text:
        if character.isalnum() or character in "_.":
            word += character
            continue
        tokens += [word, character] if word else [character]
        word = ""
    return tokens
