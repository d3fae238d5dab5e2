// A page of a list that is held in memory, in the order of a key that no two rows have.
interface Asked {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export function pageOfAll<T>(
  all: readonly T[],
  keyOf: (row: T) => string,
  { cursor, limit }: Asked,
): { readonly items: T[]; readonly next: string | null } {
  const sorted = all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const rest = cursor === undefined ? sorted : sorted.filter((row) => keyOf(row) > cursor);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rest.length > limit && last !== undefined ? keyOf(last) : null };
}

export const isoOrNull = (at: number | null | undefined): string | null =>
  at === null || at === undefined ? null : new Date(at).toISOString();
