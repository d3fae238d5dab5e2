import { expect, test } from 'vitest';
import { hasColor, painter } from './paint.ts';

const TERMINAL = { isTTY: true };
const PIPE = { isTTY: undefined };

test.each([
  [TERMINAL, {}, true],
  [PIPE, {}, false],
  [TERMINAL, { TERM: 'dumb' }, false],
  [TERMINAL, { NO_COLOR: '1' }, false],
  // An empty one counts as none, as its specification says.
  [TERMINAL, { NO_COLOR: '' }, true],
  [PIPE, { FORCE_COLOR: '1' }, true],
  [TERMINAL, { FORCE_COLOR: '0' }, false],
  [PIPE, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  [TERMINAL, { TERM: 'dumb', FORCE_COLOR: '1' }, true],
])('on %j with %j there are colours: %s', (out, env, expected) => {
  expect(hasColor(out, env)).toBe(expected);
  expect(painter(out, env)('red', 'x') === 'x').toBe(!expected);
});
