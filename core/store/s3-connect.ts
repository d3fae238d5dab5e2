// One S3 client for a process, with the settings that every S3 server understands: AWS, radosgw and the others.
import { setMaxListeners } from 'node:events';
import { S3Client } from '@aws-sdk/client-s3';

/** As the environment gives them; credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role. */
export interface S3Settings {
  /** unset: AWS */
  readonly S3_ENDPOINT?: string | undefined;
  readonly S3_REGION: string;
  /** unset: true with an endpoint of one's own, which seldom has a name for each bucket */
  readonly S3_FORCE_PATH_STYLE?: boolean | undefined;
}

/** A server that takes connections and says nothing is as good as none; large bodies keep the socket busy. */
const IDLE_TIMEOUT_MS = 60_000;
const CONNECTION_TIMEOUT_MS = 5_000;
const MAX_SOCKETS = 64;

export function s3Client(
  settings: S3Settings,
  credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string },
  { idleTimeoutMs = IDLE_TIMEOUT_MS }: { readonly idleTimeoutMs?: number } = {},
): S3Client {
  // The SDK's word to its developers about coming Node versions is none for the people who read our log.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { S3_ENDPOINT: endpoint, S3_REGION: region, S3_FORCE_PATH_STYLE: forcePathStyle } = settings;
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  return new S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    region,
    forcePathStyle: forcePathStyle ?? endpoint !== undefined,
    // The checksums that newer SDKs add by default travel in trailers, which radosgw and Swift refuse. Ours is the
    // signed hash of the payload, which all of them check.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: idleTimeoutMs,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
}

/** The option that ends a request with its caller's signal. Many requests at once listen to one signal, and each stops
 *  listening when it is done: more than ten are no leak. */
export function abortedBy(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  if (signal === undefined) return {};
  setMaxListeners(0, signal);
  return { abortSignal: signal };
}
