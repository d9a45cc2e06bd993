import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CommandBatches } from './command-batches.js';

/** A stream that remembers what was written to it together. */
function recording(): { stream: Writable; writes: string[] } {
  const writes: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      writes.push(chunk);
      done();
    },
    writev: (chunks, done) => {
      writes.push(chunks.map(({ chunk }) => String(chunk)).join(''));
      done();
    },
  });
  return { stream, writes };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('commands of one turn', () => {
  it('are written together, sixteen at a time, and none of them later than the turn', async () => {
    const { stream, writes } = recording();
    const batches = new CommandBatches(() => [stream]);
    for (let n = 0; n < 40; n++) {
      batches.add();
      stream.write('x');
    }
    expect(writes).toEqual(['x'.repeat(16), 'x'.repeat(16)]);
    await turn();
    expect(writes.map(({ length }) => length)).toEqual([16, 16, 8]);
    batches.add();
    stream.write('y');
    await turn();
    expect(writes.at(-1)).toBe('y');
    expect(stream.writableCorked).toBe(0);
  });

  it('wait for no others while each comes alone', async () => {
    const { stream, writes } = recording();
    const batches = new CommandBatches(() => [stream]);
    const send = (isOnly: boolean) => {
      batches.add(isOnly);
      stream.write('x');
    };
    for (let n = 0; n < 2; n++) send(true);
    expect(writes).toEqual(['x', 'x']);
    send(false);
    send(false);
    await turn();
    // Many came together a moment ago, and may so again.
    send(true);
    send(false);
    expect(writes).toEqual(['x', 'x', 'xx']);
    await turn();
    send(true);
    await turn();
    send(true);
    expect(writes).toEqual(['x', 'x', 'xx', 'xx', 'x', 'x']);
    expect(stream.writableCorked).toBe(0);
  });

  it('go to the connection that there is, also when it was lost in between', async () => {
    const [first, second] = [recording(), recording()];
    let current: Writable | undefined = first.stream;
    const batches = new CommandBatches(() => (current ? [current] : []));
    batches.add();
    first.stream.write('a');
    first.stream.destroy();
    await turn();
    current = undefined;
    batches.add();
    await turn();
    current = second.stream;
    for (const text of ['b', 'c']) {
      batches.add();
      second.stream.write(text);
    }
    await turn();
    expect(second.writes).toEqual(['bc']);
    expect([first.stream.writableCorked, second.stream.writableCorked]).toEqual([0, 0]);
  });

  it('of a cluster are written to each of its nodes together', async () => {
    const nodes = [recording(), recording()];
    const batches = new CommandBatches(() => nodes.map(({ stream }) => stream));
    for (const { stream } of [...nodes, ...nodes]) {
      batches.add();
      stream.write('x');
    }
    await turn();
    expect(nodes.map(({ writes }) => writes)).toEqual([['xx'], ['xx']]);
    expect(nodes.map(({ stream }) => stream.writableCorked)).toEqual([0, 0]);
  });
});
