import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { iconNames } from './icon-names.mjs';
import { buildSprite } from './icons.mjs';

test('the sprite holds exactly the icons that pages can name', async () => {
  const sprite = await buildSprite();
  expect([...sprite.matchAll(/<symbol id="i-([a-z0-9-]+)"/g)].map(([, name]) => name)).toEqual([...iconNames]);
  const source = readFileSync(new URL('../components/icon.tsx', import.meta.url), 'utf8');
  const typed = [...source.matchAll(/^ {2}\| '([a-z0-9-]+)'/gm)].map(([, name]) => name);
  expect(typed).toEqual([...iconNames]);
});

test('a symbol is only shapes: nothing in it loads, runs or styles', async () => {
  const sprite = await buildSprite();
  expect(new Set(sprite.match(/<[a-z]+/g))).toEqual(
    new Set(
      ['<svg', '<symbol', '<path', '<circle', '<rect', '<line', '<polyline', '<ellipse'].filter((tag) =>
        sprite.includes(`${tag} `),
      ),
    ),
  );
  expect(sprite).not.toMatch(/style=|href=|on\w+=/);
});
