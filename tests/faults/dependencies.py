"""What is installed with the program: versions and licences (``make audit-deps``).

Licences come from each package's own metadata. Known weaknesses need a database that this machine
may not reach: ``pip-audit`` is run where it is installed.
"""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys

OPEN = re.compile(
    r"MIT|BSD|Apache|PSF|Python Software|ISC|MPL|Mozilla|Unlicense|Zlib|HPND|CC0|LGPL|0BSD", re.I
)
"""Licences that a program under MIT may depend on."""


def required(name: str, seen: set[str]) -> set[str]:
    """Return a package and all that it needs, extras left out."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return seen
    try:
        needs = importlib.metadata.requires(key) or []
    except importlib.metadata.PackageNotFoundError:
        return seen
    seen.add(key)
    for need in needs:
        if "extra ==" not in need:
            required(re.split(r"[ ;<>=!~\[(]", need, maxsplit=1)[0], seen)
    return seen


def licence_of(name: str) -> str:
    """Return what a package says about its licence."""
    about = importlib.metadata.metadata(name)
    classifiers = [
        line.rpartition(":: ")[2]
        for line in about.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    text = about.get("License-Expression") or ", ".join(classifiers) or about.get("License") or ""
    return " ".join(text.split())[:60] or "not said"


if __name__ == "__main__":
    names = sorted(required("rnnforecast", set()))
    doubtful = []
    for package in names:
        licence = licence_of(package)
        print(f"{package:<32} {importlib.metadata.version(package):<16} {licence}")
        if not OPEN.search(licence):
            doubtful.append(package)
    print(f"{len(names)} packages; read the licence by hand of: {', '.join(doubtful) or 'none'}")
    if shutil.which("pip-audit"):
        sys.exit(subprocess.run(["pip-audit"], check=False).returncode)
    print("pip-audit is not installed: known weaknesses were not looked up")
