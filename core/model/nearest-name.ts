// The name that a mistyped one was meant to be, where one is near enough to say so.

/** @returns undefined: none is near */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  // Of few letters, each is too much.
  const most = typed.length < 3 ? 0 : Math.max(1, Math.floor(typed.length / 3));
  const least = { name: undefined as string | undefined, edits: most + 1 };
  for (const name of names) {
    const isBeginning = typed.length >= 3 && name.toLowerCase().startsWith(typed.toLowerCase());
    const edits = isBeginning ? 1 : editsBetween(typed.toLowerCase(), name.toLowerCase());
    if (edits < least.edits) Object.assign(least, { name, edits });
  }
  return least.name;
}

/** Letters put in, taken out or changed. */
function editsBetween(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(changed, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    above = row;
  }
  return above[b.length] ?? 0;
}
