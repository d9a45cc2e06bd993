// Loaded into a server before its program (node --import): says in MEMORY_FILE what memory is in use when SIGUSR2 asks.
import { renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const file = process.env.MEMORY_FILE;
const BETWEEN_MS = 300;
/** Some bytes each, which go through the young part of the heap several times. */
const SHORT_LIVED = 4_000_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
setFlagsFromString('--no-expose-gc');

process.on('SIGUSR2', () => {
  touchYoungHeap();
  collect();
  // What the first collection let go of is let go of outside of the heap only then.
  setTimeout(() => {
    collect();
    writeFileSync(`${file}.new`, JSON.stringify(process.memoryUsage()));
    renameSync(`${file}.new`, file);
  }, BETWEEN_MS);
});

/** Otherwise it would be smaller in a process that has done little, and what differs be taken for something else. */
function touchYoungHeap() {
  let last;
  for (let at = 0; at < SHORT_LIVED; at++) last = [at, last?.[0]];
  return last;
}
