#!/usr/bin/env bash
# run_suite_test.sh RUNNER: shows that run_suite.sh fails when it has to. RUNNER is a real test runner.
set -euo pipefail
cd "$(dirname "$0")"

fake=$(mktemp)
trap 'rm -f "$fake"' EXIT
chmod +x "$fake"
failed=0

# expect pass|fail WHAT RUNNER SUITE
expect() {
  local outcome=fail
  bash ./run_suite.sh "$3" "$4" >/dev/null 2>&1 && outcome=pass
  if [[ $outcome != "$1" ]]; then
    echo "$2: expected $1, got $outcome"
    failed=1
  fi
}

# fake_runner BODY: makes `fake` a runner with this body.
fake_runner() { printf '#!/bin/sh\n%s\n' "$1" >"$fake"; }

expect pass "a suite that passes" "$1" config.readme
expect fail "a suite that does not exist" "$1" config.readm
expect fail "a name in which a dot would match any character" "$1" config.r.adme
fake_runner 'echo "  checks:  3" >&2'
expect pass "checks that pass" "$fake" a.suite
fake_runner 'echo "  checks:  3 (2/1)" >&2; exit 1'
expect fail "a check that fails" "$fake" a.suite
fake_runner 'echo "  checks:  0" >&2'
expect fail "no check" "$fake" a.suite
fake_runner 'exit 0'
expect fail "a runner that does nothing" "$fake" a.suite
fake_runner 'echo "  checks:  3" >&2; kill -ABRT $$'
expect fail "a runner that dies after its summary" "$fake" a.suite
exit "$failed"
