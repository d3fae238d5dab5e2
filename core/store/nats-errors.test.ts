import { errors } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { fakeSha } from '../model/ids.ts';
import { isMoved, JetStreamAnswerError, JetStreamCode, toStoreError } from './nats-errors.ts';
import { ObjectAbsentError, StoreDeniedError, StoreFullError, StoreUnavailableError } from './store-errors.ts';

const answered = (code: number) => new JetStreamAnswerError(code, 'the words do not matter');

test.each([
  [answered(JetStreamCode.storeFailed), StoreFullError],
  [answered(JetStreamCode.storageResourcesExceeded), StoreFullError],
  [answered(JetStreamCode.accountResourcesExceeded), StoreFullError],
  [answered(JetStreamCode.clusterNotAvailable), StoreUnavailableError],
  [answered(JetStreamCode.streamNotFound), StoreUnavailableError],
  [answered(12345), StoreUnavailableError],
  [answered(JetStreamCode.notEnabledForAccount), StoreDeniedError],
  [new errors.PermissionViolationError('no', 'publish', 'a.b'), StoreDeniedError],
  [new errors.RequestError('no', { cause: new errors.AuthorizationError('no') }), StoreDeniedError],
  [new errors.TimeoutError(), StoreUnavailableError],
  [new errors.NoRespondersError('a.b'), StoreUnavailableError],
  [new errors.ClosedConnectionError(), StoreUnavailableError],
  [Object.assign(new Error('connect'), { syscall: 'connect', code: 'ECONNREFUSED' }), StoreUnavailableError],
])('%s becomes %o', (error, expected) => {
  const translated = toStoreError(error, 'putting object 1234');
  expect(translated).toBeInstanceOf(expected);
  expect(translated.message).toContain('putting object 1234');
  expect(translated.cause).toBe(error);
});

test('no answer, and nobody who answers, are told without the names of subjects', () => {
  const said = (error: Error) => toStoreError(error, 'reading the index').message;
  expect(said(new errors.TimeoutError())).toBe(
    'hot storage is not available: reading the index: no answer came in time',
  );
  expect(said(new errors.NoRespondersError('$JS.API.DIRECT.GET.KV_fs_index_default'))).toBe(
    'hot storage is not available: reading the index: nobody answers that now',
  );
});

test('what is one of our words already stays, and so does a bug of ours and the reason of an abort', () => {
  for (const error of [
    new ObjectAbsentError(fakeSha(), 'hot'),
    new TypeError('bug'),
    new DOMException('stop', 'AbortError'),
  ]) {
    expect(toStoreError(error, 'anything')).toBe(error);
  }
});

test('a compare-and-swap that was too late is told by its code', () => {
  expect(isMoved(answered(JetStreamCode.wrongLastSequence))).toBe(true);
  expect(isMoved(answered(JetStreamCode.wrongLastSequenceUnknown))).toBe(true);
  expect(isMoved(answered(JetStreamCode.storeFailed))).toBe(false);
  expect(isMoved(new Error('wrong last sequence'))).toBe(false);
});
