// What came of a look at the audit log, in one sentence for people.
import { unreachable } from '../model/assert.ts';
import type { AuditFault, AuditVerdict } from './verify-chain.ts';

/** @param count  as numbers are written there */
export function verdictSentence(verdict: AuditVerdict, count: (n: number) => string): string {
  if (verdict.kind === 'broken') {
    const fit = verdict.count === 1 ? 'The entry before it fits' : `The ${count(verdict.count)} entries before it fit`;
    return `Not whole: entry ${count(verdict.seq)} ${faultWords(verdict.fault)}.${verdict.count === 0 ? '' : ` ${fit}.`}`;
  }
  const { firstSeq, head } = verdict;
  if (verdict.count === 0) return 'There is no entry yet.';
  const entries = verdict.count === 1 ? 'The only entry is' : `All ${count(verdict.count)} entries are`;
  const from = firstSeq > 1 ? `; those before entry ${count(firstSeq)} are not kept, by the stream’s own settings` : '';
  return `${entries} whole, up to entry ${count(head.seq)}${from}.`;
}

function faultWords(fault: AuditFault): string {
  switch (fault) {
    case 'missing':
      return 'is missing';
    case 'not-an-entry':
      return 'is none: another program wrote it';
    case 'changed':
      return 'was changed';
    case 'out-of-place':
      return 'was written for another place';
    case 'not-after':
      return 'does not follow the one before it';
    case 'beginning-gone':
      return 'is gone, and nothing may go from this log';
    case 'end-gone':
      return 'and maybe later ones are gone: they were written';
    case 'another':
      return 'is not the one that was written there';
    default:
      return unreachable(fault);
  }
}
