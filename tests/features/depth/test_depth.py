"""Depth: its order on scenes of known depth, and networks that are loaded, missing, or do not fit."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from dataclasses import replace

import av
import numpy as np
import pytest
from PIL import Image

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.core import Needs
from imbatch2soundvisu.core.errors import ConfigError, MakeError, MissingExtra
from imbatch2soundvisu.features.depth import Depth, HubDepth, depth_columns, depth_maps, from_distance, nearness
from imbatch2soundvisu.features.passes import pass_version
from imbatch2soundvisu.measurement.measuring import measure_for
from imbatch2soundvisu.runtime import weights

from .scenes import Brightness, interior, street, wall

os.environ["HF_HUB_OFFLINE"] = "1"


def columns(scene, **fields):
    return Depth(Brightness(**fields)).measure([scene])[0].columns


def test_scenes_are_ordered_from_flat_to_deep():
    flat, middle, deep = (columns(scene()) for scene in (wall, interior, street))
    assert flat["depth_spread"] < 0.1 < middle["depth_spread"] == pytest.approx(0.5, abs=0.05)
    assert middle["depth_spread"] < 0.9 < deep["depth_spread"]
    assert flat["depth_gradient"] < middle["depth_gradient"] < deep["depth_gradient"]
    assert flat["far_share"] == middle["far_share"] == 0 < deep["far_share"] == pytest.approx(0.5, abs=0.05)


def test_the_unit_of_a_network_does_not_matter():
    assert columns(street()) == pytest.approx(columns(street(), scale=40.0), abs=1e-5)


def test_a_few_wrong_pixels_do_not_change_the_depth_of_a_scene():
    clean = np.tile(np.linspace(0.5, 1, 100), (100, 1))
    wrong = clean.copy()
    wrong[:3, :30] = 50
    assert depth_columns(wrong)["depth_spread"] == pytest.approx(depth_columns(clean)["depth_spread"], abs=0.05)
    assert nearness(wrong)[50] == pytest.approx(nearness(clean)[50], abs=0.05)


def test_distances_become_disparity():
    distance = np.array([[2.0, 4.0, np.inf, 0.0]])
    assert from_distance(distance)[0, :3] == pytest.approx([0.5, 0.25, 0])
    assert np.isfinite(from_distance(distance)).all()


def test_a_scene_that_is_infinitely_far_everywhere_has_no_depth():
    assert depth_columns(np.zeros((40, 60))) == {"depth_spread": 0.0, "depth_gradient": 0.0, "far_share": 1.0}


def test_depth_that_is_not_finite_is_refused():
    with pytest.raises(MakeError, match="not finite"):
        depth_columns(np.full((4, 4), np.nan))


def test_a_plan_orders_by_depth_and_the_table_has_a_map_of_each_image(tmp_path):
    for name, scene in (("a", street()), ("b", wall()), ("c", interior())):
        Image.fromarray(scene).save(tmp_path / f"{name}.png")
    plan = i2s.SequencePlan("flat to deep", order="depth_spread", passes=[Depth(Brightness())])
    table = measure_for(i2s.discover(tmp_path), plan.needs)
    assert [record.name for record in plan.sequence(table).records] == ["b.png", "c.png", "a.png"]
    street_map, wall_map, _ = depth_maps(table)
    assert street_map.shape == (96, 96)
    assert street_map[-1].mean() > 0.95
    assert street_map[0].mean() == 0
    assert wall_map.mean() > 0.85
    assert depth_maps(i2s.measure(i2s.discover(tmp_path), ["luminance"])) is None


def test_a_film_with_parallax_has_depth_measured_by_the_network_of_its_plan(tmp_path):
    for name, scene in (("a", street()), ("b", interior())):
        Image.fromarray(scene).save(tmp_path / f"{name}.png")
    film = i2s.Film(size=(160, 120), motion=i2s.Parallax(0.1), fps=10)
    plan = i2s.SequencePlan(
        "moving", order="name", outputs=[film], music=None, seconds_per_image=0.5, passes=[Depth(Brightness())]
    )
    assert "depth_spread" in plan.needs.features
    i2s.run([plan], root=tmp_path, outputs=tmp_path / "outputs", cache=tmp_path / "cache")
    with av.open(str(tmp_path / "outputs" / "moving" / "sequence.mp4")) as written:
        frames = [frame.to_ndarray(format="gray").astype(int) for frame in written.decode(video=0)]
    bottom, top = (np.abs(frames[4][rows] - frames[0][rows]).mean() for rows in (slice(90, 120), slice(0, 30)))
    assert len(frames) == 10
    assert bottom > 1 > top


def test_a_montage_of_faces_has_no_parallax():
    plan = i2s.FaceMontagePlan("me", outputs=[i2s.Film(motion="parallax")])
    with pytest.raises(ConfigError, match=r"motion='parallax' needs the depth of frames.*KenBurns\(\)"):
        plan.check()


def test_values_depend_on_the_network_and_its_fields():
    every = [Depth(Brightness()), Depth(Brightness(2.0)), Depth(Brightness(), input_size=300)]
    assert len({pass_version(each) for each in every}) == 3
    assert pass_version(Depth(Brightness())) == pass_version(every[0])


@pytest.mark.parametrize("fields", [{"model": 3}, {"model": " "}, {"input_size": 10}, {"input_size": True}])
def test_what_makes_no_sense_is_refused(fields):
    with pytest.raises(ConfigError, match=f"Depth.{next(iter(fields))}="):
        Depth(**fields)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A folder with a small network of transformers, its weights and its preprocessing."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("models") / "tiny-depth"
    backbone = transformers.Dinov2Config(
        hidden_size=16, num_hidden_layers=4, num_attention_heads=2, image_size=56, patch_size=14,
        out_features=["stage1", "stage2", "stage3", "stage4"], reshape_hidden_states=False,
    )  # fmt: skip
    made = transformers.DepthAnythingConfig(
        backbone_config=backbone, reassemble_hidden_size=16, neck_hidden_sizes=[8] * 4, fusion_hidden_size=8,
        head_hidden_size=4, patch_size=14,
    )  # fmt: skip
    torch.manual_seed(0)
    network = transformers.DepthAnythingForDepthEstimation(made)
    torch.nn.init.constant_(network.head.conv3.bias, 1.0)
    network.save_pretrained(folder)
    processor = transformers.DPTImageProcessor(
        size={"height": 56, "width": 56}, keep_aspect_ratio=True, ensure_multiple_of=14,
        image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225],
    )  # fmt: skip
    processor.save_pretrained(folder)
    return folder


@pytest.fixture
def settings(tmp_path):
    return config.resolve({"MODELS": tmp_path / "models", "CACHE": tmp_path / "cache"}, {})


def directly(folder, image):
    """What transformers gives when it is called directly."""
    import torch
    import transformers

    network = transformers.DepthAnythingForDepthEstimation.from_pretrained(folder, local_files_only=True).eval()
    processor = transformers.AutoImageProcessor.from_pretrained(folder, local_files_only=True)
    with torch.inference_mode():
        found = network(**processor(images=Image.fromarray(image), return_tensors="pt"))
    return processor.post_process_depth_estimation(found, [image.shape[:2]])[0]["predicted_depth"].numpy()


def test_a_checkpoint_gives_what_transformers_gives(checkpoint, settings):
    images = [street(), wall(60, 120), interior()]
    for model in (checkpoint, str(checkpoint / "model.safetensors")):
        located = HubDepth(model, "cpu").located(settings)
        located.prepare()
        found = located.disparity(images)
        for image, disparity in zip(images, found, strict=True):
            assert disparity == pytest.approx(directly(checkpoint, image), abs=1e-4)
            assert disparity.shape == image.shape[:2]


def test_a_pass_is_the_same_on_another_worker(checkpoint, settings):
    located = Depth(checkpoint, device="cpu").located(settings)
    sent = pickle.loads(pickle.dumps(located))
    assert pass_version(sent) == pass_version(located)
    assert sent.measure([street()])[0].columns == located.measure([street()])[0].columns


def test_a_network_in_models_is_found_by_its_name_also_for_that_of_the_hub(checkpoint, settings):
    settings.models.mkdir()
    shutil.copytree(checkpoint, settings.models / "tiny-depth")
    for name in ("tiny-depth", "someone/tiny-depth"):
        located = Depth(name).located(settings)
        located.prepare()
        assert located.model.model == settings.models / "tiny-depth"
    assert pass_version(located) == pass_version(Depth(checkpoint).located(settings))


def test_a_network_of_metres_is_turned_into_disparity(checkpoint, settings, tmp_path):
    metric = tmp_path / "metric"
    shutil.copytree(checkpoint, metric)
    described = json.loads((metric / "config.json").read_text())
    (metric / "config.json").write_text(json.dumps(described | {"depth_estimation_type": "metric", "max_depth": 20}))
    (disparity,) = HubDepth(metric, "cpu").disparity([street()])
    assert 1 / disparity == pytest.approx(directly(metric, street()), rel=1e-3)


def test_weights_that_do_not_fit_are_refused_with_file_and_reason(checkpoint, tmp_path):
    from safetensors.torch import load_file, save_file

    other = tmp_path / "other"
    shutil.copytree(checkpoint, other)
    state = load_file(other / "model.safetensors")
    save_file({name: value for name, value in state.items() if "head.conv3" not in name}, other / "model.safetensors")
    with pytest.raises(ConfigError, match=r"other/model.safetensors does not fit .*config.json: it lacks head.conv3"):
        HubDepth(other, "cpu").disparity([wall()])


@pytest.mark.parametrize(
    ("removed", "why"),
    [("model.safetensors", "no weights in"), ("preprocessor_config.json", "no preprocessor_config.json")],
)
def test_a_folder_that_lacks_a_file_is_refused_before_any_work(checkpoint, settings, tmp_path, removed, why):
    broken = tmp_path / "broken"
    shutil.copytree(checkpoint, broken)
    (broken / removed).unlink()
    with pytest.raises(ConfigError, match=why):
        Depth(broken).located(settings).prepare()


def test_a_network_for_something_else_and_a_damaged_file_are_refused_before_any_work(checkpoint, settings, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(checkpoint, broken)
    (broken / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(ConfigError, match="Depth refuses .*model.safetensors"):
        Depth(broken).located(settings).prepare()
    shutil.copy(checkpoint / "model.safetensors", broken)
    (broken / "config.json").write_text('{"architectures": ["ViTForImageClassification"]}')
    with pytest.raises(ConfigError, match="ViTForImageClassification, not one for depth"):
        Depth(broken).located(settings).prepare()


def test_offline_the_default_network_is_one_line_with_the_command(monkeypatch, tmp_path):
    hub = pytest.importorskip("huggingface_hub")
    pytest.importorskip("transformers")
    monkeypatch.setattr(hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(hub, "try_to_load_from_cache", lambda *_: None)
    with pytest.raises(ConfigError, match=r"HF_HUB_OFFLINE.*hf download depth-anything/\S+ --local-dir") as raised:
        i2s.measure(i2s.discover(folder_of(tmp_path)), ["depth_spread"])
    assert "\n" not in str(raised.value)


def test_a_missing_package_is_named_with_its_install_line(monkeypatch, tmp_path):
    find = weights.importlib.util.find_spec
    monkeypatch.setattr(
        weights.importlib.util, "find_spec", lambda name: None if name == "transformers" else find(name)
    )
    with pytest.raises(MissingExtra, match=r"transformers.*\[depth\]"):
        measure_for(i2s.discover(folder_of(tmp_path)), Needs(frozenset({"far_share"})))


def test_a_model_that_is_nowhere_is_refused(settings):
    with pytest.raises(ConfigError, match=r"Depth\(model='no-such'\): there is no such folder or file.*MODELS"):
        Depth("no-such").located(settings)
    with pytest.raises(ConfigError, match="there is no such"):
        replace(HubDepth(), model="./no/such").located(settings)


def folder_of(path):
    Image.fromarray(wall()).save(path / "wall.png")
    return path
