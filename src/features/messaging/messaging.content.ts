import { asTextList } from '../../redis/decode.js';

/** What a publisher gives. */
export interface MessageContent {
  readonly data: unknown;
  readonly tags?: string[];
}

/** The members of a JSON object, so that a message is put together around them without being parsed again. */
export function bodyOf({ data, tags }: MessageContent): string {
  const body = `"data":${JSON.stringify(data)}`;
  return tags === undefined ? body : `${body},"tags":${JSON.stringify(tags)}`;
}

export function contentOf(body: string): MessageContent {
  const content: unknown = JSON.parse(`{${body}}`);
  if (typeof content !== 'object' || content === null || !('data' in content)) {
    throw new Error('a channel holds what is no message');
  }
  const { data } = content;
  return 'tags' in content ? { data, tags: asTextList(content.tags) } : { data };
}
