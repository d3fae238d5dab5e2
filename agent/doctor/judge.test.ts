// What facts mean, as a table: none of them can be brought about on the machine of a test.
import { expect, test } from 'vitest';
import type { NatsFacts } from '../../core/store/nats-examine.ts';
import { clockFinding } from './clock.ts';
import { judgeCapabilities } from './cold.ts';
import type { DiskFacts } from './disk-facts.ts';
import { type Finding, worst } from './finding.ts';
import { judgeInotify } from './inotify.ts';
import { judgeDisk } from './judge-disk.ts';
import { judgeNats } from './judge-nats.ts';
import { agentFinding } from './programs.ts';

const GOOD_DISK: DiskFacts = {
  path: '/srv/data dir',
  freeBytes: 100e9,
  totalBytes: 200e9,
  inodes: { free: 10_000_000, total: 20_000_000 },
  type: 'ext4',
  tried: {
    kind: 'written',
    syncMs: 1.4,
    syncFault: undefined,
    isCaseSensitive: true,
    keepsNames: true,
    hasLinks: true,
  },
};
type Written = Extract<DiskFacts['tried'], { kind: 'written' }>;
const tried = (how: Partial<Written>): Partial<DiskFacts> => ({ tried: { ...(GOOD_DISK.tried as Written), ...how } });

/** Those that are not well, in one line each. */
const faults = (findings: readonly Finding[]): string[] =>
  findings.filter(({ verdict }) => verdict !== 'ok').map(({ verdict, sentence }) => `${verdict} ${sentence}`);

function expectMends(findings: readonly Finding[]): void {
  for (const { verdict, mend } of findings) if (verdict !== 'ok') expect(mend).toBeDefined();
}

test.each<[Partial<DiskFacts>, readonly string[]]>([
  [{}, []],
  [{ freeBytes: 2e9 }, ['warn 2.0 GB of 200 GB free at /srv/data dir']],
  [{ freeBytes: 1e8 }, ['fail 100 MB of 200 GB free at /srv/data dir']],
  [{ inodes: undefined }, []],
  [{ inodes: { free: 999, total: 1e6 } }, ['fail 999 of 1,000,000 inodes free']],
  [{ type: undefined }, []],
  [{ type: 'xfs' }, []],
  [{ type: 'nfs4' }, [expect.stringContaining('warn its file system is nfs4, which is on the network')]],
  [{ type: 'overlay' }, [expect.stringContaining('warn its file system is overlay')]],
  [{ type: 'tmpfs' }, [expect.stringContaining('warn its file system is tmpfs')]],
  [{ type: 'vfat' }, [expect.stringContaining('fail its file system is vfat')]],
  [{ tried: { kind: 'refused', code: 'EACCES' } }, ['fail nothing can be written at /srv/data dir (EACCES)']],
  [tried({ syncMs: 250 }), ['warn a sync took 250 ms: small files will arrive slowly']],
  [tried({ syncFault: 'EINVAL' }), [expect.stringContaining('fail it refuses to sync a file (EINVAL)')]],
  [tried({ isCaseSensitive: false }), [expect.stringContaining('warn it takes names in upper')]],
  [tried({ keepsNames: false }), [expect.stringContaining('warn it changes how accented')]],
  [tried({ hasLinks: false }), [expect.stringContaining('fail it has no hard links')]],
])('a disk with %j', (facts, expected) => {
  const findings = judgeDisk({ ...GOOD_DISK, ...facts });
  expect(faults(findings)).toEqual(expected);
  expectMends(findings);
});

test('a command names a directory as a shell takes it', () => {
  const [room] = judgeDisk({ ...GOOD_DISK, freeBytes: 1 });
  expect(room?.command).toBe("du -xh -d2 '/srv/data dir' | sort -h | tail");
});

const INOTIFY = { maxWatches: 524_288, maxInstances: 128, directories: 5_000, instancesUsed: 4 };

