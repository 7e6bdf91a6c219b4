"""The environments of the peers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TORCH = "torch==2.13.0"
CPU_BUILDS = "https://download.pytorch.org/whl/cpu"  # elsewhere it may be gigabytes for a GPU
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
    """The Python of a peer, whose environment is made if it is not complete, and what failed.

    One that other requirements made is made anew; a folder that is no environment stays as it is.
    """
    folder, (_, requirements) = environments / name, PEERS[name]
    python, marker = folder.absolute() / "bin/python", folder / "installed"
    wanted = " ".join((TORCH, *requirements))
    if marker.exists() and marker.read_text("utf-8") == wanted:
        return python, ""
    if folder.exists() and not (folder / "pyvenv.cfg").exists():
        return python, f"{folder} is there, and no environment"
    print(f"makes {folder}", flush=True)
    install = [python, "-m", "pip", "install", "--quiet", TORCH]
    commands = (
        [sys.executable, "-m", "venv", "--clear", folder],
        [*install, "--extra-index-url", CPU_BUILDS],
        [*install, *requirements],
    )
    try:
        for command in commands:
            subprocess.run(command, check=True)
    except (subprocess.CalledProcessError, OSError) as error:
        return python, f"not installed: {error}"
    marker.write_text(wanted, encoding="utf-8")
    return python, ""
