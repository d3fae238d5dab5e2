// Ids of jobs. They begin with the time, so that the order of keys is the order of the requests; a scheduled job's id
// follows from its slot alone, so that of many servers that ask for it one gets it (no leader is needed).
import { randomBytes } from 'node:crypto';
import type { JobKind } from '../model/job.ts';

/** Enough digits for the milliseconds of some thousand years. */
const TIME_DIGITS = 9;

const timePart = (ms: number): string => ms.toString(36).padStart(TIME_DIGITS, '0');

export const newJobId = (now: number): string => `${timePart(now)}-${randomBytes(5).toString('hex')}`;

/** @param slotStart  milliseconds since 1970 */
export const slotJobId = (kind: JobKind, slotStart: number): string => `${timePart(slotStart)}-${kind}`;

/** @returns milliseconds since 1970 */
export const jobTime = (id: string): number => Number.parseInt(id.slice(0, TIME_DIGITS), 36);
