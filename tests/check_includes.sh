#!/usr/bin/env bash
# check_includes.sh ROOT: fails when a file includes what its folder may not use, as the tables
# below say. Arrows go one way: http -> actors -> storage -> domain.
set -euo pipefail
cd "$1"

# folder -> what of the project it may include: folders, also folders within one, and single files
declare -A may_use=(
  [domain]="domain"
  [config]="config domain"
  [storage]="storage domain"
  [telemetry]="telemetry domain"
  [actors]="actors storage domain"
  [http]="http actors telemetry domain"
  [demo]="demo storage domain"
  [transfer]="transfer http/formats http/json_text.hpp http/json_writer.hpp telemetry/json_text.hpp storage domain"
  [commands]="commands transfer storage config domain"
  [bench]="bench demo http actors telemetry storage config domain tests"
  [tests]="tests commands transfer demo http actors telemetry storage config domain"
  [main.cpp]="commands demo http actors telemetry storage config domain"
)

# library -> the folders, or the single files, that may include it
declare -A used_by=(
  [caf/]="actors http bench tests main.cpp"
  [httplib.h]="http/httplib_listener.cpp http/httplib_connection.hpp http/httplib_connection.cpp transfer/server_client.cpp tests bench"
  [http/httplib_connection.hpp]="http/httplib_listener.cpp http/httplib_connection.cpp"
  [openssl/ssl.h]="http/tls_context.cpp http/tls_stream.cpp tests"
  [boost/json]="http demo transfer tests bench"
  [spdlog/]="telemetry"
  [prometheus/]="telemetry"
  [CLI/]="config"
  [rocksdb/]="storage tests"
  [storage/rocksdb/]="storage commands tests main.cpp"
)

failures=0
checked=0

# complain FILE:LINE TEXT
complain() {
  echo "$1: $2"
  failures=$((failures + 1))
}

# allowed WORDS WORD: is WORD one of WORDS?
allowed() { [[ " $1 " == *" $2 "* ]]; }

# check_own WHERE FOLDER HEADER: an include with quotes
check_own() {
  local target=${3%%/*}
  if [[ $3 != */* || $3 == *..* ]]; then
    complain "$1" "\"$3\" is not written from the root of the project"
  elif ! allowed "${may_use[$2]}" "$target" && ! allowed "${may_use[$2]}" "${3%/*}" && ! allowed "${may_use[$2]}" "$3"; then
    complain "$1" "$2 may not include $target (\"$3\")"
  fi
}

# check_library WHERE FOLDER FILE HEADER: an include of any kind
check_library() {
  local library
  for library in "${!used_by[@]}"; do
    [[ $4 == "$library"* ]] || continue
    allowed "${used_by[$library]}" "$2" || allowed "${used_by[$library]}" "$3" \
      || complain "$1" "$3 may not include $4"
  done
}

check_line() {
  local file=$1 line=$2 text=$3 folder=${1%%/*}
  if [[ -z ${may_use[$folder]:-} ]]; then
    complain "$file" "no rule for the folder $folder"
  elif [[ $text =~ \#[[:space:]]*include[[:space:]]*([\"\<])([^\"\>]+)[\"\>] ]]; then
    local quote=${BASH_REMATCH[1]} header=${BASH_REMATCH[2]}
    check_library "$file:$line" "$folder" "$file" "$header"
    [[ $quote == '<' || -n ${used_by[${header%%/*}/]:-} ]] || check_own "$file:$line" "$folder" "$header"
  else
    complain "$file:$line" "an include that names no file"
  fi
}

sources() { find . \( -path ./build -o -path ./.git \) -prune -o \( -name '*.hpp' -o -name '*.cpp' \) -print | sed 's|^\./||'; }

while IFS=: read -r file line text; do
  check_line "$file" "$line" "$text"
  checked=$((checked + 1))
done < <(sources | xargs -r -d '\n' grep -HnE '^[[:space:]]*#[[:space:]]*include')

while IFS=: read -r file line _; do
  [[ $file == actors/port.hpp ]] || complain "$file:$line" "only actors/port.hpp may ask for CAF's version"
done < <(sources | xargs -r -d '\n' grep -HnE 'CAF_VERSION|CAF_M(AJOR|INOR)_VERSION|CAF_PATCH_VERSION|KINORA_CAF_LEGACY')

if [[ $checked -eq 0 ]]; then
  complain "$1" "no include found: is this the root of the project?"
fi
echo "$checked includes checked, $failures refused"
[[ $failures -eq 0 ]]
