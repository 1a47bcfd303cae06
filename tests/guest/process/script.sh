#!/bin/busybox sh
echo "script: $# arguments: $*"
for word in "$@"; do
    echo "script: $word"
done
exit 7
