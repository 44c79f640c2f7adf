"""Names, classes, instances and callables are resolved in one way, with suggestions for what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from imbatch2soundvisu.core import registry
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.core.registry import Registry, isolated, required_parameters


@dataclass(frozen=True)
class Square:
    """A square.

    More about squares.
    """

    side: float = 1.0

    def area(self) -> float:
        return self.side**2


@dataclass(frozen=True)
class Rectangle:
    """A rectangle."""

    width: float
    height: float
    name: str = field(init=False, default="rectangle")

    def area(self) -> float:
        return self.width * self.height


@dataclass(frozen=True)
class Measured:
    """A shape of known area."""

    known: float

    def area(self) -> float:
        return self.known


@pytest.fixture
def shapes(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A registry of two shapes that leaves the list of registries after the test."""
    monkeypatch.setattr(registry, "_REGISTRIES", [])
    made: Registry = Registry(
        "shape", "area", "shape=", adapt=lambda value: Measured(value()) if callable(value) else None
    )
    made.register("square")(Square)
    made.register("rectangle")(Rectangle)
    return made


def test_a_registry_is_a_mapping_in_the_order_of_registration(shapes):
    assert list(shapes) == ["square", "rectangle"]
    assert len(shapes) == 2
    assert shapes["square"] is Square
    assert "circle" not in shapes
    assert repr(shapes) == "<Registry of shape: square, rectangle>"


def test_register_returns_what_it_registers(shapes):
    assert shapes.register("unit square")(Square) is Square
    assert shapes["unit square"] is Square


@pytest.mark.parametrize("value", ["square", " square ", Square, Square()], ids=["name", "spaces", "class", "instance"])
def test_a_name_a_class_and_an_instance_are_the_same_shape(shapes, value):
    assert shapes.resolve(value) == Square()


def test_an_instance_keeps_its_parameters(shapes):
    assert shapes.resolve(Square(3.0)).area() == 9.0


def test_a_registered_instance_is_returned_by_its_name(shapes):
    shapes.add("large", large := Square(100.0))
    assert shapes.resolve("large") is large


def test_an_unknown_name_lists_the_nearest_and_all(shapes):
    with pytest.raises(ConfigError, match=r"unknown shape 'sqare'.*'square'.*rectangle, square"):
        shapes.resolve("sqare")


@pytest.mark.parametrize("value", ["rectangle", Rectangle])
def test_a_class_with_required_parameters_says_which(shapes, value):
    with pytest.raises(ConfigError, match=r"Rectangle\(width=\.\.\., height=\.\.\.\)"):
        shapes.resolve(value)


def test_a_callable_is_adapted(shapes):
    assert shapes.resolve(lambda: 7.0) == Measured(7.0)


@pytest.mark.parametrize("value", [3, None, object()], ids=["number", "None", "object"])
def test_anything_else_is_refused_with_the_choices(shapes, value):
    with pytest.raises(ConfigError, match="rectangle, square"):
        shapes.resolve(value)


def test_without_adapt_a_callable_is_refused(monkeypatch):
    monkeypatch.setattr(registry, "_REGISTRIES", [])
    with pytest.raises(ConfigError):
        Registry("shape", "area").resolve(lambda: 7.0)


def test_entries_are_described_by_the_first_line_of_their_docstring(shapes):
    assert shapes.describe() == [("square", "A square."), ("rectangle", "A rectangle.")]


def test_names_that_need_no_parameters(shapes):
    assert shapes.without_parameters() == ["square"]


def test_required_parameters_of_a_dataclass_are_those_without_default():
    assert required_parameters(Rectangle) == ["width", "height"]
    assert required_parameters(Square) == []
    assert required_parameters(len) == []


class _BuiltIn:
    """A shape of the package."""

    def area(self) -> float:
        return 0.0


_BuiltIn.__module__ = "imbatch2soundvisu.shapes"


def test_the_names_of_the_package_are_protected(shapes):
    shapes.add("point", _BuiltIn)
    with pytest.raises(ConfigError, match="'point' is built in"):
        shapes.add("point", Square)
    assert shapes["point"] is _BuiltIn
    shapes.add("point", _BuiltIn)  # as when a module is reloaded


def test_a_session_may_replace_its_own_entries(shapes):
    shapes.add("mine", Square)
    shapes.add("mine", Rectangle)
    assert shapes["mine"] is Rectangle


def test_isolated_removes_what_was_registered_in_it(shapes):
    with isolated():
        shapes.add("mine", Square)
        assert "mine" in shapes
    assert list(shapes) == ["square", "rectangle"]


def test_isolated_removes_entries_after_an_error_and_brings_replaced_ones_back(shapes):
    def session() -> None:
        with isolated():
            shapes.add("square", Rectangle)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        session()
    assert shapes["square"] is Square


def test_modules_with_entries_are_imported_at_the_first_look_up(monkeypatch):
    monkeypatch.setattr(registry, "_REGISTRIES", [])
    imported: list[str] = []
    made: Registry = Registry("shape", "area", modules=("one", "two"))

    def load(module: str) -> None:
        imported.append(module)
        made.add(module, Square)

    monkeypatch.setattr(registry.importlib, "import_module", load)
    made.add("own", Square)
    assert imported == []
    assert list(made) == ["own", "one", "two"]
    assert len(made) == 3
    assert imported == ["one", "two"]


def test_isolated_keeps_built_in_entries_that_it_loads(monkeypatch):
    monkeypatch.setattr(registry, "_REGISTRIES", [])
    made: Registry = Registry("shape", "area", modules=("one",))
    monkeypatch.setattr(registry.importlib, "import_module", lambda module: made.add(module, Square))
    with isolated():
        assert "one" in made
    assert "one" in made
