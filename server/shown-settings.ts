// What a server was started with, for people to see: by the variable that sets it, with what it does. Secrets are told to be
// set, and never shown; an address is shown without the login in it.
import type { ServerShown, ShownSetting } from '../app/settings-view.ts';
import { addressesOf } from '../core/store/nats-address.ts';
import packageJson from '../package.json' with { type: 'json' };
import type { ServerSettings } from './settings.ts';

type Name = Extract<keyof ServerSettings, string>;
type About = readonly [name: Name, about: string];

const GROUPS: readonly { readonly word: string; readonly settings: readonly About[] }[] = [
  {
    word: 'Server',
    settings: [
      ['PORT', 'where pages and the API answer'],
      ['HOST', 'the address that it listens on; 127.0.0.1 is this machine only'],
      ['FS_PUBLIC_URL', 'the address in links that people share; not set: the one that they are made at'],
      ['FS_TENANT', 'whose projects it serves'],
      ['FS_DATA_DIR', 'where it keeps what can be made anew'],
      ['FS_ADMIN_TOKEN', 'signs the first administrator in'],
      ['FS_API_RATE', 'requests a second to the API that one token may make'],
      ['FS_API_BURST', 'how many of them at once; not set: those of ten seconds'],
      ['FS_STAGING_BYTES', 'what uploads under way may take of its disk'],
      ['LOG_LEVEL', 'how much it logs'],
    ],
  },
  {
    word: 'Hot storage (NATS)',
    settings: [
      ['NATS_URL', 'where NATS is'],
      ['NATS_CREDS', 'the file with its credentials'],
      ['FS_HOT_COMPRESSION', 'whether NATS compresses what it writes; not set: as it is'],
      ['FS_HOT_HIGH_BYTES', 'above this, what was used longest ago leaves hot; not set: no limit'],
      ['FS_HOT_LOW_BYTES', 'until this is left; not set: nine tenths of the high mark'],
      ['FS_EVICT_IDLE_DAYS', 'what nobody used for so long leaves hot; not set: by the marks only'],
    ],
  },
  {
    word: 'Cold storage',
    settings: [
      ['S3_BUCKET', 'the bucket; not set: a directory below FS_DATA_DIR'],
      ['S3_ENDPOINT', 'the server of the bucket; not set: AWS'],
      ['S3_REGION', 'its region'],
      ['S3_FORCE_PATH_STYLE', 'whether the bucket is in the path of addresses; not set: as the endpoint needs'],
      ['S3_PREFIX', 'before every key'],
      ['S3_STORAGE_CLASS', 'of what is archived from now on'],
      ['S3_KMS_KEY', 'the key that the server encrypts with'],
      ['FS_COLD_COMPRESSION', 'of what is archived from now on'],
      ['S3_LINKS_FROM_BYTES', 'downloads of this size go to S3 itself; not set: all come through the server'],
      ['S3_PUBLIC_ENDPOINT', 'the address in those links; not set: S3_ENDPOINT'],
    ],
  },
  {
    word: 'Upkeep',
    settings: [
      ['FS_JOB_HISTORY_DAYS', 'for how many days ended jobs stay listed'],
      ['FS_WEBHOOK_ALLOW_PRIVATE', 'whether webhooks may lead to your own network, also over plain HTTP'],
    ],
  },
];

const URLS: ReadonlySet<Name> = new Set<Name>(['FS_PUBLIC_URL', 'S3_ENDPOINT', 'S3_PUBLIC_ENDPOINT']);
const SECRET: ReadonlySet<Name> = new Set<Name>(['FS_ADMIN_TOKEN', 'NATS_CREDS']);

export function shownSettings(settings: ServerSettings): ServerShown['groups'] {
  const shown = ([name, about]: About): ShownSetting => ({ name, about, value: shownValue(name, settings[name]) });
  return GROUPS.map(({ word, settings: all }) => ({ word, settings: all.map(shown) }));
}

function shownValue(name: Name, value: unknown): string | null {
  if (value === undefined) return null;
  if (SECRET.has(name)) return 'set, not shown';
  if (name === 'NATS_URL') return natsAddresses(String(value));
  return URLS.has(name) ? withoutLogin(String(value)) : String(value);
}

/** Made of what the client is given, so that nothing of a login is left however it is written. */
function natsAddresses(servers: string): string {
  const { hosts, tls, authenticator } = addressesOf(servers);
  const before = `${tls ? 'tls' : 'nats'}://${authenticator ? '…@' : ''}`;
  return hosts.map((host) => before + host).join(', ');
}

function withoutLogin(address: string): string {
  const url = new URL(address);
  if (url.username === '' && url.password === '') return address;
  [url.username, url.password] = ['', ''];
  return url.href.replace('//', '//…@');
}

export const { version } = packageJson;
