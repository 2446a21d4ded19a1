#!/usr/bin/env bash
# run_examples.sh KINORA FILE: runs the examples of a Markdown file against a demo server of their own, in order
# and in one shell, and fails when one does not do what the file says.
#
# Examples are the blocks fenced with ```sh. A comment such as
#   # 200 {"status":…"restarts":1
# says what the commands above it come to: the status of the last curl, and text to be found in the output, in
# which … stands for anything. Every curl is followed by one. The ports 8080 and 8081 stand for those of the
# server, and $TOKEN for its token.
set -euo pipefail

binary=$(realpath "$1")
file=$(realpath "$2")
folder=$(mktemp -d)
token=token-of-the-examples
start_timeout_sec=20
expectation='^# ([1-5][0-9][0-9])( (.*))?$'

: >"$folder/log"
"$binary" serve --demo --chaos --port 0 --admin-port 0 --admin-token "$token" --data-dir "$folder" \
  --backup-dir "$folder/backups" \
  --feed-budget-ms 4000 --ranking-timeout-ms 2000 --signal-store-timeout-ms 2000 --cache-timeout-ms 1000 \
  >>"$folder/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT

fail() {
  printf 'run_examples.sh: %s\n' "$@" >&2
  exit 1
}

# port_of LISTENER: prints the port from the log's line "listening", nothing until it is there
port_of() { sed -n "/\"msg\":\"listening\"/ { /\"listener\":\"$1\"/ s/.*\"port\":\([0-9]*\).*/\1/p }" "$folder/log"; }

deadline=$((SECONDS + start_timeout_sec))
until [[ -n $(port_of public) && -n $(port_of admin) ]]; do
  kill -0 "$server" 2>/dev/null || fail "the server does not start:" "$(<"$folder/log")"
  ((SECONDS < deadline)) || fail "the server does not start in time"
  sleep 0.05
done

# Line number, a colon and the line, of every line in a block and of the fence that ends it.
examples=$(awk '/^```sh$/ { inside = 1; next } inside { print NR ":" $0 } /^```/ { inside = 0 }' "$file" |
  sed "s/127\.0\.0\.1:8080/127.0.0.1:$(port_of public)/g; s/127\.0\.0\.1:8081/127.0.0.1:$(port_of admin)/g")

# The examples run below, with these at hand.
mkdir "$folder/build" && echo "$token" >"$folder/build/up.token" # where ./dev up leaves it
cd "$folder"
export TOKEN=$token
curl() { command curl -m 10 -w '%{stderr}%{http_code}\n' "$@" 2>>"$folder/status"; }

# check LINE STATUS TEXT: compares with what the last commands left behind
check() {
  local rest part parts status
  status=$(tail -n 1 "$folder/status")
  [[ $status == "$2" ]] || fail "$file:$1: status $status, not $2" "$(<"$folder/output")"
  rest=$(<"$folder/output")
  mapfile -t parts <<<"${3//…/$'\n'}"
  for part in "${parts[@]}"; do
    [[ $rest == *"$part"* ]] || fail "$file:$1: '$part' is not there:" "$(<"$folder/output")"
    rest=${rest#*"$part"}
  done
}

# run LINE COMMANDS: runs what stands above a line, in this shell
run() {
  : >"$folder/status"
  eval "$2" >"$folder/output" || fail "$file:$1: the commands above fail" "$(<"$folder/output")" "$(<"$folder/status")"
}

commands=
checked=0
while IFS= read -r entry; do
  line=${entry%%:*}
  text=${entry#*:}
  if [[ $text =~ $expectation ]]; then
    status=${BASH_REMATCH[1]} wanted=${BASH_REMATCH[3]}
    run "$line" "$commands"
    check "$line" "$status" "$wanted"
    commands=
    checked=$((checked + 1))
  elif [[ $text != '```' ]]; then
    commands+=$text$'\n'
  else
    [[ $commands != *curl* ]] || fail "$file:$line: nothing says what the curl above comes to"
    run "$line" "$commands"
    commands=
  fi
done <<<"$examples"

[[ $checked -gt 0 ]] || fail "$file has no example that is checked"
kill -0 "$server" 2>/dev/null || fail "the server has ended:" "$(<"$folder/log")"
echo "$checked examples of ${file##*/} do what it says"
