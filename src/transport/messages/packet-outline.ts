import { endOfString } from '../validation/parse-json.js';

/** What of a packet is needed to refuse it. */
export interface PacketOutline {
  readonly id: string | undefined;
  readonly data: { readonly requestId?: string };
}

/** The longest text of an id in JSON that is looked at: 128 characters, each escaped, in quotes. */
const MAX_ID_TEXT = 6 * 128 + 2;

/**
 * The ids in a packet that is too large to be parsed: every replica reads them before one of them refuses it, and of
 * some texts the parser takes half a second for each megabyte. Of what is no JSON it gives anything or nothing.
 */
export function outlineOf(text: string): PacketOutline {
  /** Names of the members that are being read, of the outermost object and of one inside it. */
  let outer = '';
  let inner = '';
  let id: string | undefined;
  let requestId: string | undefined;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === 0x22 /* " */) {
      const start = at;
      at = endOfString(text, at);
      if (depth > 2 || at - start > MAX_ID_TEXT) continue;
      const isName = /^\s*:/.test(text.slice(at + 1, at + 16));
      if (isName && depth === 1) outer = text.slice(start, at + 1);
      else if (isName) inner = text.slice(start, at + 1);
      else if (depth === 1 && outer === '"id"') id = stringOf(text.slice(start, at + 1));
      else if (depth === 2 && outer === '"data"' && inner === '"requestId"') {
        requestId = stringOf(text.slice(start, at + 1));
      }
    } else if (character === 0x7b /* { */ || character === 0x5b /* [ */) {
      if (++depth === 2) inner = '';
    } else if (character === 0x7d /* } */ || character === 0x5d /* ] */) depth--;
  }
  return { id, data: requestId === undefined ? {} : { requestId } };
}

function stringOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
