// What a command changes in NATS without a server is in the audit log as what people ask of a server is, and before the command
// ends. Where the log cannot be written, the command still says what it did: the entry is in its own output then.
import type { AuditLog } from '../../core/audit/audit-log.ts';
import { type Audit, AuditTrail, type AuditTrailIo } from '../../core/audit/audit-trail.ts';
import { audited } from '../../core/audit/audited.ts';
import type { AuditAction, AuditScope } from '../../core/audit/entry.ts';
import type { Actor } from '../../core/model/commit.ts';

/** Carries out `work`, and writes who asked for it, what it is about and what came of it.
 *  @param made  names of what came of it, such as a job's
 *  @throws what `work` throws; it is on record then that its outcome is unknown */
export type OnRecord = <T>(
  action: AuditAction,
  about: AuditScope & { readonly asked?: unknown },
  work: () => Promise<T>,
  made?: (result: T) => AuditScope,
) => Promise<T>;

/** How long a command that is done waits for a log that cannot be written. */
const PATIENCE_MS = 10_000;

export interface OnRecordIo extends Pick<AuditTrailIo, 'index' | 'clock' | 'processLog'> {
  readonly log: AuditLog;
  readonly actor: Actor;
}

export function onRecord({ actor, ...io }: OnRecordIo): OnRecord {
  return async (action, { asked, ...scope }, work, made) => {
    const done = await audited(
      atOnce(io),
      { actor, action, scope, asked },
      async () => {
        const result = await work();
        return { kind: outcomeOf(result), result };
      },
      ({ result }) => made?.(result) ?? {},
    );
    return done.result;
  };
}

/** A trail for each entry: a command may wait for hours before the next, and its patience begins with what it has to write. */
const atOnce = (io: Omit<OnRecordIo, 'actor'>): Pick<Audit, 'record'> => ({
  async record(fact) {
    const trail = new AuditTrail({ ...io, signal: AbortSignal.timeout(PATIENCE_MS) });
    await trail.record(fact);
    await trail.close();
  },
});

function outcomeOf(result: unknown): string {
  if (typeof result === 'string') return result;
  if (typeof result !== 'object' || result === null || !('kind' in result)) return 'done';
  return typeof result.kind === 'string' ? result.kind : 'done';
}
