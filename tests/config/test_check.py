from pathlib import Path

import pytest
import yaml

from twostream.config import check, schema
from twostream.errors import InputError

ROOT = Path(__file__).parents[2]


def refusal(sections) -> str:
    with pytest.raises(InputError) as refused:
        check.check(sections)
    message = str(refused.value)
    assert "\n" not in message
    return message


def test_nothing_given_is_complete():
    settings = check.check({})
    assert settings["flow"]["tvl1"]["lambda"] == 0.15
    assert settings["streams"]["temporal"]["stack"] == 10


def test_check_leaves_what_was_given_alone():
    sections = {"flow": {"bound": 7}}
    check.check(sections)
    assert sections == {"flow": {"bound": 7}}


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"flwo": {}}, ["config: flwo: is unknown", "did you mean flow?", "choose one of compute, dataset"]),
        ({"flow": {"bond": 3}}, ["flow.bond: is unknown", "did you mean flow.bound?"]),
        ({"bound": 7}, ["config: bound: is unknown", "did you mean flow.bound?"]),
        ({"flow": {"bound": -1}}, ["flow.bound: is -1", "set it to a number, above 0, at most 1000"]),
        ({"flow": {"bound": "20"}}, ["flow.bound: is '20'", "a number"]),
        ({"flow": {"bound": float("nan")}}, ["flow.bound: is nan", "a number"]),
        ({"flow": {"bound": True}}, ["flow.bound: is True", "a number"]),
        ({"index": {"shards": 2.0}}, ["index.shards: is 2.0", "a whole number"]),
        ({"index": {"group_pattern": "(("}}, ["index.group_pattern", "regex"]),
        ({"frames": []}, ["frames: is []", "a mapping"]),
        ({"test": {"protocol": "mine"}}, ["test.protocol: is 'mine'", "one of ref19, tsn25x10, center25"]),
        ({"streams": {}}, ["streams: is {}", "at least 1"]),
        ({"streams": {"Spatial": {"modality": "rgb"}}}, ["Spatial", "small letters"]),
        ({"streams": {"a": {}}}, ["streams.a.modality: is missing", "one of rgb, flow"]),
        ({"streams": {"a": {"modality": "rgb", "lr": "1e-3"}}}, ["streams.a.lr: is '1e-3'", "write 1e-3 as 1.0e-3"]),
        (
            {"streams": {"a": {"modality": "flow", "stack": 12}}},
            ["streams.a.stack: is 12", "at most test.stack, 10"],
        ),
        (
            {"streams": {"a": {"modality": "rgb", "largest_crop": 0.5}}},
            ["a.smallest_crop: is 0.75", "largest_crop, 0.5"],
        ),
        (
            {"streams": {"a": {"modality": "flow", "colour_jitter": 0.4}}},
            ["a.colour_jitter: is 0.4", "set it to 0"],
        ),
        (
            {"streams": {"a": {"modality": "rgb", "architecture": "alexnet", "size": 48}}},
            ["a.size: is 48", "raise it to at least 63"],
        ),
        ({"streams": {"a": {"modality": "rgb", "schedule": "step"}}}, ["streams.a.steps: is []", "add the epochs"]),
        ({"streams": {"a": {"modality": "rgb", "seed": 2**70}}}, ["streams.a.seed: is 118", "at most 4294967295"]),
        ({"test": {"crops": 3}}, ["test.crops: is 3", "1, 5, 10"]),
        ({"flow": {"codec": "mp4"}}, ["flow.codec: is 'mp4'", "set it to one of zstd"]),
        (
            {"streams": {"a": {"modality": "flow", "stack": 10}}, "validation": {"stack": 5}},
            ["streams.a.stack: is 10", "validation.stack, 5"],
        ),
        ({"streams": {"a": {"modality": "rgb", "architecture": "lenet"}}}, ["architecture: is 'lenet'", "resnet101"]),
        (
            {"streams": {"a": {"modality": "rgb", "architecture": "vit_b_16", "size": 112}}},
            ["streams.a.size: is 112", "set it to 224, the size of vit_b_16"],
        ),
        (
            {"streams": {"a": {"modality": "rgb", "class_sampling": "balanced", "class_weights": "balanced"}}},
            ["streams.a.class_sampling: is 'balanced'", "set it or class_weights to none"],
        ),
        (
            {"streams": {"a": {"modality": "rgb", "accumulate": 64}}},
            ["streams.a.accumulate: is 64", "at most batch, 32"],
        ),
        ({"streams": {"a": {"modality": "rgb", "steps": [0]}}}, ["streams.a.steps.0: is 0", "at least 1"]),
        ({"validation": {"by": "luck"}}, ["validation.by: is 'luck'", "one of group, test, none"]),
        *(
            ({"compute": {"scheduler": address}}, [f"compute.scheduler: is {address!r}", "tcp://host:8786"])
            for address in ("tcp://a", "http://a:1", "tcp://a;touch$IFS/tmp/b:1", "tcp://{a}:1", "tcp://a>b:1")
        ),
        ({"compute": {"device": "tpu"}}, ["compute.device: is 'tpu'", "auto, cpu, cuda"]),
        ([], ["config: is []", "set it to a mapping"]),
    ],
)
def test_a_refusal_names_the_key_its_value_and_what_is_allowed(sections, words):
    message = refusal(sections)
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"dataset": {"folder": ""}}, ["dataset.folder: is ''", "set it to text"]),
        ({"dataset": {"splits": "lists"}}, ["dataset.splits: is 'lists', without", "set dataset.folder too"]),
        ({"compute": {"cache_root": "s3://bucket/cache"}}, ["compute.cache_root: is 's3://bucket/cache'", "set it to"]),
        *(
            ({"compute": {"cache_root": path}}, [f"compute.cache_root: is {path!r}", "no folder of this", "set it to"])
            for path in ("s3:/bucket/cache", "nas:/share/cache", "C:/cache", "C:\\cache")
        ),
        *(
            ({"compute": {"cache_root": path}}, [f"nothing is put in for {path[:-2]}", "set it to the whole path"])
            for path in ("~nobodyx/c", "$HOME/c", "$(pwd)/c", "%TEMP%/c")
        ),
        ({"dataset": {"folder": "$VIDEOS"}}, ["dataset.folder: is '$VIDEOS'", "set it to the whole path"]),
        ({"dataset": {"folder": "a\0b"}}, ["dataset.folder: is 'a\\x00b'", "set it to the path"]),
    ],
)
def test_a_folder_that_is_none_is_refused(given, words):
    message = refusal(given)
    for word in words:
        assert word in message


