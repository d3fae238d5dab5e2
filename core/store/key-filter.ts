// NATS subject filters over dotted keys, for the stores that have no server to match them.

/** `*` stands for one token, a final `>` for one or more. */
export function filterMatcher(filter: string): (key: string) => boolean {
  const wanted = filter.split('.');
  return (key) => {
    const tokens = key.split('.');
    for (const [i, want] of wanted.entries()) {
      const token = tokens[i];
      if (token === undefined) return false;
      if (want === '>') return true;
      if (want !== '*' && want !== token) return false;
    }
    return tokens.length === wanted.length;
  };
}
