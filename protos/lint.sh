#!/bin/sh
# buf lint over the contract. buf comes with npm; without npm it is skipped, aloud.
set -eu
cd "$(dirname "$0")/.."
BUF_VERSION=1.75.0
if command -v buf >/dev/null 2>&1; then
  buf lint gen/contract-with-imports.binpb --config protos/buf.yaml
elif command -v npx >/dev/null 2>&1; then
  npx --yes "@bufbuild/buf@$BUF_VERSION" lint gen/contract-with-imports.binpb --config protos/buf.yaml
else
  echo "buf lint skipped: install npm (or buf itself) to check the contract's style" >&2
fi