def test_a_tilde_is_the_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    settings = check.check({"dataset": {"folder": "~/videos", "splits": "~"}, "compute": {"cache_root": "~/c"}})
    assert settings["dataset"]["folder"] == "/home/me/videos"
    assert settings["dataset"]["splits"] == "/home/me"
    assert settings["compute"]["cache_root"] == "/home/me/c"
    assert check.check({"dataset": {"folder": "a~b"}})["dataset"]["folder"] == "a~b"


@pytest.mark.parametrize("name", ["$HOME", "~old", "C:", "%x%"])
def test_a_folder_that_is_there_may_be_called_as_a_variable(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name / "videos").mkdir(parents=True)
    for path in (f"{name}/videos", f"./{name}/other"):
        assert check.check({"dataset": {"folder": path}})["dataset"]["folder"] == path


def test_a_file_that_is_no_yaml_is_refused(tmp_path):
    (tmp_path / "config.yaml").write_text("flow: [")
    with pytest.raises(InputError, match="not a YAML file"):
        check.load(tmp_path / "config.yaml")


@pytest.mark.parametrize("path", [ROOT / "config.yaml", *sorted((ROOT / "presets").glob("*.yaml"))], ids=str)
def test_what_we_ship_passes(path):
    check.load(path)


def test_the_preset_has_the_settings_of_the_reference():
    settings = check.load(ROOT / "presets" / "ucf101.yaml")
    spatial, temporal = settings["streams"]["spatial"], settings["streams"]["temporal"]
    assert (spatial["lr"], spatial["momentum"], spatial["segments"]) == (5e-4, 0.9, 3)
    assert (temporal["lr"], temporal["batch"], temporal["stack"], temporal["segments"]) == (0.01, 32, 10, 1)
    for stream in (spatial, temporal):
        assert stream["architecture"] == "resnet101"
        assert stream["pretrained"] == "imagenet_v1"
        assert (stream["smallest_crop"], stream["largest_crop"], stream["crop"]) == (224 / 256, 224 / 256, "random")
        assert (stream["size"], stream["optimiser"], stream["schedule"]) == (224, "sgd", "plateau")
    assert settings["test"] == {"protocol": "ref19", "crops": None, "samples": None, "keep_crops": False, "stack": 10}


def test_every_setting_is_documented_and_bounded():
    def rules(rule, name=""):
        yield name, rule
        for child, inner in rule.get("properties", {}).items():
            yield from rules(inner, f"{name}.{child}")
        if isinstance(rule.get("additionalProperties"), dict):
            yield from rules(rule["additionalProperties"], f"{name}.*")

    for name, rule in rules(schema.read()):
        if "properties" in rule:
            assert rule["additionalProperties"] is False, name
        elif name:
            assert rule["description"].endswith("."), name
            kinds = rule.get("type", [])
            if "integer" in kinds or "number" in kinds:
                assert {"minimum", "exclusiveMinimum"} & rule.keys(), name


def test_leaves_are_all_the_settings():
    leaves = schema.leaves(schema.read())
    assert "flow.tvl1.lambda" in leaves
    assert "streams.*.lr" in leaves
    assert len(leaves) == len(set(leaves))
    for line in yaml.safe_load((ROOT / "config.yaml").read_text())["flow"]["tvl1"]:
        assert f"flow.tvl1.{line}" in leaves
