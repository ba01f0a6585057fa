"""The recipes for clusters are what Ray and Kubernetes read, and keep what the project promises."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import rnnforecast

DEPLOY = Path(__file__).parents[1] / "deploy"
FIXTURES = Path(__file__).parent / "fixtures"
KUBERNETES = "1.34"


def cluster() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "cluster.yaml").read_text()))


def manifests() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "kuberay.yaml").read_text()))


def groups() -> list[dict[str, Any]]:
    spec = manifests()[0]["spec"]
    return [spec["headGroupSpec"], *spec["workerGroupSpecs"]]


@pytest.mark.parametrize("extra", [{}, {"max_wrokers": 2}], ids=["as it is", "with a mistake"])
def test_ray_takes_the_cluster_by_its_own_schema(extra: dict[str, int]) -> None:
    pytest.importorskip("ray")
    from ray.autoscaler._private.util import prepare_config, validate_config

    if extra:
        with pytest.raises(jsonschema.ValidationError):
            validate_config(prepare_config({**cluster(), **extra}))
    else:
        validate_config(prepare_config(cluster()))


def test_nothing_is_reported_to_anybody() -> None:
    starts = cluster()["head_start_ray_commands"] + cluster()["worker_start_ray_commands"]
    starts = [command for command in starts if "ray start" in command]
    assert len(starts) == 2
    assert all(command.startswith("RAY_USAGE_STATS_ENABLED=0 ") for command in starts)
    for group in groups():
        for container in group["template"]["spec"]["containers"]:
            assert {"name": "RAY_USAGE_STATS_ENABLED", "value": "0"} in container["env"]
    assert "ENV RAY_USAGE_STATS_ENABLED=0" in (DEPLOY / "cluster.Dockerfile").read_text()


def test_every_node_has_this_version_and_the_ray_that_clients_install() -> None:
    project = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text())["project"]
    assert project["optional-dependencies"]["ray"][0].startswith("ray[client]")
    wanted = f"rnnforecast[ray]=={rnnforecast.__version__}"
    assert any(wanted in command for command in cluster()["setup_commands"])
    images = {
        container["image"]
        for group in groups()
        for container in group["template"]["spec"]["containers"]
    }
    assert images == {f"REGISTRY/rnnforecast-ray:{rnnforecast.__version__}"}
    version = manifests()[0]["spec"]["rayVersion"]
    assert f"FROM rayproject/ray:{version}-" in (DEPLOY / "cluster.Dockerfile").read_text()


def test_nodes_share_no_disk() -> None:
    assert all("volumes" not in group["template"]["spec"] for group in groups())


def test_nobody_without_the_token_is_served() -> None:
    assert cluster()["file_mounts"] == {"~/.ray/auth_token": "~/.ray/auth_token"}
    starts = cluster()["head_start_ray_commands"] + cluster()["worker_start_ray_commands"]
    starts = [command for command in starts if "ray start" in command]
    assert len(starts) == 2 and all(" RAY_AUTH_MODE=token " in command for command in starts)
    assert manifests()[0]["spec"]["authOptions"] == {"mode": "token"}


def strict(schema: Any) -> Any:
    """A schema of Kubernetes, as JSON Schema knows it."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    return {key: strict(value) for key, value in schema.items()}


@pytest.mark.parametrize(
    "mistake", [{}, {"enableAutoscaling": True}, {"authOptions": {"mode": "password"}}],
    ids=["as it is", "unknown", "no such mode"],
)  # fmt: skip
def test_kuberay_takes_the_cluster_by_its_own_schema(mistake: dict[str, Any]) -> None:
    schema = strict(json.loads((FIXTURES / "raycluster.json").read_text()))
    manifest = manifests()[0]
    manifest = {**manifest, "spec": {**manifest["spec"], **mistake}}
    mistakes = [
        error.json_path for error in jsonschema.Draft202012Validator(schema).iter_errors(manifest)
    ]
    assert bool(mistakes) == bool(mistake), mistakes


@pytest.mark.parametrize("at", [0, 1], ids=["head", "worker"])
def test_kubernetes_takes_the_pods(at: int) -> None:
    validate = pytest.importorskip("kubernetes_validate")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "node"}}
    validate.validate({**pod, "spec": groups()[at]["template"]["spec"]}, KUBERNETES, strict=True)


def test_kubernetes_takes_the_policy_which_lets_in_the_cluster_and_its_clients_alone() -> None:
    policy = manifests()[1]
    ingress = policy["spec"]["ingress"]
    assert [list(rule["from"][0]) for rule in ingress] == [["podSelector"]] * 2
    assert ingress[1]["ports"] == [{"protocol": "TCP", "port": 10001}]
    validate = pytest.importorskip("kubernetes_validate")
    validate.validate(policy, KUBERNETES, strict=True)
