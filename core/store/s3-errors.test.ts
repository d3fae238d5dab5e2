// What answers mean that the test server does not give: AWS's, Swift's, MinIO's, and the network's.
import { S3ServiceException } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { s3Error } from './s3-errors.ts';
import { StoreDeniedError, StoreFullError, StoreUnavailableError } from './store-errors.ts';

const place = { bucket: 'b', endpoint: 'https://s3.example.net' };
const answered = (status: number, name: string) =>
  s3Error(place, new S3ServiceException({ name, $fault: 'client', $metadata: { httpStatusCode: status } }));
const failed = (code: string) => s3Error(place, Object.assign(new Error('failed'), { code }));

test('what a person has to change is denied, with the next step', () => {
  expect(answered(404, 'NoSuchBucket')).toBeInstanceOf(StoreDeniedError);
  expect(answered(403, 'ExpiredToken')).toMatchObject({ message: expect.stringContaining('renew AWS_SESSION_TOKEN') });
  expect(answered(301, 'PermanentRedirect')).toMatchObject({ message: expect.stringContaining('set S3_REGION') });
  expect(answered(403, 'SomethingOfTheirOwn')).toBeInstanceOf(StoreDeniedError);
  const noKeys = Object.assign(new Error('none'), { name: 'CredentialsProviderError' });
  expect(s3Error(place, noKeys)).toMatchObject({ message: expect.stringContaining('set AWS_ACCESS_KEY_ID') });
});

test('a quota that is used up is full', () => {
  expect(answered(403, 'QuotaExceeded')).toBeInstanceOf(StoreFullError);
  expect(answered(507, 'InsufficientStorage')).toBeInstanceOf(StoreFullError);
});

test('what may pass is unavailable', () => {
  for (const error of [answered(503, 'SlowDown'), answered(500, 'InternalError'), answered(400, 'BadDigest')]) {
    expect(error).toBeInstanceOf(StoreUnavailableError);
  }
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'CERT_HAS_EXPIRED', 'HPE_INVALID_CONSTANT']) {
    expect(failed(code), code).toBeInstanceOf(StoreUnavailableError);
  }
  expect(s3Error(place, Object.assign(new Error('late'), { name: 'TimeoutError' }))).toBeInstanceOf(
    StoreUnavailableError,
  );
});

test('our own errors and mistakes pass as they are', () => {
  const mistake = new TypeError('x is not a function');
  expect(s3Error(place, mistake)).toBe(mistake);
  const full = new StoreFullError('cold', 'no room');
  expect(s3Error(place, full)).toBe(full);
});
