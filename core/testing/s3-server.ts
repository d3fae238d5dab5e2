// What tests know of the S3 server that the set-up of their kind started, or that S3_TEST_ENDPOINT names.
import { inject } from 'vitest';

export interface S3TestServer {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** It is the radosgw that the set-up started, with its storage classes and keys; another server may lack them. */
  readonly own: boolean;
}

declare module 'vitest' {
  interface ProvidedContext {
    s3: S3TestServer;
  }
}

export const s3TestServer = (): S3TestServer => inject('s3');
