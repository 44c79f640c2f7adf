"""Features of the table: phrases, persons and functions, by their names like any other feature."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu import PersonSimilarity, Phrase, add_feature
from imbatch2soundvisu.core import Examples, FeatureTable, ImageRecord, Needs
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.features import Measurement
from imbatch2soundvisu.measurement import completed, measure_for
from imbatch2soundvisu.plans.sequence_content import SequenceContent
from imbatch2soundvisu.runtime.cache import Cache

from ..clustering.test_persons import face
from ..colour_embedder import Colour


@dataclass(frozen=True)
class MadeFaces:
    """A pass that finds a face in every image: that of the person whose number is the red of the image."""

    name: str = "faces"
    input_size: int = 64

    def measure(self, batch):
        return [Measurement(regions=(face(round(float(image[..., 0].mean()) / 50)),)) for image in batch]


def paint(path: Path, *colours: tuple[int, int, int]) -> Path:
    path.mkdir()
    for i, colour in enumerate(colours):
        Image.new("RGB", (80, 60), colour).save(path / f"{i}.png")
    return path


@pytest.fixture
def collection(tmp_path):
    return i2s.discover(paint(tmp_path / "images", (250, 0, 0), (0, 250, 0), (100, 30, 0), (105, 0, 30)))


def test_a_function_of_the_table_is_ordered_and_filtered_by_its_name(collection):
    def glow(table):
        """Twice the luminance."""
        return 2 * table["luminance"]

    glow.needs = {"luminance"}
    add_feature("glow", glow)
    table = i2s.measure(collection, ["glow"])
    np.testing.assert_allclose(table["glow"], 2 * table["luminance"])
    assert table.info["glow"].description == "Twice the luminance."
    plan = i2s.SequencePlan("glow", order="-glow", where=lambda t: t["glow"] > t["glow"].min())
    values = plan.sequence(i2s.measure(collection, ["luminance"])).values
    assert len(values) == 3
    assert list(values) == sorted(values, reverse=True)


def test_one_that_fails_is_undefined_and_reported(collection):
    add_feature("bad", lambda table: 1 / 0)
    add_feature("short", lambda table: [1.0])
    table = i2s.measure(collection, ["bad", "short"])
    assert np.isnan(table["bad"]).all()
    assert "feature 'bad' failed: ZeroDivisionError" in " ".join(table.problems)
    assert "feature 'short' failed: ValueError: it gave 1 values for 4 images" in " ".join(table.problems)


def test_one_that_needs_itself_is_refused(collection):
    for name, other in (("first", "second"), ("second", "first")):
        values = replace_needs(lambda table: table["luminance"], other)
        add_feature(name, values)
    with pytest.raises(ConfigError, match="first -> second -> first"):
        i2s.measure(collection, ["first"])


def replace_needs(function, name):
    function.needs = {name}
    return function


def test_a_phrase_orders_by_similarity(collection):
    phrase = Phrase("green", on=Colour())
    plan = i2s.SequencePlan("green", order=phrase)
    assert plan.needs.probes[0].query == "green"
    sequence = plan.sequence(i2s.measure(collection, ["luminance"]))
    assert sequence.table.names[-1] == "1.png"
    assert sequence.values[-1] == pytest.approx(1.0)
    add_feature("green", phrase)
    table = i2s.measure(collection, ["green"])
    assert table.info["green"].name == "green"
    assert table["green"][1] == pytest.approx(1.0)


def test_a_phrase_needs_text_and_an_encoder():
    with pytest.raises(ConfigError, match="takes a phrase"):
        Phrase(" ", on=Colour())
    with pytest.raises(ConfigError, match="text encoder"):
        Phrase("green", on=i2s.Look())


def test_images_of_a_person_are_told_from_those_of_others(collection, tmp_path):
    me = paint(tmp_path / "me", *[(100 + i, 0, 0) for i in range(3)])
    others = paint(tmp_path / "others", *[(200, i, 0) for i in range(3)])
    similarity = PersonSimilarity(me, others, faces=MadeFaces())  # type: ignore[arg-type]
    add_feature("me", similarity)
    with Cache(tmp_path / "cache") as cache:
        table = measure_for(collection, Needs(frozenset({"me"})), cache=cache)
        assert (table["me"] >= 0.5).tolist() == [False, False, True, True]
        stages: list[str] = []
        again = measure_for(
            collection, Needs(frozenset({"me"})), cache=cache, progress=lambda stage, *_: stages.append(stage)
        )
    assert "measure faces" not in stages
    np.testing.assert_array_equal(table["me"], again["me"])
    assert len(table.examples[str(me)]) == 3


def test_the_same_when_a_table_is_completed(collection, tmp_path):
    me = paint(tmp_path / "me", (100, 0, 0), (101, 0, 0))
    plan = i2s.SequencePlan("me", order=PersonSimilarity(me, faces=MadeFaces()))  # type: ignore[arg-type]
    sequence = plan.sequence(completed(i2s.measure(collection, ["luminance"]), plan.needs))
    assert set(sequence.table.names[-2:]) == {"2.png", "3.png"}


def test_a_plan_says_how_sure_it_is_of_the_person(collection, tmp_path):
    me = paint(tmp_path / "me", *[(100 + i, 0, 0) for i in range(3)])
    others = paint(tmp_path / "others", *[(200, i, 0) for i in range(3)])
    similarity = PersonSimilarity(me, others, faces=MadeFaces())  # type: ignore[arg-type]
    add_feature("me", similarity)
    plan = i2s.SequencePlan("me", order=similarity, outputs=["tables"], music=None)
    found = i2s.run([plan], root=collection, outputs=tmp_path / "outputs", cache=tmp_path / "cache")
    said = "too few examples to say how sure it is"
    assert f"similarity to me: {said}" in (*found.table.notes, *found.results[0].entry["lines"])
    direct = i2s.SequencePlan("direct", order=PersonSimilarity(me, others, faces=MadeFaces(), review=None))  # type: ignore[arg-type]
    content = SequenceContent(direct, direct.sequence(completed(found.table, direct.needs)), i2s.config.resolve())
    assert f"similarity to me: {said}" in content.entry()["lines"]


def test_decisions_of_a_review_count(collection, tmp_path):
    me = paint(tmp_path / "me", *[(100 + i, 0, 0) for i in range(3)])
    review = tmp_path / "review.csv"
    review.write_text("image,face,score,is_person\n0.png,1,0.3,yes\n2.png,1,0.7,no\n3.png,1,0.7,\n")
    similarity = PersonSimilarity(me, faces=MadeFaces(), review=review)  # type: ignore[arg-type]
    values = similarity(completed(i2s.measure(collection, ["luminance"]), similarity.needs))
    assert (values >= 0.5).tolist() == [True, False, False, True]
    with pytest.raises(ConfigError, match="review="):
        PersonSimilarity(me, review=tmp_path / "none.csv")


def test_a_folder_of_examples_that_does_not_exist_ends_the_run_before_any_work(collection, tmp_path):
    plan = i2s.SequencePlan("me", order=PersonSimilarity(tmp_path / "none", faces=MadeFaces()))  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="there is no folder .*none"):
        i2s.run([plan], root=collection, outputs=tmp_path / "outputs", cache=tmp_path / "cache")
    (tmp_path / "none").mkdir()
    with pytest.raises(ConfigError, match="none has no images"):
        i2s.run([plan], root=collection, outputs=tmp_path / "outputs", cache=tmp_path / "cache")


def test_examples_without_a_face_are_refused_and_strangers_among_them_named():
    similarity = PersonSimilarity("me")

    def of(*faces):
        records = tuple(ImageRecord(Path(f"{i}"), f"{i}", 9, 9, name=f"{i}") for i in range(len(faces)))
        return FeatureTable((), examples={"me": FeatureTable(records, regions={"faces": faces})})

    with pytest.raises(ConfigError, match="no face is found in the photographs of me"):
        similarity.model(of((), ()))
    assert similarity.unlike(of((face(1),), (face(1),), (face(2),), (), (face(1),))) == ("2",)
    assert similarity.needs.examples == (Examples(Path("me"), (similarity.faces,)),)
    assert replace(similarity, others="others").needs.examples[1].folder == Path("others")
