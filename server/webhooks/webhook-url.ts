// Which addresses a webhook may have. A name is looked up when it is connected to, each time: what it means may change.
import { isIP } from 'node:net';
import { quote } from '../../core/model/ids.ts';
import { MAX_WEBHOOK_URL } from '../../core/model/webhook.ts';
import { isPublicAddress } from './public-address.ts';

/** @param allowPrivate  also plain HTTP, which is for one's own network
 *  @returns what is wrong with it, and what to give instead; undefined: nothing */
export function urlFault(text: string, allowPrivate: boolean): string | undefined {
  if (text.length > MAX_WEBHOOK_URL) return `It has ${text.length} characters: give at most ${MAX_WEBHOOK_URL}.`;
  if (!URL.canParse(text)) return `${quote(text)} is no address: give one such as https://hooks.example.net/files.`;
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) {
    return `It begins with ${quote(url.protocol)}: give one that begins with https://.`;
  }
  if (url.username !== '' || url.password !== '')
    return 'It has a login in it: take that out; the signature says who sends.';
  if (url.hash !== '') return 'It has a part behind #, which no server gets: take that out.';
  const host = hostOf(url);
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) return refusalOf(host);
  return undefined;
}

export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

export const refusalOf = (address: string): string =>
  `${address} is no public address: set FS_WEBHOOK_ALLOW_PRIVATE=true on the server if webhooks may reach your own network.`;
