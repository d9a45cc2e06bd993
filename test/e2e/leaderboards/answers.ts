/** What lists and batches of the API hold, as far as tests look into them. */
export interface Item {
  readonly member: string;
  readonly score: number;
  readonly rank: number;
  readonly board: string;
  readonly id: string;
  readonly total: number;
  readonly status: number;
}

/** A list in an answer, whose items have what their route promises of an `Item`. */
export function listed(list: unknown): Item[] {
  if (!Array.isArray(list)) throw new Error(`not a list: ${JSON.stringify(list)}`);
  return list as Item[];
}
