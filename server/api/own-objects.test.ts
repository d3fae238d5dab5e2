// Bytes of other projects are closed to a token for some, however it names them.
import { expect, test } from 'vitest';
import { shaOf } from '../../core/model/ids.ts';
import { PROJECT } from '../../core/testing/test-project.ts';
import { problemIn } from './api.fakes.ts';
import { apiOnMemory } from './memory-parts.fakes.ts';

async function works() {
  const { services, ask, send } = await apiOnMemory();
  for (const id of ['mine', 'yours'])
    services.bearers.set(id, { actor: { kind: 'token', id }, scope: 'write', projects: [PROJECT] });
  const by = (token: string) => ({ authorization: `Bearer ${token}` });
  return {
    put: (text: string, token?: string) =>
      ask(`/objects/${shaOf(text)}`, { method: 'PUT', body: text, ...(token && { headers: by(token) }) }),
    announce: async (text: string, size: number, token: string) =>
      (await send('POST', '/projects/demo/uploads', { sha: shaOf(text), size }, by(token))).json(),
    commit: (path: string, text: string, size: number, token?: string) => {
      const ops = [{ op: 'put', path, sha: shaOf(text), size }];
      return send('POST', '/projects/demo/commits', { ops }, token ? by(token) : {});
    },
    part: (text: string, token: string) =>
      ask(`/projects/demo/uploads/${shaOf(text)}-${text.length}`, {
        ...{ method: 'PATCH', body: text, headers: { ...by(token), 'upload-offset': '0' } },
      }),
  };
}

test('a token for some projects cannot name bytes that others have put, and hears nothing of them', async () => {
  const { put, commit, announce } = await works();
  await put('secret');
  for (const size of [6, 7]) {
    expect(await problemIn(await commit('x', 'secret', size, 'mine'))).toMatchObject({
      ...{ code: 'object-missing', field: 'body.ops.0.sha' },
    });
    expect(await announce('secret', size, 'mine')).toMatchObject({ state: 'missing' });
  }
  expect((await commit('x', 'secret', 6)).status).toBe(200);
});

test('who has put the bytes may name them, each token for itself; so may who changes the file that has them', async () => {
  const { put, part, commit, announce } = await works();
  await put('whole');
  await put('parts');
  expect((await put('whole', 'mine')).status).toBe(200);
  expect((await part('parts', 'mine')).status).toBe(200);
  for (const text of ['whole', 'parts']) {
    expect(await announce(text, 5, 'mine')).toMatchObject({ state: 'there' });
    expect((await commit(text, text, 5, 'yours')).status).toBe(422);
    expect((await commit(text, text, 5, 'mine')).status).toBe(200);
    expect((await commit(text, text, 5, 'yours')).status).toBe(200);
    expect((await commit(`${text} too`, text, 5, 'yours')).status).toBe(422);
  }
});
