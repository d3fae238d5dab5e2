import { expect, test } from 'vitest';
import { type ProjectName, parseNodeId, type Sha, shaOf } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { PROJECT } from '../testing/test-project.ts';
import { useNats } from '../testing/use-nats.ts';
import type { Holder } from './heal.ts';
import { natsWanted, serveWanted } from './nats-wanted.ts';

const nats = useNats();
const sha = shaOf('wanted');

function nodes(...held: (readonly Sha[])[]) {
  const tenant = nats.rig.freshTenant();
  const stop = new AbortController();
  const put: string[] = [];
  for (const [i, shas] of held.entries()) {
    const node = parseNodeId(`node-${i}`);
    const holder: Holder = {
      holds: (project: ProjectName, asked: Sha) => project === PROJECT && shas.includes(asked),
      putAgain: async (_, asked) => {
        put.push(`${node} ${asked.slice(0, 4)}`);
        return shas.includes(asked);
      },
    };
    serveWanted(nats.link, tenant, node, holder, { signal: stop.signal, log: silentLog });
  }
  return { wanted: natsWanted(nats.link, tenant), put, stop: () => stop.abort() };
}

test('of three nodes the one that has the file is found, and it alone puts it', async () => {
  const { wanted, put, stop } = nodes([], [sha], []);
  expect(await wanted.isHeld(sha, PROJECT)).toBe(true);
  expect(put).toEqual([]);
  expect(await wanted.put(sha, PROJECT)).toBe(true);
  expect(put).toEqual([`node-1 ${sha.slice(0, 4)}`]);
  stop();
});

test('where no node has it, and where there is no node at all, nobody is waited for in vain', async () => {
  const some = nodes([shaOf('other')], []);
  expect(await some.wanted.isHeld(sha, PROJECT)).toBe(false);
  expect(await some.wanted.put(sha, PROJECT)).toBe(false);
  some.stop();
  const none = nodes();
  expect(await none.wanted.isHeld(sha, PROJECT)).toBe(false);
});
