import { describeMachine } from './machine.mjs';

/** What every report says of where it was made. */
export function circumstances() {
  const machine = describeMachine();
  const text =
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB; Linux ${machine.linux}, ` +
    `Node ${machine.node}. Servers, Redis and load generator share the cores; nothing is pinned.`;
  return { machine, text };
}

/** The contenders as a list, so that a table can be read without the code. */
export function cast(contenders) {
  return contenders.map(({ name, about }) => `- **${name}**: ${about}.`).join('\n');
}

/** Parts of a document, one below the other. */
export function document(...parts) {
  return parts.filter((part) => part !== '' && part !== undefined).join('\n\n');
}

/** What limited the figures besides the servers, or that nothing did. */
export function limitsText(sentences) {
  if (sentences.length === 0) return 'Neither the load generator nor the machine was the limit.';
  return sentences.map((sentence) => `- ${sentence}`).join('\n');
}

/** How many parties work at the same time. */
export const atOnce = (parties) => (parties === 1 ? 'one at a time' : `${parties} at a time`);

export const titled = (words) => words[0].toUpperCase() + words.slice(1);
