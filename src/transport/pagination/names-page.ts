/** Names that one request for a list looks at. */
const MAX_SCANNED = 2000;

/** How a page of what has names is put together. */
export interface NamesPageSource<Item> {
  /** Up to `limit` names after `after`, in order. */
  readonly names: (after: string | undefined, limit: number) => Promise<readonly string[]>;
  readonly isVisible: (name: string) => boolean;
  /** What has the name; undefined if it is gone. */
  readonly find: (name: string) => Promise<Item | undefined>;
}

/**
 * The first `limit` items after the name `after` that are visible and not gone, and the name after which the next page
 * begins; undefined at the end. A page may be short, or empty, where few of many are visible: one request reads only so many.
 */
export async function namesPage<Item>(
  after: string | undefined,
  limit: number,
  { names, isVisible, find }: NamesPageSource<Item>,
): Promise<{ items: Item[]; next: string | undefined }> {
  const found: { readonly name: string; readonly item: Item }[] = [];
  let last = after;
  for (let scanned = 0; scanned < MAX_SCANNED;) {
    const some = await names(last, limit + 1);
    const items = await Promise.all(
      some.filter(isVisible).map(async (name) => ({ name, item: await find(name) })),
    );
    for (const { name, item } of items) if (item !== undefined) found.push({ name, item });
    if (found.length > limit) {
      const shown = found.slice(0, limit);
      return { items: shown.map(({ item }) => item), next: shown.at(-1)?.name };
    }
    last = some.at(-1);
    if (some.length <= limit || last === undefined) {
      return { items: found.map(({ item }) => item), next: undefined };
    }
    scanned += some.length;
  }
  return { items: found.map(({ item }) => item), next: last };
}
