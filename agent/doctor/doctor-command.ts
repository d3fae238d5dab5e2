// `fs-sync doctor`: looks at all that a fleet needs on this machine, and says of each thing how it is, and how to mend what is not well.
// It changes nothing that stays: what it writes to try something out it removes.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Tenant } from '../../core/model/ids.ts';
import { silentLog } from '../../core/model/log.ts';
import { messageOf } from '../../core/model/message-of.ts';
import { coldEnv, commonEnv, type Env, natsEnv, readEnv, SettingsError, s3Env } from '../../core/settings/env.ts';
import { type NatsSettings, type WhichNats, whichNats } from '../../core/settings/which-nats.ts';
import { connectNats } from '../../core/store/nats-connect.ts';
import { examineNats } from '../../core/store/nats-examine.ts';
import { StoreDeniedError, StoreUnavailableError } from '../../core/store/store-errors.ts';
import type { Paint } from '../terminal/paint.ts';
import { examineCold } from './cold.ts';
import { diskFacts } from './disk-facts.ts';
import { type Finding, fail, type Verdict, worst } from './finding.ts';
import { inotifyFacts, judgeInotify } from './inotify.ts';
import { judgeDisk } from './judge-disk.ts';
import { judgeNats } from './judge-nats.ts';
import { examineAgents, examineServer } from './programs.ts';

export interface DoctorArgs {
  /** what is not well counts as what fails */
  readonly strict?: boolean;
  readonly json?: boolean;
}

export interface Examined {
  readonly lines: readonly string[];
  /** 2: something fails, or, where it was to be strict, is not well */
  readonly exitCode: 0 | 2;
}

/** @throws SettingsError  the environment cannot be read */
export async function doctorCommand(args: DoctorArgs, paint: Paint, env: Env = process.env): Promise<Examined> {
  const findings = await examine(env);
  const verdict = worst(findings);
  const exitCode = verdict === 'fail' || (args.strict && verdict === 'warn') ? 2 : 0;
  const lines = args.json
    ? [JSON.stringify({ verdict, findings })]
    : [...findings.flatMap((finding) => linesOf(finding, paint)), '', summary(findings)];
  return { lines, exitCode };
}

async function examine(env: Env): Promise<Finding[]> {
  const settings = readEnv({ ...commonEnv, ...natsEnv, ...s3Env, ...coldEnv }, env);
  const dataDir = resolve(settings.FS_DATA_DIR);
  const { statuses, findings: agents } = await examineAgents(env);
  const roots = statuses.flatMap(({ workspaces }) => workspaces.map(({ root }) => root));
  return [
    ...judgeDisk(await diskFacts(dataDir)),
    ...judgeInotify(inotifyFacts(roots)),
    ...(await nats({ ...settings, FS_DATA_DIR: dataDir })),
    ...(await examineCold({ ...settings, FS_DATA_DIR: dataDir })),
    ...agents,
    ...(await examineServer(env)),
  ];
}

async function nats(settings: NatsSettings & { readonly FS_TENANT: Tenant }): Promise<Finding[]> {
  let which: WhichNats;
  try {
    which = whichNats(settings);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return [fail('nats', error.message, { mend: 'start the fleet, or name its NATS', command: 'npm start' })];
  }
  try {
    const link = await connectNats({ ...which, name: 'doctor', log: silentLog });
    try {
      const facts = await examineNats(link, settings.FS_TENANT);
      const isOwn = settings.NATS_URL === undefined;
      return judgeNats(isOwn ? { ...facts, syncInterval: await ownSync(settings.FS_DATA_DIR) } : facts);
    } finally {
      await link.close();
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailableError || error instanceof StoreDeniedError)) throw error;
    return [fail('nats', messageOf(error), { mend: which.nextStep })];
  }
}

/** What `up` has set its own nats-server to. */
async function ownSync(dataDir: string): Promise<'always' | undefined> {
  const text = await readFile(join(dataDir, 'nats', 'nats-server.conf'), 'utf8').catch(() => '');
  return /^\s*sync_interval: "?always"?$/m.test(text) ? 'always' : undefined;
}

const MARKS: Readonly<Record<Verdict, readonly [string, 'green' | 'yellow' | 'red']>> = {
  ok: ['ok  ', 'green'],
  warn: ['warn', 'yellow'],
  fail: ['FAIL', 'red'],
};

function linesOf({ about, verdict, sentence, mend, command }: Finding, paint: Paint): string[] {
  const [mark, color] = MARKS[verdict];
  return [
    `${paint(color, mark)}  ${about.padEnd(8)} ${sentence}`,
    ...(mend === undefined ? [] : [`                to mend: ${mend}`]),
    ...(command === undefined ? [] : [`                ${paint('dim', '$')} ${command}`]),
  ];
}

function summary(findings: readonly Finding[]): string {
  const count = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict).length;
  const [warned, failed] = [count('warn'), count('fail')];
  if (warned + failed === 0) return `All ${findings.length} are well.`;
  return `${failed} ${failed === 1 ? 'fails' : 'fail'}, ${warned} ${warned === 1 ? 'is' : 'are'} not as good as could be, ${count('ok')} are well.`;
}
