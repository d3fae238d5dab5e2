// Carries out what somebody asked for, and records it before the answer: what came of it, or that nobody knows.
import type { Audit } from './audit-trail.ts';
import type { AuditFact, AuditScope } from './entry.ts';

/** @param made  names of what came of it, such as a job's
 *  @param ended  how it ended, where the kind of the outcome does not say all
 *  @throws what `work` throws; it is on record then that its outcome is unknown */
export async function audited<T extends { readonly kind: string }>(
  audit: Pick<Audit, 'record'>,
  asked: Omit<AuditFact, 'outcome'>,
  work: () => Promise<T>,
  made: (outcome: T) => AuditScope = () => ({}),
  ended: (outcome: T) => string = ({ kind }) => kind,
): Promise<T> {
  let outcome: T;
  try {
    outcome = await work();
  } catch (error) {
    await audit.record({ ...asked, outcome: 'unknown' });
    throw error;
  }
  await audit.record({ ...asked, scope: { ...asked.scope, ...made(outcome) }, outcome: ended(outcome) });
  return outcome;
}
