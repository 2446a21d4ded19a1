#!/usr/bin/env bash
# docs_example.sh GUIDE ROOT OUT: follows the examples of a guide, and puts the files that they make into OUT. A block of
# ```cpp whose first line is "// PATH" is that file. A block of ```diff, with "--- PATH" on its first line, edits a
# copy of ROOT's file, or the one that an earlier block made: hunks, with @@ between them, of lines that stay (' '),
# go ('-') and come ('+'). Fails on a hunk whose old lines do not stand in the file exactly once.
set -euo pipefail
guide=$1 root=$2 out=$3

fail() {
  echo "docs_example.sh: $guide, line $number: $1" >&2
  exit 1
}

# take PATH: makes sure that OUT has a copy of the file
take() {
  if [[ ! -e $out/$1 ]]; then
    [[ -e $root/$1 ]] || fail "there is no $1"
    mkdir -p "$(dirname "$out/$1")"
    cp "$root/$1" "$out/$1"
  fi
}

# edit PATH OLD NEW: replaces whole lines; both texts end with a line break
edit() {
  [[ -n $2 ]] || fail "a hunk without lines that stay or go"
  local text rest
  text=$'\n'$(<"$out/$1")$'\n'
  rest=${text#*$'\n'"$2"}
  [[ $rest != "$text" ]] || fail "$1 has no such lines:"$'\n'"$2"
  [[ $'\n'$rest != *$'\n'"$2"* ]] || fail "$1 has these lines more than once:"$'\n'"$2"
  text=${text%%$'\n'"$2"*}$'\n'$3$rest
  printf '%s' "${text#$'\n'}" >"$out/$1"
}

rm -rf "$out"
mkdir -p "$out"
number=0 examples=0
kind='' path='' old='' new='' # of the block and the hunk that are being read
while IFS= read -r line || [[ -n $line ]]; do
  number=$((number + 1))
  case $kind in
    '') [[ $line != '```cpp' && $line != '```diff' ]] || kind=${line#'```'} path='' old='' new='' ;;
    cpp)
      if [[ $line == '```' ]]; then
        kind=''
      elif [[ -z $path ]]; then
        [[ $line =~ ^//\ ([a-z0-9_/.]+)$ ]] || fail "the first line of an example names its file"
        path=${BASH_REMATCH[1]} examples=$((examples + 1))
        [[ ! -e $root/$path && ! -e $out/$path ]] || fail "$path is there already"
        mkdir -p "$(dirname "$out/$path")"
        : >"$out/$path"
      else
        printf '%s\n' "$line" >>"$out/$path"
      fi
      ;;
    diff)
      if [[ -z $path ]]; then
        [[ $line =~ ^---\ ([a-z0-9_/.]+)$ ]] || fail "the first line of an edit names its file"
        path=${BASH_REMATCH[1]} examples=$((examples + 1))
        take "$path"
      elif [[ $line == '```' || $line == @@* ]]; then
        edit "$path" "$old" "$new"
        old='' new=''
        [[ $line == @@* ]] || kind=''
      else
        [[ $line == [-+\ ]* ]] || fail "a line of an edit begins with ' ', '-' or '+'"
        [[ $line == +* ]] || old+=${line:1}$'\n'
        [[ $line == -* ]] || new+=${line:1}$'\n'
      fi
      ;;
  esac
done <"$guide"
[[ -z $kind ]] || fail "the last block has no end"
[[ $examples -gt 0 ]] || fail "no example found"
