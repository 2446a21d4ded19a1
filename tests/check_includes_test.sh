#!/usr/bin/env bash
# Shows that check_includes.sh refuses what it has to, and nothing else.
set -euo pipefail
cd "$(dirname "$0")"

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

# expect pass|fail FILE LINE: a project with nothing but this line in this file
expect() {
  local outcome=fail
  rm -rf "${tree:?}"/*
  mkdir -p "$tree/$(dirname "$2")"
  printf '#include <string>\n%s\n' "$3" >"$tree/$2"
  bash ./check_includes.sh "$tree" >/dev/null && outcome=pass
  if [[ $outcome != "$1" ]]; then
    echo "$2 with '$3': expected $1, got $outcome"
    failed=1
  fi
}

expect pass domain/a.hpp '#include "domain/b.hpp"'
expect pass storage/memory/a.cpp '#include "storage/b.hpp"'
expect pass actors/a.cpp '#include <caf/actor.hpp>'
expect pass http/a.cpp '#include "actors/b.hpp"'
expect pass http/httplib_listener.cpp '#include <httplib.h>'
expect pass http/handlers/a.cpp '#include <boost/json/value.hpp>'
expect pass telemetry/a.cpp '#include <spdlog/async.h>'
expect pass http/tls_stream.cpp '#include <openssl/ssl.h>'
expect pass config/a.cpp '#include <CLI/CLI.hpp>'
expect pass main.cpp '#include "http/a.hpp"'
expect pass main.cpp '#include "commands/a.hpp"'
expect pass commands/a.cpp '#include "transfer/b.hpp"'
expect pass commands/a.cpp '#include "storage/rocksdb/b.hpp"'
expect pass transfer/a.cpp '#include "http/formats/a.hpp"'
expect pass transfer/a.cpp '#include "http/json_text.hpp"'
expect pass transfer/a.cpp '#include "storage/rocksdb.hpp"'
expect pass transfer/server_client.cpp '#include <httplib.h>'
expect pass actors/port.hpp '#if CAF_VERSION < 1800'

expect fail domain/a.hpp '#include "actors/b.hpp"'
expect fail domain/a.hpp '#  include "storage/b.hpp"'
expect fail http/asio_connection.cpp '#include <openssl/ssl.h>'
expect fail domain/a.cpp '#include <caf/error.hpp>'
expect fail domain/a.cpp '#include "caf/error.hpp"'
expect fail domain/a.cpp '#include <boost/json.hpp>'
expect fail domain/a.cpp '#include <httplib.h>'
expect fail domain/a.cpp '#include <spdlog/spdlog.h>'
expect fail storage/memory/a.cpp '#include "actors/b.hpp"'
expect fail config/a.cpp '#include "http/b.hpp"'
expect fail telemetry/a.cpp '#include "actors/b.hpp"'
expect fail actors/a.cpp '#include "http/b.hpp"'
expect fail actors/a.cpp '#include <spdlog/spdlog.h>'
expect fail actors/a.cpp '#include "telemetry/log.hpp"'
expect fail http/router.cpp '#include <httplib.h>'
expect fail http/httplib_listener.hpp '#include <httplib.h>'
expect fail http/router.cpp '#include "http/httplib_connection.hpp"'
expect fail http/httplib_listener_more.cpp '#include <httplib.h>'
expect fail http/handlers/feed.cpp '#include <httplib.h>'
expect fail http/a.cpp '#include "storage/b.hpp"'
expect fail http/a.cpp '#include "transfer/b.hpp"'
expect fail transfer/a.cpp '#include "http/api.hpp"'
expect fail transfer/a.cpp '#include "http/handlers/b.hpp"'
expect fail transfer/a.cpp '#include "actors/b.hpp"'
expect fail transfer/a.cpp '#include <httplib.h>'
expect fail transfer/a.cpp '#include "storage/rocksdb/b.hpp"'
expect fail http/a.cpp '#include "a.hpp"'
expect fail http/handlers/a.cpp '#include "../b.hpp"'
expect fail actors/a.cpp '#include SOMETHING'
expect fail actors/a.cpp '#if KINORA_CAF_LEGACY'
expect fail main.cpp '#include "transfer/a.hpp"'
expect fail commands/a.cpp '#include "http/b.hpp"'
expect fail commands/a.cpp '#include "telemetry/log.hpp"'
expect fail commands/a.cpp '#include <caf/actor.hpp>'
expect fail transfer/a.cpp '#include "commands/b.hpp"'
expect fail util/a.cpp ''

rm -rf "${tree:?}"/*
if bash ./check_includes.sh "$tree" >/dev/null; then
  echo "an empty project: expected fail, got pass"
  failed=1
fi
exit "$failed"
