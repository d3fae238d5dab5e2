// What NATS says of itself, and what that means for a fleet whose system of record it is.
import type { NatsFacts, Used } from '../../core/store/nats-examine.ts';
import { countText, sizeText } from '../progress/words.ts';
import { clockFinding } from './clock.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const ABOUT = 'nats';
/** A chunk of an object, and its headers. */
const LEAST_PAYLOAD_BYTES = 1_048_576;
const LEAST_VERSION = [2, 10] as const;

export function judgeNats(facts: NatsFacts): Finding[] {
  return [
    version(facts),
    payload(facts),
    ...(facts.jetStream ? [...room(facts.jetStream), sync(facts), streams(facts)] : [noJetStream]),
    ...(facts.clockAheadMs === undefined ? [] : [clockFinding('NATS', facts.clockAheadMs)]),
  ];
}

function version({ version: text }: NatsFacts): Finding {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  const isOld = major < LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1]);
  if (!isOld) return ok(ABOUT, `it answers, version ${text}`);
  return fail(ABOUT, `its version is ${text}: at least ${LEAST_VERSION.join('.')} is needed`, {
    mend: 'install a newer nats-server; its data stays',
  });
}

function payload({ maxPayloadBytes }: NatsFacts): Finding {
  const sentence = `a message may have ${countText(maxPayloadBytes)} bytes`;
  if (maxPayloadBytes >= LEAST_PAYLOAD_BYTES) return ok(ABOUT, sentence);
  return fail(ABOUT, sentence, { mend: 'set in its configuration, and reload it', command: 'max_payload: 1MB' });
}

const noJetStream = fail(ABOUT, 'it has no JetStream for this account, which is where everything is kept', {
  mend: 'switch it on in its configuration, and for the account, and restart it',
  command: 'jetstream { store_dir: /var/lib/nats, sync_interval: always }',
});

function room({ storage, streams, consumers }: NonNullable<NatsFacts['jetStream']>): Finding[] {
  return [
    limit('of storage', storage, sizeText, 'raise max_storage of the account, or evict what is proven in cold'),
    limit('streams', streams, countText, 'raise max_streams of the account'),
    limit('consumers', consumers, countText, 'raise max_consumers of the account'),
  ];
}

function limit(what: string, { used, most }: Used, text: (value: number) => string, mend: string): Finding {
  if (most === undefined) return ok(ABOUT, `${text(used)} ${what} used, without a limit of the account`);
  const sentence = `${text(used)} of ${text(most)} ${what} used`;
  if (used >= most * 0.98) return fail(ABOUT, sentence, { mend });
  return used >= most * 0.85 ? warn(ABOUT, sentence, { mend }) : ok(ABOUT, sentence);
}

function sync({ syncInterval }: NatsFacts): Finding {
  const always = { mend: 'set in the jetstream part of its configuration', command: 'sync_interval: always' };
  if (syncInterval === 'always') return ok(ABOUT, 'what it has acknowledged is on its disk (sync_interval: always)');
  if (syncInterval === undefined) {
    return ok(ABOUT, 'it tells only its own administrator how often it syncs: sync_interval should be always');
  }
  return warn(
    ABOUT,
    `it syncs every ${syncInterval} s: a power loss takes what came since (nodes put back what they still know)`,
    always,
  );
}

function streams({ missingStreams }: NatsFacts): Finding {
  if (missingStreams === undefined) {
    return warn(ABOUT, 'this tenant is not set up in it yet', {
      mend: 'start the server once, or check FS_TENANT',
      command: 'npx fs-sync server',
    });
  }
  if (missingStreams.length === 0) return ok(ABOUT, 'all streams of the tenant are there');
  return fail(ABOUT, `streams are missing: ${missingStreams.join(', ')}`, {
    mend: 'start the server, which makes them; if they had data, bring it back from cold',
    command: 'npx fs-sync restore-index --from-cold --missing',
  });
}
