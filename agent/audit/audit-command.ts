// `fs-sync audit` and `audit verify`: reads the audit log where it is, without a server, so that who checks it trusts none.
import type { AuditLog } from '../../core/audit/audit-log.ts';
import { auditPage } from '../../core/audit/audit-page.ts';
import { type AuditEntry, type AuditHead, encodeEntry } from '../../core/audit/entry.ts';
import { KeptEntries } from '../../core/audit/kept-entries.ts';
import { natsAuditLog } from '../../core/audit/nats-audit-log.ts';
import { notedHead } from '../../core/audit/noted-head.ts';
import { verdictSentence } from '../../core/audit/verdict-words.ts';
import { verifyChain } from '../../core/audit/verify-chain.ts';
import { parseProjectName, parseSha, type Tenant } from '../../core/model/ids.ts';
import { type Env, SettingsError } from '../../core/settings/env.ts';
import { processLog } from '../../core/settings/process-log.ts';
import type { KeyValue } from '../../core/store/key-value.ts';
import { connectNats } from '../../core/store/nats-connect.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { indexBucket } from '../../core/store/nats-names.ts';
import { readConnectSettings } from '../job/job-settings.ts';
import { countText } from '../progress/words.ts';
import { shown } from '../subscribe/watch-command.ts';

/** The log is not whole, or does not have what is known of it. */
export class AuditBrokenError extends Error {
  override name = 'AuditBrokenError';
}

export interface AuditArgs {
  readonly since?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly project?: string;
  readonly limit: string;
  readonly json?: boolean;
}

export interface VerifyArgs {
  /** `1204:3fa2…` */
  readonly known?: string;
  readonly json?: boolean;
}

const MOST = 10_000;

/** @throws SettingsError, InvalidValueError, StoreUnavailableError */
export async function auditCommand(args: AuditArgs, env: Env = process.env): Promise<readonly string[]> {
  const limit = Number(args.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
    throw new SettingsError(`--limit is ${JSON.stringify(args.limit)}: give a whole number from 1 to ${MOST}`);
  }
  const { actor, action } = args;
  const project = args.project === undefined ? undefined : parseProjectName(args.project);
  const since = args.since === undefined ? undefined : Date.now() - parseSince(args.since);
  return withLog(env, async ({ log }) => {
    const entries: AuditEntry[] = [];
    const kept = new KeptEntries(log);
    let next: number | undefined;
    do {
      const page = await auditPage(kept, {
        actor,
        action,
        project,
        since,
        before: next,
        limit: limit - entries.length,
      });
      entries.push(...page.entries);
      next = page.next;
    } while (next !== undefined && entries.length < limit);
    if (args.json) return entries.map((entry) => Buffer.from(encodeEntry(entry)).toString());
    return entries.length === 0 ? ['No entry matches.'] : entries.map(lineOf);
  });
}

const HOUR_MS = 3_600_000;
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: HOUR_MS, d: 24 * HOUR_MS, w: 168 * HOUR_MS };

function parseSince(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (ms > 0) return ms;
  throw new SettingsError(`--since is ${JSON.stringify(text)}: give a time such as 12h, 7d or 4w`);
}

function lineOf({ seq, ts, actor, action, scope, outcome }: AuditEntry): string {
  const about = Object.entries(scope).map(([name, value]) => `${name} ${shown(value)}`);
  const what = [action, ...about].join(', ');
  return `${seq}  ${ts.slice(0, 19).replace('T', ' ')} UTC  ${shown(actor.id)}  ${what}: ${outcome}`;
}

/** @throws AuditBrokenError  it names the first entry that does not fit */
export async function verifyCommand(args: VerifyArgs, env: Env = process.env): Promise<string> {
  const known = args.known === undefined ? [] : [parseKnown(args.known)];
  return withLog(env, async ({ log, index, tenant }) => {
    const noted = await notedHead(index);
    const { signal } = new AbortController();
    const verdict = await verifyChain(log, tenant, { known: [...known, ...(noted ? [noted] : [])], signal });
    const sentence = verdictSentence(verdict, countText);
    if (verdict.kind === 'broken') throw new AuditBrokenError(args.json ? JSON.stringify(verdict) : sentence);
    if (args.json) return JSON.stringify(verdict);
    const { seq, hash } = verdict.head;
    return seq === 0 ? sentence : `${sentence}\nKeep this elsewhere, to hold the log against later: ${seq}:${hash}`;
  });
}

function parseKnown(text: string): AuditHead {
  const [, seq, hash = ''] = /^([1-9]\d{0,14}):(.*)$/.exec(text) ?? [];
  if (seq === undefined) {
    throw new SettingsError(`--known is ${JSON.stringify(text)}: give an entry as its number, a colon and its hash`);
  }
  return { seq: Number(seq), hash: parseSha(hash) };
}

interface OpenLog {
  readonly log: AuditLog;
  readonly index: Pick<KeyValue, 'get'>;
  readonly tenant: Tenant;
}

async function withLog<T>(env: Env, work: (open: OpenLog) => Promise<T>): Promise<T> {
  const { tenant, nats, logLevel } = readConnectSettings(env);
  const log = processLog('audit', logLevel === 'info' ? 'warn' : logLevel);
  const link = await connectNats({ ...nats, name: 'audit', log });
  try {
    return await work({ log: natsAuditLog(link, tenant), index: natsKeyValue(link, indexBucket(tenant)), tenant });
  } finally {
    await link.close();
  }
}
