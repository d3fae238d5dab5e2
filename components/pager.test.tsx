import { expect, test } from 'vitest';
import { Pager } from './pager.tsx';

const drawn = (first: string | undefined, next: string | undefined) => String(<Pager first={first} next={next} />);
const links = (first: string | undefined, next: string | undefined) =>
  [...drawn(first, next).matchAll(/<a class="button" href="([^"]*)"/g)].map(([, href]) => href);

test('a list that is all on the page has no way on, and each page only the ways that there are', () => {
  expect(drawn(undefined, undefined)).not.toContain('<');
  expect([links(undefined, '/b'), links('/a', undefined), links('/a', '/b')]).toEqual([['/b'], ['/a'], ['/a', '/b']]);
});
