#!/bin/sh
# A campaign in so many processes of one machine or many: GNU parallel if it is there, else xargs. Every job is one
# idempotent call; what a killed job left is whole, and the same line goes on from it.
#   sh parallel.sh SPEC DIR JOBS
set -eu
spec=$1 dir=$2 jobs=$3
# 1 says that something was found: no failure of the job.
export job='eptsweep sweep run "$1" -o "$2" --shard "$3" --threads 1 --progress never >/dev/null || test $? = 1'
shards=$(seq 0 $((jobs - 1)) | sed "s#\$#/$jobs#")
if command -v parallel >/dev/null; then
  echo "$shards" | parallel -q --halt soon,fail=1 --jobs "$jobs" sh -c "$job" job "$spec" "$dir" '{}'
else
  echo "$shards" | xargs -P "$jobs" -I '{}' sh -c "$job" job "$spec" "$dir" '{}'
fi
eptsweep sweep run "$spec" -o "$dir"
