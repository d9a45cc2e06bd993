/** A place in a channel: after the message that has it. */
export interface Position {
  /** Changes when the channel's history was lost. */
  readonly epoch: string;
  /** The first message of an epoch has 1; there are no holes. */
  readonly offset: number;
  /**
   * The message's instant, in ms since 1970. A server that lost its last writes gives their offsets again; by its instant the
   * message that a subscriber had is told from the one that took its place. Undefined where it is not known.
   */
  readonly at: number | undefined;
}

const EPOCH = /^[\w-]{1,64}$/;
const NUMBER = /^\d{1,15}$/;

export const POSITION_PATTERN = '^[\\w-]{1,64}(\\.\\d{1,15}){1,2}$';

/** `<epoch>.<offset>.<instant>`; the id of a message is its position. */
export function positionText({ epoch, offset, at }: Position): string {
  return at === undefined ? `${epoch}.${offset}` : `${epoch}.${offset}.${at}`;
}

/** The position that `text` is; undefined if it is none. */
export function positionOf(text: string): Position | undefined {
  const [epoch = '', offset = '', at, ...rest] = text.split('.');
  const isPlain = EPOCH.test(epoch) && NUMBER.test(offset) && rest.length === 0;
  if (!isPlain || (at !== undefined && !NUMBER.test(at))) return undefined;
  return { epoch, offset: Number(offset), at: at === undefined ? undefined : Number(at) };
}

export function isPosition(value: unknown): value is string {
  return typeof value === 'string' && positionOf(value) !== undefined;
}

/** Whether the two are after the same message, as far as their instants are known. */
export function samePosition(one: Position, other: Position): boolean {
  if (one.offset !== other.offset || one.epoch !== other.epoch) return false;
  return one.at === other.at || one.at === undefined || other.at === undefined;
}
