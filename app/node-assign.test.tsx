// The forms that assign a workspace to a node, have it looked at anew, and take it away.

import { expect, test } from 'vitest';
import { parseProjectName } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { fakeWorkspace } from './testing/fake-nodes.ts';
import { FAKE_ADMIN } from './testing/fake-services.ts';
import { one, textOf } from './testing/node-pages.ts';
import { openPages } from './testing/open-pages.ts';

test('an assignment is asked for as it was typed, a directory that was left empty is the project’s name', async () => {
  const services = one();
  const pages = openPages(services);
  const fields = {
    project: 'demo',
    prefix: '/docs/en/',
    root: '',
    mode: 'receive',
    idle_hours: '1.5',
    delete_threshold: '5,9,10%',
  };
  const answer = await pages.post('/nodes/node-a/assign', fields);
  expect(answer.headers.get('location')).toBe('/nodes/node-a?said=assigned');
  const delete_threshold = { files: 5, files_a_day: 9, share: 0.1 };
  const asked = {
    project: 'demo',
    prefix: 'docs/en',
    root: 'demo',
    mode: 'receive',
    idle_remove_ms: 5_400_000,
    delete_threshold,
  };
  expect(services.asked).toEqual([['assign', FAKE_ADMIN, 'node-a', asked]]);
});

test.each([
  [{ project: 'nothing' }, 'Project is "nothing": choose one of those that there are.'],
  [{ project: 'demo', prefix: 'a/../b' }, 'Sub-path is "a/../b": '],
  [{ project: 'demo', root: 'a/../b' }, 'Directory is "a/../b": it has a ".." segment'],
  [{ project: 'demo', root: 'a\u0007b' }, 'it has a control character'],
  [{ project: 'demo', root: '/' }, 'the whole disk cannot be a workspace'],
  [{ project: 'demo', mode: 'sideways' }, 'Direction is "sideways": choose one of two-way, receive, send.'],
  [{ project: 'demo', idle_hours: 'soon' }, 'Idle removal is "soon": give hours above 0'],
  [{ project: 'demo', delete_threshold: 'off' }, 'Delete threshold is "off": give the files that may go unasked'],
])('an assignment that cannot be is named with its value and its rule: %j', async (fields, message) => {
  const services = one();
  const answer = await openPages(services).post('/nodes/node-a/assign', fields);
  expect(answer.status).toBe(422);
  expect(textOf(await answer.text())).toContain(message);
  expect(services.asked).toEqual([]);
});

test('a look anew and a removal name what they are about; what the configuration names cannot be removed here', async () => {
  const services = one({
    from: 'server',
    rescanAskedAt: '2026-06-01T11:00:00.000Z',
    prefix: 'docs' as RelPath,
    root: '/w/x',
    assigned: { project: fakeWorkspace('demo').project, prefix: 'docs' as RelPath, root: 'x' },
  });
  const pages = openPages(services);
  const html = await pages.html('/nodes/node-a');
  expect(html).toContain('name="seen" value="2026-06-01T11:00:00.000Z"');
  expect(html).toContain('name="root" value="x"');
  await pages.post('/nodes/node-a/rescan', { project: 'demo', seen: '2026-06-01T11:00:00.000Z' });
  await pages.post('/nodes/node-a/unassign', { project: 'demo', prefix: 'docs', root: 'x' });
  expect(services.asked.map(([name, , , asked]) => [name, asked])).toEqual([
    ['rescan', { project: 'demo', seen: '2026-06-01T11:00:00.000Z' }],
    ['unassign', { project: 'demo', prefix: 'docs', root: 'x' }],
  ]);
  expect(await openPages(one()).html('/nodes/node-a')).not.toContain('/unassign"');
});

test('what the configuration names and the server assigns as well says so, and its assignment can be ended', async () => {
  const assigned = { project: parseProjectName('demo'), root: 'demo' };
  const html = await openPages(one({ from: 'configuration', assigned })).html('/nodes/node-a');
  expect(textOf(html)).toContain('assigned, and from the node’s configuration, which says how it is run');
  expect(textOf(html)).toContain('End assignment');
  expect(html).toContain('name="root" value="demo"');
});
