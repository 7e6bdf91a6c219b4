"""The environments of the peers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

TORCH = "torch==2.13.0"
PEERS = {  # name, also of the environment: module, and what is installed after torch
    "joeynmt": (
        "joeynmt",
        ("joeynmt==2.3.0", "importlib_metadata", "subword_nmt", "sentencepiece==0.2.0",
         "setuptools<81"),
    ),
    "fairseq": ("fairseq", ("fairseq==0.12.2", "numpy<1.24")),
    "eole": ("eole", ("eole==0.6.4", "aiohttp")),
    "hf": ("huggingface", ("transformers==5.24.0", "accelerate", "datasets")),
}  # fmt: skip


def environment(environments: Path, name: str) -> tuple[Path, str]:
    """The Python of a peer, whose environment is made if it is not complete, and what failed."""
    folder, (_, requirements) = environments / name, PEERS[name]
    python, marker = folder.absolute() / "bin/python", folder / "installed"
    if marker.exists():
        return python, ""
    print(f"makes {folder}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    install = [python, "-m", "pip", "install", "--quiet"]
    commands = [sys.executable, "-m", "venv", folder], [*install, TORCH]
    try:
        for command in (*commands, [*install, TORCH, *requirements]):
            subprocess.run(command, check=True)
    except (subprocess.CalledProcessError, OSError) as error:
        return python, f"not installed: {error}"
    marker.touch()
    return python, ""
