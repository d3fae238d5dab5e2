import { expect, test } from 'vitest';
import { type ProjectName, parseProjectName } from '../core/model/ids.ts';
import { tierKey } from '../core/model/index-keys.ts';
import { silentLog } from '../core/model/log.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { writeTier } from '../core/tier/project-tier.ts';
import { ProjectTiers } from './project-tiers.ts';

const [ODD, SITE] = [parseProjectName('odd'), parseProjectName('site')];
const NOW = Date.UTC(2026, 0, 1);

test('a record that cannot be read leaves its project as it was shown, and the others are followed', async () => {
  const index = memoryKeyValue();
  await writeTier(index, ODD, 'cold', NOW);
  const warned: object[] = [];
  const tiers = new ProjectTiers({ ...silentLog, warn: (fields) => warned.push(fields) });
  const ending = new AbortController();
  let hear: (project: ProjectName) => void = () => {};
  const heard = () => new Promise<ProjectName>((resolve) => (hear = resolve));
  const first = heard();
  const following = tiers.follow(index, (project) => hear(project), ending.signal);
  await first;
  await index.put(tierKey(ODD), Buffer.from('{"tier":"lukewarm"}'));
  const next = heard();
  await writeTier(index, SITE, 'cold', NOW + 1);
  expect(await next).toBe(SITE);
  expect([tiers.coldSince(ODD), tiers.coldSince(SITE)]).toEqual([NOW, NOW + 1]);
  expect(warned).toMatchObject([{ key: tierKey(ODD) }]);
  ending.abort();
  await following;
});
