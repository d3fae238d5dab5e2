// Whether this machine's clock agrees with another's. Nothing is lost by one that is wrong; what is told of times is, and S3 refuses
// requests that were signed a quarter of an hour away.
import { type Finding, fail, ok, warn } from './finding.ts';

const WARN_MS = 2_000;
const REFUSED_MS = 14 * 60_000;

export function clockFinding(whose: string, aheadMs: number): Finding {
  const by = Math.abs(aheadMs);
  const text = by < 10_000 ? `${(by / 1_000).toFixed(1)} s` : `${Math.round(by / 1_000)} s`;
  if (by < WARN_MS) return ok('clock', `it agrees with that of ${whose}`);
  const sentence = `it is ${text} ${aheadMs > 0 ? 'behind' : 'ahead of'} that of ${whose}`;
  const how = { mend: 'let the machine set its clock by the network', command: 'sudo timedatectl set-ntp true' };
  return by < REFUSED_MS ? warn('clock', sentence, how) : fail('clock', sentence, how);
}
