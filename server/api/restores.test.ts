import { expect, test } from 'vitest';
import { FAKE_ADMIN } from '../../app/testing/fake-services.ts';
import { restorePlanSchema } from '../../core/api/restore.ts';
import { fakeSha, shaOf } from '../../core/model/ids.ts';
import { problemIn } from './api.fakes.ts';
import { apiOnMemory } from './memory-parts.fakes.ts';

test('a restore says what it would do, and asks for a job that does that and no other', async () => {
  const { send, head, services, parts } = await apiOnMemory();
  await parts.write('docs/a.txt', 'as it was');
  const to = (await parts.write('b.txt', 'bee')).commitSha;
  await send('POST', '/projects/demo/commits', { ops: [{ op: 'delete', path: 'docs' }] });
  const restore = (body: object) => send('POST', '/projects/demo/restore', { to, ...body });
  const plan = restorePlanSchema.parse(await (await restore({ dry_run: true })).json());
  expect(plan).toMatchObject({ to, added: 1, removed: 0, put_bytes: 9, is_more: false });
  expect(plan.paths).toEqual([{ kind: 'added', path: 'docs/a.txt', size: 9 }]);
  const job = await restore({ path: 'docs', plan: plan.digest });
  expect([job.status, job.headers.get('location')]).toEqual([202, expect.stringContaining('/api/v1/jobs/')]);
  expect(services.asked.at(-1)).toEqual([
    'start',
    FAKE_ADMIN,
    { kind: 'restore', project: 'demo', to, prefix: 'docs', plan: plan.digest },
    expect.anything(),
  ]);
  expect(await problemIn(await restore({ to: fakeSha() }))).toMatchObject({ code: 'no-commit', field: 'body.to' });
  expect(await problemIn(await restore({ to: shaOf('bee') }))).toMatchObject({ code: 'no-commit' });
  expect(head()).not.toBe(to);
});
