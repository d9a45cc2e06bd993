import type { Extensions } from './app.module.js';
import type { Settings } from './config/setting-specs.js';
import { endSignal, type Opening, serve } from './serving.js';

/** What a worker tells the process that started it once it answers requests. */
export interface OpenedMessage {
  readonly type: 'fulcrum:opened';
  readonly opening: Opening;
}

/** Both ends run the same program, so that the type alone tells what a message is. */
export function isOpened(message: unknown): message is OpenedMessage {
  return typeof message === 'object' && message !== null && Reflect.get(message, 'type') === 'fulcrum:opened';
}

/** Runs one of the processes that share a port; the one that started it has Redis and talks to people. */
export async function runWorker(settings: Settings, extensions: Extensions): Promise<void> {
  await serve(settings, {
    extensions,
    ended: endSignal(),
    onOpen: (opening) => {
      process.send?.({ type: 'fulcrum:opened', opening } satisfies OpenedMessage);
    },
  });
  process.exit(0);
}
