// Gives up on an object in the archiver's place: to come that far by itself it would have to find hot's copy damaged for hours.
import { readFile } from 'node:fs/promises';
import { systemClock } from '../core/model/clock.ts';
import { parseProjectName, parseTenant, shaOf } from '../core/model/ids.ts';
import { silentLog } from '../core/model/log.ts';
import { readNatsFile } from '../core/settings/nats-file.ts';
import { connectNats } from '../core/store/nats-connect.ts';
import { natsKeyValue } from '../core/store/nats-key-value.ts';
import { jobsBucket } from '../core/store/nats-names.ts';
import { DeadLetters } from '../core/tier/dead-letters.ts';
import type { Fleet } from './fleet.ts';

/** @param path  of a file of the demo project that node-a has */
export async function giveUpOn(fleet: Fleet, path: string, reason: string): Promise<void> {
  const nats = readNatsFile(fleet.dataDir);
  if (nats.kind !== 'runs') throw new Error(`the fleet's NATS is ${nats.kind}`);
  const link = await connectNats({ servers: nats.named.url, name: 'e2e', log: silentLog });
  const dead = new DeadLetters(natsKeyValue(link, jobsBucket(parseTenant('default'))), systemClock);
  const sha = shaOf(await readFile(`${fleet.workspace('node-a')}/${path}`));
  await dead.bury({ sha, project: parseProjectName('demo'), reason, attempts: 4 });
  await link.close();
}
