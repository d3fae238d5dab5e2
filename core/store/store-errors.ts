// How stores fail, the same words for every tier. Callers match the class, never the message.
import type { Sha } from '../model/ids.ts';

export type Tier = 'local' | 'hot' | 'cold';

export class ObjectAbsentError extends Error {
  override name = 'ObjectAbsentError';
  constructor(
    readonly sha: Sha,
    readonly tier: Tier,
  ) {
    super(`object ${sha.slice(0, 12)} is not in ${tier}`);
  }
}

export class ObjectCorruptError extends Error {
  override name = 'ObjectCorruptError';
  constructor(
    readonly sha: Sha,
    readonly tier: Tier,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`object ${sha.slice(0, 12)} in ${tier} is not intact: ${detail}`, options);
  }
}

/** The tier does not answer, or answers that it cannot work now. Trying again later is right. */
export class StoreUnavailableError extends Error {
  override name = 'StoreUnavailableError';
  constructor(
    readonly tier: Tier,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`${tier} storage is not available: ${detail}`, options);
  }
}

/** No room. Work pauses, says so, and goes on when there is room again. */
export class StoreFullError extends Error {
  override name = 'StoreFullError';
  constructor(
    readonly tier: Tier,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`${tier} storage is full: ${detail}`, options);
  }
}

/** The tier refuses these credentials or this operation; a person has to change something. */
export class StoreDeniedError extends Error {
  override name = 'StoreDeniedError';
  constructor(
    readonly tier: Tier,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`${tier} storage refuses: ${detail}`, options);
  }
}
