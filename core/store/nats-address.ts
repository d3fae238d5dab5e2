// Addresses of NATS servers as people write them, such as `nats://user:password@host:4222`, taken apart for the client,
// which wants hosts and a login.
import { type Authenticator, tokenAuthenticator, usernamePasswordAuthenticator } from '@nats-io/transport-node';
import { StoreUnavailableError } from './store-errors.ts';

export interface Addresses {
  readonly hosts: string[];
  readonly tls: boolean;
  readonly authenticator: Authenticator | undefined;
}

/** @param servers  several by commas or as a list; the last login in them counts
 *  @throws StoreUnavailableError  one is no address */
export function addressesOf(servers: string | readonly string[]): Addresses {
  const hosts: string[] = [];
  let authenticator: Authenticator | undefined;
  let tls = false;
  for (const text of typeof servers === 'string' ? servers.split(',') : servers) {
    const address = text.trim();
    const complete = address.includes('://') ? address : `nats://${address}`;
    if (!URL.canParse(complete)) {
      throw new StoreUnavailableError('hot', `${JSON.stringify(address)} is no NATS address: give nats://host:port`);
    }
    const url = new URL(complete);
    if (url.protocol !== 'nats:' && url.protocol !== 'tls:') {
      throw new StoreUnavailableError(
        'hot',
        `NATS is not reached by ${url.protocol}//, only by nats:// or tls://: give such an address of ${url.host}`,
      );
    }
    const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    if (user !== '') {
      authenticator = password === '' ? tokenAuthenticator(user) : usernamePasswordAuthenticator(user, password);
    }
    if (url.protocol === 'tls:') tls = true;
    hosts.push(`${url.hostname}:${url.port || 4222}`);
  }
  return { hosts, tls, authenticator };
}

/** `127.0.0.1:4222`, `[::1]:4222` */
export function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}
