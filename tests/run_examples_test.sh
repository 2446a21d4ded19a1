#!/usr/bin/env bash
# run_examples_test.sh KINORA: shows that run_examples.sh fails when it has to.
set -euo pipefail
binary=$(realpath "$1")
cd "$(dirname "$0")"

file=$(mktemp)
trap 'rm -f "$file"' EXIT
failed=0

# expect pass|fail WHAT LINE...: the lines are the examples
expect() {
  local wanted=$1 what=$2 outcome=fail
  shift 2
  printf '%s\n' 'Text.' '```sh' "$@" '```' 'More text.' >"$file"
  bash ./run_examples.sh "$binary" "$file" >/dev/null 2>&1 && outcome=pass
  if [[ $outcome != "$wanted" ]]; then
    echo "$what: expected $wanted, got $outcome"
    failed=1
  fi
}

health='curl -s http://127.0.0.1:8080/health'
flags='curl -s http://127.0.0.1:8081/admin/v1/flags'
expect pass "what is so" "$health" '# 200 {"status":…thy"}'
expect pass "the status alone" "$flags" '# 401'
expect pass "the token, across blocks" "header=\"Authorization: Bearer \$TOKEN\"" '```' '```sh' \
  "$flags -H \"\$header\"" '# 200' '' "$health" '# 200'
expect pass "what is captured" "out=\$($health)" '# 200' "echo \"\$out\"; $health >/dev/null" '# 200 healthy'
expect fail "another status" "$health" '# 201'
expect fail "a text that is not there" "$health" '# 200 sick'
expect fail "texts in another order" "$health" '# 200 healthy…status'
expect fail "a text of the command before" "$health" '# 200' "$flags" '# 401 healthy'
expect fail "a curl of which nothing is said" "$health" '# 200' "$flags"
expect fail "an answer that does not come" 'curl -s http://127.0.0.1:1/' '# 200'
expect fail "a command that fails" "$health; false" '# 200'
expect fail "no example at all" 'true'
expect fail "a server that ends" "$health" '# 200' 'kill -9 "$server"; wait "$server" || true'
binary=/bin/false
expect fail "a server that does not start" "$health" '# 200'
exit "$failed"
