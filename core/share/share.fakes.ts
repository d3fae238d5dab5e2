// Share links on stores in memory, with a clock that a test moves.
import type { FsEvent } from '../model/event.ts';
import { parseTenant } from '../model/ids.ts';
import type { ShareScope } from '../model/share.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { ACTOR, PROJECT } from '../testing/test-project.ts';
import { createShare, type NewShare, type ShareIo } from './shares.ts';

export const WHOLE: ShareScope = { project: PROJECT, kind: 'directory', path: '' };
export const DAY_MS = 24 * 3_600_000;

export function shareWorks() {
  let now = Date.UTC(2026, 0, 1);
  const told: FsEvent[] = [];
  const io: ShareIo = {
    tenant: parseTenant('default'),
    shares: memoryKeyValue(),
    clock: { now: () => now },
    events: { publish: async (events) => void told.push(...events) },
  };
  return {
    io,
    told,
    pass: (ms: number) => (now += ms),
    share: (asked: Partial<NewShare> = {}) => createShare(io, { scope: WHOLE, since: 1, actor: ACTOR, ...asked }),
  };
}