test.each([
  [{}, []],
  [{ maxWatches: undefined }, []],
  [{ directories: 500_000 }, ['warn']],
  [{ directories: 600_000 }, ['fail']],
  [{ maxWatches: 8_192 }, ['warn']],
  [{ instancesUsed: 120 }, ['warn']],
  [{ instancesUsed: 128 }, ['fail']],
])('inotify with %j', (facts, expected) => {
  const findings = judgeInotify({ ...INOTIFY, ...facts });
  expect(findings.flatMap(({ verdict }) => (verdict === 'ok' ? [] : [verdict]))).toEqual(expected);
  expectMends(findings);
});

test('a limit is raised to twice of what is needed at least', () => {
  const [watches] = judgeInotify({ ...INOTIFY, directories: 600_000 });
  expect(watches?.command).toContain('fs.inotify.max_user_watches=2097152');
});

const NATS: NatsFacts = {
  version: '2.10.27',
  maxPayloadBytes: 1_048_576,
  jetStream: {
    storage: { used: 10, most: undefined },
    streams: { used: 14, most: 100 },
    consumers: { used: 3, most: undefined },
  },
  syncInterval: 'always',
  missingStreams: [],
  clockAheadMs: 12,
};

test.each<[Partial<NatsFacts>, readonly unknown[]]>([
  [{}, []],
  [{ version: '2.9.10' }, ['fail its version is 2.9.10: at least 2.10 is needed']],
  [{ version: '3.0.0' }, []],
  [{ maxPayloadBytes: 65_536 }, ['fail a message may have 65,536 bytes']],
  [{ jetStream: undefined }, [expect.stringContaining('fail it has no JetStream')]],
  [{ syncInterval: 120 }, [expect.stringContaining('warn it syncs every 120 s')]],
  [{ syncInterval: undefined }, []],
  [{ missingStreams: undefined }, ['warn this tenant is not set up in it yet']],
  [{ missingStreams: ['FS_EVENTS_a'] }, ['fail streams are missing: FS_EVENTS_a']],
  [{ clockAheadMs: -5_000 }, ['warn it is 5.0 s ahead of that of NATS']],
  [{ clockAheadMs: undefined }, []],
  [
    {
      jetStream: {
        storage: { used: 99, most: 100 },
        streams: { used: 90, most: 100 },
        consumers: { used: 1, most: 100 },
      },
    },
    ['fail 99 B of 100 B of storage used', 'warn 90 of 100 streams used'],
  ],
])('NATS with %j', (facts, expected) => {
  const findings = judgeNats({ ...NATS, ...facts });
  expect(faults(findings)).toEqual(expected);
  expectMends(findings);
});

test('a clock that is a quarter of an hour away fails, because S3 refuses what it signs', () => {
  expect(clockFinding('S3', 1_000).verdict).toBe('ok');
  expect(clockFinding('S3', 900_000)).toMatchObject({ verdict: 'fail', sentence: 'it is 900 s behind that of S3' });
});

test('an S3 server that takes wrong bytes fails; the directory has none of these questions', () => {
  const s3 = { kind: 's3', verifiesPayloadHash: true, returnsSha256: false, signedLinks: true } as const;
  expect(worst(judgeCapabilities(s3))).toBe('ok');
  expect(worst(judgeCapabilities({ ...s3, verifiesPayloadHash: false }))).toBe('fail');
  expect(judgeCapabilities({ ...s3, kind: 'directory' })).toEqual([]);
});

test('an agent that is in trouble fails', () => {
  const status = { node: 'node-a', workspaces: [] } as unknown as Parameters<typeof agentFinding>[0];
  expect(agentFinding(status)).toMatchObject({ verdict: 'ok', sentence: 'node-a answers, with 0 workspaces' });
  expect(agentFinding({ ...status, trouble: 'NATS is away' })).toMatchObject({
    verdict: 'fail',
    sentence: 'node-a: NATS is away',
    command: 'npx fs-sync status --node node-a',
  });
});
