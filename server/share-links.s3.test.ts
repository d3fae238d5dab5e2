// A share link to what only a real S3 server has: who opens it is led to S3 itself, and gets the file by its own name.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { worksOn } from '../core/lifecycle/works.fakes.ts';
import { systemClock } from '../core/model/clock.ts';
import { shaOf } from '../core/model/ids.ts';
import { coldEnv, commonEnv, readEnv, s3Env } from '../core/settings/env.ts';
import { openCold } from '../core/store/open-cold.ts';
import { s3TestServer } from '../core/testing/s3-server.ts';
import { PROJECT } from '../core/testing/test-project.ts';
import { directLink } from '../core/tier/direct-link.ts';
import { HTML, shareServer } from './share-server.fakes.ts';

const s3 = s3TestServer();

beforeAll(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', s3.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', s3.secretAccessKey);
});
afterAll(() => vi.unstubAllEnvs());

test('leads to S3, by a link that ends with this one; from hot, and with a range, the server gives it', async () => {
  const S3_BUCKET = `fs-shares-${shaOf(String(process.pid + Date.now())).slice(0, 12)}`;
  const cold = await openCold(readEnv({ ...commonEnv, ...coldEnv, ...s3Env }, { S3_BUCKET, S3_ENDPOINT: s3.endpoint }));
  await cold.probe();
  const tiers = await worksOn(cold, { clock: systemClock });
  const { get, share } = await shareServer(tiers, async ({ sha, sizeBytes, name, mime }, forSeconds) => {
    const asked = { sha, sizeBytes, fileName: name, contentType: mime };
    return directLink(tiers.tiers, { ...asked, ...(forSeconds !== undefined && { forSeconds }) }, 0);
  });
  const { path } = await share({ expiresAt: Date.now() + 120_000, maxUses: 2 });
  const fromHot = await get(path);
  expect([fromHot.status, await fromHot.text()]).toEqual([200, HTML]);

  await tiers.run({ kind: 'archive', project: PROJECT });
  await tiers.run({ kind: 'evict', project: PROJECT, by: 'hand' });
  const led = await get(path);
  expect(led.status).toBe(302);
  const address = new URL(led.headers.get('location') ?? '');
  const seconds = Number(address.searchParams.get('X-Amz-Expires'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(120);
  const file = await fetch(address, { headers: { range: 'bytes=1-6' } });
  expect([file.status, await file.text()]).toEqual([206, 'script']);
  expect(file.headers.get('content-disposition')).toContain("filename*=UTF-8''%C3%9Cbersicht");
  expect(address.pathname).toContain(shaOf(HTML));
  expect((await get(path)).status).toBe(410);
});
