#!/usr/bin/env bash
# Sends each line of a file exactly once; after any failure run it again.
# bash client.sh 127.0.0.1 9999 pump-7 readings.txt
set -euo pipefail; export LC_ALL=C
exec 3<>"/dev/tcp/$1/$2"
printf '%-64s' "ALDIS/1 messages client=$3" >&3
read -r -N 64 -u 3 answer
[[ $answer =~ ^ALDIS/1\ last=([0-9]+) ]]
last=${BASH_REMATCH[1]} number=0
while IFS= read -r reading; do
    ((++number >= last)) || continue  # message `last` goes once more: is it ours?
    printf '%-64s%s' "${#reading} $number" "$reading" >&3
    read -r -N 64 -u 3 answer
    [[ $answer == "ACK $number "* ]]
done <"$4"
((number >= last)) || { echo "the server has more than this list" >&2; exit 1; }
