"""Describe the possible values of each key of a config, for fault messages and for editors."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic.fields import FieldInfo

from cnnlab.spec.class_weights import BALANCED
from cnnlab.spec.experiment import (
    FEWEST_MEMBERS,
    MOST_MEMBERS,
    Experiment,
)
from cnnlab.spec.kinds import NumberOr, NumberOrWord, OneOf, Section

Location = tuple[str | int, ...]


class Field:
    """The possible values of one key or list entry of a config."""

    def __init__(self, annotation: Any, metadata: list[Any], description: str = "") -> None:
        self.optional = False
        while True:
            if get_origin(annotation) is Annotated:
                annotation, *more = get_args(annotation)
                metadata = [*metadata, *more]
            elif get_origin(annotation) in (Union, UnionType) and type(None) in get_args(
                annotation
            ):
                self.optional = True
                annotation = Union[tuple(a for a in get_args(annotation) if a is not type(None))]  # noqa: UP007
            else:
                break
        self.annotation, self.description = annotation, description
        self.metadata = [
            part
            for item in metadata
            for part in (item.metadata if isinstance(item, FieldInfo) else [item])
        ]
        self.extra = [m.json_schema_extra for m in metadata if isinstance(m, FieldInfo)]

    @staticmethod
    def from_info(info: FieldInfo) -> Field:
        """Build a Field from the pydantic field of a section."""
        field = Field(info.annotation, [*info.metadata], info.description or "")
        if isinstance(info.json_schema_extra, dict):
            field.extra.append(info.json_schema_extra)
        return field

    @staticmethod
    def find(location: Location, root: type[Section] = Experiment) -> Field:
        """Return the field of `root` at `location`, or the last known field on the path to it."""
        field = Field(root, [])
        for step in location:
            field = field.find_inner(step) or field
        return field

    def one_of(self) -> OneOf | None:
        return next((item for item in self.metadata if isinstance(item, OneOf)), None)

    def kinds(self) -> list[str]:
        one_of = self.one_of()
        return list(one_of.kinds) if one_of else []

    def number(self) -> NumberOr | None:
        """Return the bounds if a number can replace the kind; None if only kinds are allowed."""
        one_of = self.one_of()
        return one_of if isinstance(one_of, NumberOr) else None

    def main_kinds(self) -> list[str]:
        """List the kinds that the main field of this section can have."""
        section = self.section()
        main = getattr(section, "main", None)
        return Field.from_info(section.model_fields[main]).kinds() if section and main else []

    def keys(self) -> list[str]:
        section = self.section()
        names = list(section.model_fields) if section else []
        main = getattr(section, "main", None)
        return sorted(names, key=lambda name: name != main)

    def literals(self) -> tuple[Any, ...]:
        return get_args(self.annotation) if get_origin(self.annotation) is Literal else ()

    def section(self) -> type[Section] | None:
        cls = self.annotation
        return cls if isinstance(cls, type) and issubclass(cls, Section) else None

    def find_inner(self, step: str | int) -> Field | None:
        """Return the field for a key or a list index inside this field; None if unknown."""
        one_of = self.one_of()
        if one_of is not None:
            cls = one_of.kinds.get(str(step))
            return Field(cls, []) if cls else None
        if (isinstance(step, int) and self.is_list()) or self.is_class_weights():
            return self.entry_field()
        section = self.section()
        info = section.model_fields.get(str(step)) if section else None
        return Field.from_info(info) if info else None

    def presets(self) -> list[str]:
        """List the presets: words that a config can write in place of a whole list."""
        extra: list[Any] = [e for e in self.extra if isinstance(e, dict)]
        return [str(word) for e in extra for word in e.get("x-presets", ())]

    def is_pair(self) -> bool:
        return any(isinstance(extra, dict) and "x-pair" in extra for extra in self.extra)

    def is_sides(self) -> bool:
        return any(isinstance(extra, dict) and "x-sides" in extra for extra in self.extra)

    def is_numbers(self) -> bool:
        return any(isinstance(extra, dict) and "x-numbers" in extra for extra in self.extra)

    def is_list(self) -> bool:
        special = self.is_pair() or self.is_sides() or self.is_numbers()
        return get_origin(self.annotation) is tuple and not special

    def is_class_weights(self) -> bool:
        return get_origin(self.annotation) is Mapping

    def is_members(self) -> bool:
        return any(isinstance(extra, dict) and "x-members" in extra for extra in self.extra)

    def number_or_word(self) -> NumberOrWord | None:
        """Return the number and the word that this field can have; None for other fields."""
        return next((item for item in self.metadata if isinstance(item, NumberOrWord)), None)

    def is_mapping(self) -> bool:
        """Return whether any keys are allowed, such as the paths in `parameters` of a sweep."""
        return get_origin(self.annotation) is dict

    def is_padding(self) -> bool:
        is_union = get_origin(self.annotation) in (Union, UnionType)
        return is_union and not self.kinds() and not self.number_or_word()

    def most_padding(self) -> int:
        """Return the largest number that this padding can have."""
        limits: list[Any] = [
            e["maximum"] for e in self.extra if isinstance(e, dict) and "maximum" in e
        ]
        return int(limits[0])

    def entry_field(self) -> Field:
        """Return the field that describes each entry of a list, a pair or a mapping."""
        return Field(get_args(self.annotation)[-1 if self.is_class_weights() else 0], [])

    @property
    def family(self) -> str:
        """The family of kinds that this field can have: layer, optimizer, …"""
        cls = self.annotation if self.section() else get_args(self.annotation)[-1]
        return str(cls.__name__).lower()

    def describe_expected(self) -> str:
        """Describe the expected value, with its bounds and its purpose."""
        text = self._describe_value()
        return f"{text} ({self.description})" if text and self.description else text

    def choices(self) -> str:
        """Describe the possible kinds, and the bounds of a number if a number is also possible."""
        words, number = "one of " + ", ".join(self.kinds()), self.number()
        if number is None:
            return words
        least, most = _format_number(number.over), _format_number(number.most)
        return f"a number over {least} to {most}, or {words}"

    def _describe_value(self) -> str:
        if self.kinds():
            return self.choices()
        if self.literals():
            return "one of " + ", ".join(map(str, self.literals()))
        if self.is_pair():
            return f"a whole number{self.entry_field()._range()}, or two of them, [height, width]"
        if self.is_sides():
            number = self.entry_field().entry_field()._range()
            return f"a whole number{number}, [height, width], or [[top, bottom], [left, right]]"
        if self.is_numbers():
            return f"a number{self.entry_field()._range()}, or a list of such numbers"
        if choice := self.number_or_word():
            number = "a whole number" if choice.kind is int else "a number"
            least, most = _format_number(choice.least), _format_number(choice.most)
            return f"{number} from {least} to {most}, or {choice.word}"
        if self.is_padding():
            return f"same, valid, or a whole number from 0 to {self.most_padding():,}"
        if self.presets():
            return f"a preset ({', '.join(self.presets())}) or a list of kinds"
        if self.is_members():
            return (
                f"a number from {FEWEST_MEMBERS} to {MOST_MEMBERS}, or a list with that many "
                "different seeds"
            )
        if self.is_class_weights():
            number = self.entry_field().describe_expected()
            return f"{BALANCED}, or a mapping from names of classes to {number}"
        if self.is_list():
            return "a list"
        if self.is_mapping():
            return "a mapping from paths to lists of values or ranges"
        if self.annotation is bool:
            return "true or false"
        if self.annotation is int:
            return f"a whole number{self._range()}"
        if self.annotation is float:
            return f"a number{self._range()}"
        if self.annotation is str:
            pattern = any(getattr(item, "pattern", None) for item in self.metadata)
            return (
                "letters a to z, digits, - and _, a letter or digit first" if pattern else "a text"
            )
        keys = ", ".join(self.keys())
        return f"a mapping with {keys}" if keys else ""

    def _range(self) -> str:
        low = high = ""
        for item in self.metadata:
            match item:
                case Ge():
                    low = f" from {_format_number(item.ge)}"
                case Gt():
                    low = f" over {_format_number(item.gt)}"
                case Le():
                    high = f" to {_format_number(item.le)}"
                case Lt():
                    high = f" to below {_format_number(item.lt)}"
        return low + high

    def bounds(self) -> dict[str, Any]:
        """Return the bounds of a number in the form of JSON Schema."""
        number = self.number()
        if number is not None:
            return {"exclusiveMinimum": number.over, "maximum": number.most}
        names = {Ge: "minimum", Gt: "exclusiveMinimum", Le: "maximum", Lt: "exclusiveMaximum"}
        return {
            name: getattr(item, cls.__name__.lower())
            for item in self.metadata
            for cls, name in names.items()
            if isinstance(item, cls)
        }

    def lengths(self) -> dict[str, Any]:
        """Return the bounds of a list's length in the form of JSON Schema."""
        names = {MinLen: ("min_length", "minItems"), MaxLen: ("max_length", "maxItems")}
        limits = [(item, names[type(item)]) for item in self.metadata if type(item) in names]
        return {theirs: getattr(item, ours) for item, (ours, theirs) in limits}

    def texts(self) -> dict[str, Any]:
        """Return the pattern that a text must match, in the form of JSON Schema."""
        patterns = [item.pattern for item in self.metadata if getattr(item, "pattern", None)]
        return {"pattern": patterns[0]} if patterns else {}


def _format_number(number: Any) -> str:
    return f"{int(number) if number == int(number) else number:,}"
