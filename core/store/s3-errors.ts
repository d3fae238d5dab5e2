// What S3's answers mean, in the words that all stores use, and what a person can do about it. Codes decide, never
// message texts. A 404 of an object is not here: each operation knows what an absence means to it.
import { StoreDeniedError, StoreFullError, StoreUnavailableError } from './store-errors.ts';

/** Where the failed request went, for messages. */
export interface S3Place {
  readonly bucket: string;
  readonly endpoint: string;
}

/** Someone has to change something; trying again does not help. */
const DENIED: Readonly<Record<string, string>> = {
  NoSuchBucket: 'the bucket does not exist: create it, or set S3_BUCKET to another',
  InvalidBucketName: 'the server does not accept this bucket name: set S3_BUCKET to another',
  InvalidAccessKeyId: 'the access key is not known there: check AWS_ACCESS_KEY_ID',
  SignatureDoesNotMatch: 'the secret key does not fit the access key: check AWS_SECRET_ACCESS_KEY',
  AccessDenied: 'these credentials may not do this: let them read, write, list and delete in the bucket',
  Forbidden: 'these credentials may not do this: let them read, write, list and delete in the bucket',
  ExpiredToken: 'the credentials have expired: renew AWS_SESSION_TOKEN',
  InvalidToken: 'the session token is not accepted: check AWS_SESSION_TOKEN',
  CredentialsProviderError: 'there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  RequestTimeTooSkewed: 'the clock of this machine differs too much from the server’s: set it',
  PermanentRedirect: 'the bucket is in another region: set S3_REGION',
  AuthorizationHeaderMalformed: 'the region is another: set S3_REGION',
  BucketAlreadyExists: 'the bucket belongs to someone else: set S3_BUCKET to another',
  InvalidStorageClass: 'the server does not have this storage class',
  MethodNotAllowed: 'the address is not that of an S3 server: check S3_ENDPOINT',
};

const FULL = new Set(['QuotaExceeded', 'InsufficientCapacity', 'XMinioStorageFull']);

/** The error to throw for `cause`: translated when it is S3's or the network's, else as it is. */
export function s3Error({ bucket, endpoint }: S3Place, cause: unknown): unknown {
  if (!isFromS3(cause)) return cause;
  const code = s3Code(cause);
  const where = `s3://${bucket} at ${endpoint}`;
  const step = DENIED[code];
  if (step !== undefined) return new StoreDeniedError('cold', `${where}: ${step} (${code})`, { cause });
  if (FULL.has(code) || httpStatus(cause) === 507) {
    return new StoreFullError('cold', `${where} has no room (${code}): free some, or raise its quota`, { cause });
  }
  const status = httpStatus(cause);
  if (status === 401 || status === 403) {
    return new StoreDeniedError('cold', `${where}: ${DENIED.AccessDenied} (${code})`, { cause });
  }
  const answer = status === undefined ? `no answer (${code})` : `it answers ${status} ${code}`;
  return new StoreUnavailableError('cold', `${where}: ${answer}`, { cause });
}

/** The S3 error code, the system's code of a failed connection, or the error's name. */
export function s3Code(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('Code' in error && typeof error.Code === 'string') return error.Code;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.name;
}

export function httpStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const metadata: unknown = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/** The SDK marks what a server said; the rest are failed connections, by the system's codes, and time-outs. */
function isFromS3(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if ('$metadata' in error || error.name === 'TimeoutError' || error.name === 'CredentialsProviderError') return true;
  return (
    'code' in error && typeof error.code === 'string' && /^E[A-Z]|^(HPE|UND|CERT|SELF|DEPTH|UNABLE)_/.test(error.code)
  );
}
