#!/usr/bin/env bash
# A real S3 server (versitygw) for tests and for trying Hearth with one.
#
#   scripts/s3.sh get                  builds it into .s3/, if it is not there, and prints its path (minutes); where
#                                      there is no Go, that is installed by apt-get first
#   scripts/s3.sh start FOLDER [PORT]  runs it on 127.0.0.1 with FOLDER as its disk, port 7070; the access key is
#                                      hearth, the secret hearth-secret, and the bucket `hearth` is there
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=v1.8.0
go_version=1.25.6
program="$PWD/.s3/versitygw-$version"

say_and_exit() {
    printf 'hearth: %s\n' "$1" >&2
    exit 1
}

# Go, or nothing; it may be where its own archive puts it.
go_here() {
    if command -v go; then return; fi
    if [[ -x /usr/local/go/bin/go ]]; then printf '/usr/local/go/bin/go\n'; fi
}

install_go() {
    local as_root=()
    if ((EUID)); then as_root=(sudo); fi
    if ! command -v apt-get >/dev/null; then say_and_exit "versitygw is written in Go: install that, then run this again"; fi
    ${as_root[@]+"${as_root[@]}"} apt-get update -qq >&2
    ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq golang-go >&2
}

# A Go that is new enough, or one that can fetch such a Go: since 1.21 by itself, older ones as a module.
find_go() {
    local found version_of machine folder
    found="$(go_here)"
    if [[ -z "$found" ]]; then
        install_go
        found="$(go_here)"
    fi
    version_of="$("$found" env GOVERSION)"
    if [[ "$version_of" =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 21)); then
        printf '%s\n' "$found"
        return
    fi
    machine="$("$found" env GOOS)-$("$found" env GOARCH)"
    folder="$("$found" mod download -json "golang.org/toolchain@v0.0.1-go$go_version.$machine" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')"
    chmod -R u+x "$folder/bin" "$folder/pkg/tool"
    printf '%s\n' "$folder/bin/go"
}

get() {
    local go
    if [[ ! -x "$program" ]]; then
        go="$(find_go)"
        mkdir -p .s3
        GOTOOLCHAIN=auto GOBIN="$PWD/.s3/bin" "$go" install "github.com/versity/versitygw/cmd/versitygw@$version" >&2
        mv .s3/bin/versitygw "$program"
        rmdir .s3/bin
    fi
    printf '%s\n' "$program"
}

start() {
    local folder="$1" port="${2:-7070}"
    mkdir -p "$folder/hearth"
    get >/dev/null
    ROOT_ACCESS_KEY=hearth ROOT_SECRET_KEY=hearth-secret exec "$program" --port "127.0.0.1:$port" --quiet posix "$folder"
}

case "${1:-}" in
    get) get ;;
    start)
        if [[ -z "${2:-}" ]]; then say_and_exit "name a folder: scripts/s3.sh start FOLDER [PORT]"; fi
        start "$2" "${3:-}"
        ;;
    *) say_and_exit "scripts/s3.sh get, or scripts/s3.sh start FOLDER [PORT]" ;;
esac
