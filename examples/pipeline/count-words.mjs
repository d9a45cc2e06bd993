// Starts the service with a processor of its own: a payload's `text` is counted, by the word.
//   node examples/pipeline/count-words.mjs     (with the settings of npm start, which has to have built the service)
import { runProgram } from '../../dist/program.js';

/** What `PayloadProcessor` asks for is one method; it may be asynchronous, and may fail. */
class WordCounter {
  async processPayload({ text, ...rest }) {
    if (typeof text !== 'string') throw new TypeError('the payload has no text');
    const counts = {};
    for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) counts[word] = (counts[word] ?? 0) + 1;
    return { ...rest, counts };
  }
}

await runProgram({ payloadProcessor: WordCounter });
