// Says that an answer does not come while it is waited for: a store that hangs breaks no line, and its error comes late or
// never. An answer takes that back; a failure does not.

/** @param tell  true when nothing came for so long; false at an answer */
export async function tellSilence<T>(answer: Promise<T>, afterMs: number, tell: (silent: boolean) => void): Promise<T> {
  const timer = setTimeout(() => tell(true), afterMs);
  try {
    const answered = await answer;
    tell(false);
    return answered;
  } finally {
    clearTimeout(timer);
  }
}
