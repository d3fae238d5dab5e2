// Secrets and signatures as Standard Webhooks 1.0 has them: `whsec_` and base64, HMAC-SHA256 over `<id>.<seconds>.<body>`. A
// message has one signature for each secret that holds, so that a receiver takes the new one whenever it likes.
import { createHmac, randomBytes } from 'node:crypto';
import type { Webhook, WebhookSecret } from '../model/webhook.ts';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;
/** How long a replaced secret signs beside the new one. */
export const OLD_SECRET_MS = 24 * 3_600_000;

export const newSecret = (): string => PREFIX + randomBytes(SECRET_BYTES).toString('base64');

/** The newest has no end. */
export const secretsAt = ({ secrets }: Pick<Webhook, 'secrets'>, now: number): readonly WebhookSecret[] =>
  secrets.filter(({ until }) => until === undefined || Date.parse(until) > now);

export interface Signed {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/** @param at  of the attempt, milliseconds since 1970: receivers refuse what is some minutes off their clock
 *  @param message  has no `.` in it */
export function sign(secrets: readonly string[], message: string, at: number, body: string): Signed {
  const seconds = String(Math.floor(at / 1_000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${message}.${seconds}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': message, 'webhook-timestamp': seconds, 'webhook-signature': signatures.join(' ') };
}
