// Says every entry of a stream, from its first one, until there is one that says "end".
//   node tail.js <stream>
import { clientOfTest, say } from './program.js';

const [stream = ''] = process.argv.slice(2);
for await (const { data } of clientOfTest().tail(stream, { from: 'begin' })) {
  if (data === 'end') break;
  say({ entry: data });
}
