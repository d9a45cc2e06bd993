import type { components } from './schema.js';

type Schemas = components['schemas'];

/** What takes place, once, if and only if an entry is acknowledged. */
export type Effect =
  | ({ readonly kind: 'leaderboards.submit'; readonly board: string } & Schemas['SubmissionBody'])
  | ({ readonly kind: 'streams.append'; readonly stream: string } & Schemas['EntryBody'])
  | ({ readonly kind: 'messaging.publish'; readonly channel: string } & Schemas['MessageBody'])
  | { readonly kind: 'pipeline.complete'; readonly id: string; readonly result: Record<string, unknown> };
