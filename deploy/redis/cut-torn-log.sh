#!/bin/sh
# Run before Redis starts, with the folder that it has as `dir`: cuts what a power cut left of a script's writes from the end of the
# append-only file. README.md in this folder says why.
set -eu
folder=$1/appendonlydir
name=$(sed -n 's/^file \([^ ]*\) seq [0-9]* type i.*/\1/p' "$folder/appendonly.aof.manifest" 2>/dev/null | tail -n 1)
[ -n "$name" ] || exit 0
log=$folder/$name
# "AOF analyzed: filename=…, size=…, ok_up_to=…, …"; it changes nothing.
whole=$(redis-check-aof "$log" 2>&1 </dev/null | sed -n 's/^AOF analyzed: .*ok_up_to=\([0-9]*\),.*/\1/p')
[ -n "$whole" ] || exit 0
[ "$whole" -lt "$(stat -c %s "$log")" ] || exit 0
# A transaction that is whole means damage of another kind, which Redis shall refuse.
tail -c "+$((whole + 1))" "$log" |
  awk '{ sub(/\r$/, "") } before == "*1" && last == "$4" && toupper($0) == "EXEC" { found = 1 } { before = last; last = $0 }
    END { exit found }' || exit 0
truncate -s "$whole" "$log"
echo "cut-torn-log: $log now ends at byte $whole"
