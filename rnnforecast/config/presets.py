"""The configs that come with the package."""

from __future__ import annotations

from pathlib import Path


def preset_folder() -> Path:
    """Return the folder of the presets: inside the installed package,
    or beside it in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "configs"
    return inside if inside.is_dir() else package.parent / "configs"


def presets() -> dict[str, Path]:
    """Return the shipped presets by name."""
    return {path.stem: path for path in sorted(preset_folder().glob("*.yaml"))}


def describe_presets() -> dict[str, str]:
    """Describe each preset by its first line."""
    return {
        name: path.read_text("utf-8").splitlines()[0].lstrip("# ")
        for name, path in presets().items()
    }
