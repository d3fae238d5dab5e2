// A small generator (xorshift32) for tests that try things at random: a seed always gives the same numbers.
export function randomOf(seed: number): (limit: number) => number {
  let state = seed * 2_654_435_761 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
