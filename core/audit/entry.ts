// An entry of the audit log: who did what, to what, when, and what came of it. Each has the hash of the one before in it and
// its own over all of that, so that none can be changed, taken out or put elsewhere without every later one saying so.
import { z } from 'zod';
import { canonicalJson } from '../model/canonical-json.ts';
import { actorSchema } from '../model/commit.ts';
import { type ProjectName, type Sha, shaOf, shaSchema, type Tenant } from '../model/ids.ts';

/** What is tried; what came of it is the outcome. A newer version may write others. */
export const auditActions = [
  'project.create',
  'project.rename',
  'project.delete',
  'project.undelete',
  'project.commit',
  'project.pin',
  'project.unpin',
  'project.promote',
  'project.resync',
  'policy.change',
  'node.answer',
  'node.limits',
  'node.rescan',
  'node.assign',
  'node.unassign',
  'node.forget',
  'job.start',
  'job.cancel',
  'job.retry',
  'job.adopt',
  'job.retry-dead',
  'share.create',
  'share.revoke',
  'share.open',
  'session.open',
  'session.close',
  'token.create',
  'token.revoke',
  'token.use',
  'webhook.create',
  'webhook.change',
  'webhook.pause',
  'webhook.resume',
  'webhook.rotate',
  'webhook.delete',
  'webhook.test',
  'webhook.resend',
  'webhook.try',
  'webhook.pass',
  'audit.verify',
  /** what could not be written: how many, and between when */
  'audit.missed',
] as const;
export type AuditAction = (typeof auditActions)[number];

/** Who is known by nothing but where they come from is an address. */
export const auditActorSchema = z.strictObject({
  kind: z.enum([...actorSchema.shape.kind.options, 'address']),
  id: z.string().min(1).max(200),
});
export type AuditActor = z.infer<typeof auditActorSchema>;

/** What it is about, by its names. */
export interface AuditScope {
  readonly project?: ProjectName | undefined;
  readonly path?: string | undefined;
  readonly node?: string | undefined;
  readonly job?: string | undefined;
  readonly share?: string | undefined;
  readonly commit?: string | undefined;
  readonly token?: string | undefined;
  readonly webhook?: string | undefined;
}

/** What happened, as those tell it who did it. */
export interface AuditFact {
  readonly actor: AuditActor;
  readonly action: AuditAction;
  readonly scope: AuditScope;
  /** in their own words, as JSON; never a secret */
  readonly asked?: unknown;
  /** such as `project-created` */
  readonly outcome: string;
}

/** One that is to be written. */
export interface AuditDraft extends AuditFact {
  /** the same for each try to write it */
  readonly id: string;
  /** when it happened, ISO 8601; entries stand in the order in which they were written */
  readonly ts: string;
}

export const auditEntrySchema = z.looseObject({
  v: z.literal(1),
  /** its place, counted from 1; the seq of the stream */
  seq: z.int().min(1),
  /** of the draft: who tries again knows by it what was written already. Older entries have none. */
  id: z.string().min(1).max(200).optional(),
  ts: z.iso.datetime(),
  actor: auditActorSchema,
  action: z.string().regex(/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/),
  scope: z.record(z.string(), z.string()),
  asked: z.json().optional(),
  outcome: z.string().min(1).max(200),
  prev: shaSchema,
  hash: shaSchema,
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** A place in the chain: what the next entry follows. */
export interface AuditHead {
  /** 0: there is no entry yet */
  readonly seq: number;
  readonly hash: Sha;
}

/** What was asked is kept whole up to here; of more, its beginning, its length and its sha. */
const MOST_ASKED_BYTES = 16 * 1024;
const BEGINNING_CHARACTERS = 1_000;

/** What a tenant's first entry follows, so that no other tenant's chain can stand in its place. */
export const beginningOf = (tenant: Tenant): AuditHead => ({ seq: 0, hash: shaOf(`fs-sync audit log of ${tenant}\n`) });

export function chainedEntry({ scope, asked, ...draft }: AuditDraft, before: AuditHead): AuditEntry {
  const names = Object.entries(scope).filter(([, name]) => name !== undefined && name !== '');
  const rest = {
    v: 1 as const,
    seq: before.seq + 1,
    ...draft,
    scope: Object.fromEntries(names),
    ...(asked !== undefined && { asked: keptOf(asked) }),
    prev: before.hash,
  };
  // Checked as any reader will check it: what is written cannot be taken back.
  return auditEntrySchema.parse({ ...rest, hash: hashOfRest(rest) });
}

function keptOf(asked: unknown): AuditEntry['asked'] {
  const text = JSON.stringify(asked) ?? 'null';
  const bytes = Buffer.byteLength(text);
  if (bytes <= MOST_ASKED_BYTES) return JSON.parse(text);
  return { cut: text.slice(0, BEGINNING_CHARACTERS), bytes, sha: shaOf(text) };
}

export const encodeEntry = (entry: AuditEntry): Uint8Array => Buffer.from(canonicalJson(entry as CanonicalInput));

type CanonicalInput = Parameters<typeof canonicalJson>[0];

/** @returns undefined: the bytes are no entry */
export function decodeEntry(bytes: Uint8Array): AuditEntry | undefined {
  try {
    return auditEntrySchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** What an entry's hash has to be. */
export function hashOf({ hash: _, ...rest }: AuditEntry): Sha {
  return hashOfRest(rest);
}

const hashOfRest = (rest: object): Sha => shaOf(canonicalJson(rest as CanonicalInput));

/** What the next entry follows when these bytes stand last, whatever they are. */
export const hashStanding = (bytes: Uint8Array): Sha => decodeEntry(bytes)?.hash ?? shaOf(bytes);
