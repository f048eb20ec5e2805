"""The client libraries that `make clients` builds."""

from pathlib import Path

import pytest

_CLIENTS = Path(__file__).resolve().parents[2] / "clients"
PYTHON = _CLIENTS / "python" / ".venv" / "bin" / "python"
"""The Python that has the client."""
TYPESCRIPT = _CLIENTS / "typescript"
"""The package of the client for TypeScript."""
COMPILER = TYPESCRIPT / "node_modules" / "typescript" / "bin" / "tsc"


def require_python() -> None:
    """Skip the test if the client for Python is not built."""
    generated = _CLIENTS / "python" / "src" / "smsblaster" / "generated"
    if not (PYTHON.exists() and generated.exists()):
        pytest.skip("the client for Python is not built: run make clients")


def require_typescript() -> None:
    """Skip the test if the client for TypeScript is not built."""
    if not (COMPILER.exists() and (TYPESCRIPT / "dist").exists()):
        pytest.skip("the client for TypeScript is not built: run make clients")
