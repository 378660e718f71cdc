#!/bin/sh
# What the image starts: `serve` (the default) migrates first; every other command of `hearth` runs as it is.
#   docker run hearth                    docker run hearth status
set -eu

if [ "${1:-serve}" = serve ]; then
    [ $# -eq 0 ] || shift
    hearth migrate
    set -- serve "$@"
fi
exec hearth "$@"
