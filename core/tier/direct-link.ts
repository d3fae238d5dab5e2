// A large file that is only in cold need not come through the server: who downloads it gets a link to cold's own bytes. They
// are not verified on their way there, so the link is given only when a fresh proof agrees with the record of bytes that were
// (I6). It does not bring the object back to hot.
import type { Sha } from '../model/ids.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../store/store-errors.ts';
import { expectedCopy, readRecord } from './object-records.ts';
import type { TierIo } from './tier-io.ts';

export interface LinkRequest {
  readonly sha: Sha;
  readonly sizeBytes: number;
  /** under which it is saved */
  readonly fileName: string;
  readonly contentType: string;
  /** it ends by then, if not before */
  readonly forSeconds?: number;
}

/** For a download to begin, or to go on after a break; who comes later asks the server again. */
const EXPIRES_IN_SECONDS = 600;

/** @param fromBytes  what is smaller comes through the server, which brings it back to hot
 *  @returns undefined: it comes through the server, which also says what is wrong when something is */
export async function directLink(
  { hot, cold, index }: Pick<TierIo, 'hot' | 'cold' | 'index'>,
  { sha, sizeBytes, fileName, contentType, forSeconds = EXPIRES_IN_SECONDS }: LinkRequest,
  fromBytes: number,
): Promise<string | undefined> {
  if (sizeBytes < fromBytes) return undefined;
  const [inHot, record] = await Promise.all([hot.stat(sha), readRecord(index, sha)]);
  if (inHot.kind === 'present' || !record?.cold || record.cold.unread) return undefined;
  try {
    const check = await cold.check(sha, { sizeBytes, ...expectedCopy(record.cold) });
    if (check.kind !== 'proven') return undefined;
    const expiresInSeconds = Math.min(forSeconds, EXPIRES_IN_SECONDS);
    const link = await cold.signedLink(sha, { expiresInSeconds, fileName, contentType });
    return link.kind === 'link' ? link.url : undefined;
  } catch (error) {
    if (error instanceof ObjectAbsentError || error instanceof ObjectCorruptError) return undefined;
    if (error instanceof StoreUnavailableError) return undefined;
    throw error;
  }
}
