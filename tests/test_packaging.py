"""The door of the house: one version, a valid workflow, and files that strangers look for."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import rnnforecast

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def yaml_of(name: str) -> dict[Any, Any]:
    content = yaml.safe_load((ROOT / name).read_text("utf-8"))
    assert isinstance(content, dict)
    return content


def test_the_version_is_written_once() -> None:
    assert "version" in PROJECT["project"]["dynamic"]
    assert PROJECT["tool"]["hatch"]["version"] == {"path": "rnnforecast/__init__.py"}
    written = re.compile(rf'version.{{0,20}}["\s]{re.escape(rnnforecast.__version__)}\b', re.I)
    files = [*ROOT.glob("*.toml"), *ROOT.glob("*.cff"), *(ROOT / "rnnforecast").rglob("*.py")]
    holding = [
        str(file.relative_to(ROOT)) for file in files if written.search(file.read_text("utf-8"))
    ]
    assert [name for name in holding if name not in OF_THE_PAST] == ["rnnforecast/__init__.py"]
    assert importlib.metadata.version("rnnforecast") == rnnforecast.__version__


OF_THE_PAST = ("rnnforecast/pipeline/export.py", "rnnforecast/runs/folder.py")
"""What they say of version 0.1.0 stays true when there is a newer one."""


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("github-workflows", ".github/workflows/ci.yml"),
        ("citation-file-format", "CITATION.cff"),
    ],
)
def test_files_of_the_forge_fulfil_their_published_schemas(schema: str, file: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    result = subprocess.run([*command, str(ROOT / file)], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_workflow_tries_every_python_on_every_system_and_the_newest_packages_every_night() -> (
    None
):
    workflow = yaml_of(".github/workflows/ci.yml")
    triggers = workflow[True]  # YAML 1.1 reads "on" as true
    assert {"push", "pull_request", "schedule"} <= set(triggers)
    jobs = workflow["jobs"]
    matrix = jobs["tests"]["strategy"]["matrix"]
    assert {name.partition("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    bounds = re.findall(r"3\.(\d+)", PROJECT["project"]["requires-python"])
    pythons = [f"3.{minor}" for minor in range(int(bounds[0]), int(bounds[1]))]
    assert matrix["python"] == pythons
    lines = [step.get("run", "") for job in jobs.values() for step in job["steps"]]
    assert ".ci/run" in lines and (ROOT / ".ci" / "run").is_file()
    assert any("--upgrade-strategy eager" in line for line in lines)
    assert all(job["timeout-minutes"] <= 90 for job in jobs.values())


def test_every_make_target_that_a_script_or_page_calls_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    called = set()
    for name in (".ci/run", "CONTRIBUTING.md", "README.md", "docs/architecture.md", "SECURITY.md"):
        text = (ROOT / name).read_text("utf-8")
        for words in re.findall(r"(?:^ *|`)make ((?:[a-z-]+ ?)+)", text, re.M):
            called |= set(words.split())
    assert {"lint", "types", "wheel", "test"} <= called <= targets


def test_the_hooks_before_a_commit_are_valid_and_those_of_the_checks() -> None:
    subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-config", ".pre-commit-config.yaml"],
        cwd=ROOT,
        check=True,
    )
    hooks = [hook for repo in yaml_of(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    assert {hook["entry"].split()[0] for hook in hooks} == {"ruff", "mypy"}


def test_a_stranger_finds_licence_security_changes_citation_and_the_way_in() -> None:
    for name in ("LICENSE", "SECURITY.md", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md"):
        assert len((ROOT / name).read_text("utf-8")) > 200, name
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "## Unreleased" in changes and "keepachangelog.com" in changes
    citation, project = yaml_of("CITATION.cff"), PROJECT["project"]
    assert (citation["title"], citation["license"]) == (project["name"], project["license"])
    assert "Typing :: Typed" in project["classifiers"]
