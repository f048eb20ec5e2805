"""Generate Python code and a described descriptor set from the contract into ``gen/``.

The code is never committed. No package has ``buf/validate/validate.proto`` as text, but
protovalidate has its descriptor, and protoc accepts descriptors as well as text.
"""

import importlib.resources
import shutil
import sys
from pathlib import Path

import google.api.annotations_pb2  # the module's folder is the include path of google/api
from google.protobuf import (
    descriptor_pb2,
    duration_pb2,
    field_mask_pb2,
    timestamp_pb2,
)
from grpc_tools import protoc
from protovalidate._gen.buf.validate import validate_pb

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
GENERATED = ROOT / "gen"
OUT = ROOT / "gen.new"


def validate_descriptors(path: Path) -> None:
    """Write the descriptors of buf/validate and its imports to ``path`` for protoc."""
    files = descriptor_pb2.FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2):
        module.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.add().ParseFromString(validate_pb._DESC.proto.to_binary())
    path.write_bytes(files.SerializeToString())


def run(*arguments: str) -> None:
    """Run protoc. If it fails, exit with its status."""
    status = protoc.main(["protoc", *arguments])
    if status:
        sys.exit(status)


def main() -> None:
    """Generate everything again. If the contract has errors, the old generated files stay."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    validate = OUT / "validate.binpb"
    validate_descriptors(validate)
    generate_code(include_paths(validate))
    validate.unlink()
    shutil.rmtree(GENERATED, ignore_errors=True)
    OUT.rename(GENERATED)


def include_paths(validate: Path) -> list[str]:
    """Return the folders in which protoc finds the contract and its imports."""
    google_apis = Path(google.api.annotations_pb2.__file__).parents[2]
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    return [
        f"-I{PROTOS}",
        f"-I{google_apis}",
        f"-I{well_known}",
        f"--descriptor_set_in={validate}",
    ]


def generate_code(include: list[str]) -> None:
    """Generate code, types, and the two descriptor sets."""
    sources = sorted(str(p.relative_to(PROTOS)) for p in PROTOS.rglob("*.proto"))
    plugins = Path(sys.executable).parent
    run(*include, f"--python_out={OUT}", "buf/validate/validate.proto")
    run(
        *include,
        f"--plugin=protoc-gen-mypy={plugins / 'protoc-gen-mypy'}",
        f"--plugin=protoc-gen-mypy_grpc={plugins / 'protoc-gen-mypy_grpc'}",
        f"--python_out={OUT}",
        f"--grpc_python_out={OUT}",
        f"--mypy_out=quiet:{OUT}",
        f"--mypy_grpc_out=quiet:{OUT}",
        f"--descriptor_set_out={OUT / 'contract.binpb'}",
        "--include_source_info",
        *sources,
    )
    # buf can't find the imports, so it lints a descriptor set that includes all of them.
    run(
        *include,
        f"--descriptor_set_out={OUT / 'contract-with-imports.binpb'}",
        "--include_imports",
        "--include_source_info",
        *sources,
    )


if __name__ == "__main__":
    main()
