// The smallest Ceph cluster that serves S3: one monitor and one object store daemon on a file, both on loopback, with
// Ceph's own authentication. Paths in its configuration are relative to its directory, where all its programs run, so
// that no directory name needs escaping and a moved directory still works.
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CephPrograms, runCeph } from './radosgw-programs.ts';

export interface Cluster {
  readonly dir: string;
  readonly programs: CephPrograms;
  readonly fsid: string;
  readonly port: number;
  readonly monPort: number;
  readonly capacityBytes: number;
}

export const CONFIG = 'ceph.conf';
const KEYRING = 'keyring';
const PLUGINS = 'plugins';
const GATEWAY = 'client.rgw.a';
const STORAGE_CLASSES = ['STANDARD_IA', 'GLACIER_IR'];

export async function writeConfig(cluster: Cluster): Promise<void> {
  const { dir, programs } = cluster;
  await mkdir(join(dir, 'log'), { recursive: true });
  await rm(join(dir, PLUGINS), { force: true });
  await symlink(programs.libraryDir, join(dir, PLUGINS));
  await writeFile(join(dir, CONFIG), configText(cluster));
}

function configText({ fsid, port, monPort, capacityBytes }: Cluster): string {
  return `[global]
fsid = ${fsid}
mon host = [v2:127.0.0.1:${monPort}]
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false
ms bind ipv6 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
keyring = ${KEYRING}
run dir = .
crash dir = log
admin socket =
pid file =
chdir =
log file = log/$name.log
mon cluster log file = log/cluster.log
plugin dir = ${PLUGINS}/ceph
erasure code dir = ${PLUGINS}/ceph/erasure-code
osd class dir = ${PLUGINS}/rados-classes
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false

[mon.a]
mon data = mon
paxos propose interval = 0.05
# The data shares the disk with everything else here: a full disk is told by the writes that fail.
mon data avail crit = 1
mon data avail warn = 2

[osd.0]
osd data = osd
osd objectstore = bluestore
bluestore block create = true
bluestore block size = ${capacityBytes}
bluestore cache autotune = false
bluestore cache size = ${128 * 2 ** 20}
osd op num shards = 2
osd class load list = *
osd class default list = *

[${GATEWAY}]
# Else an answer of two packets waits 40 ms for the word that the first one came.
rgw frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1
rgw thread pool size = 64
rgw enable usage log = false
rgw run sync thread = false
rgw enable quota threads = false
# Keys for tests of server-side encryption; they protect nothing.
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = testkey-1=${Buffer.alloc(32, 1).toString('base64')} testkey-2=${Buffer.alloc(32, 2).toString('base64')}
`;
}

/** Formats monitor and store. Can be repeated after a crash in the middle: it starts from nothing. */
export async function createCluster(cluster: Cluster): Promise<void> {
  const { dir, programs } = cluster;
  const run = (program: string, ...args: string[]) => runCeph(programs, dir, program, args);
  for (const name of ['mon', 'osd', KEYRING]) await rm(join(dir, name), { recursive: true, force: true });
  for (const name of ['mon', 'osd']) await mkdir(join(dir, name));

  const allow = (...caps: string[]) => caps.flatMap((cap) => ['--cap', ...cap.split(': ')]);
  const key = (name: string, ...caps: string[]) =>
    run('ceph-authtool', KEYRING, '--gen-key', '-n', name, ...allow(...caps));
  await run('ceph-authtool', '--create-keyring', KEYRING, '--gen-key', '-n', 'mon.', ...allow('mon: allow *'));
  await key('client.admin', 'mon: allow *', 'osd: allow *', 'mgr: allow *');
  await key('osd.0', 'mon: allow profile osd', 'mgr: allow profile osd', 'osd: allow *');
  await key(GATEWAY, 'mon: allow rw', 'osd: allow rwx');

  await writeMonmap(cluster);
  // A map with room for one store daemon, which then registers itself: no other client program is needed.
  await run('osdmaptool', '--conf', CONFIG, '--no-mon-config', '--clobber', '--createsimple', '1', 'osdmap');
  const maps = ['--monmap', 'monmap', '--osdmap', 'osdmap', '--keyring', KEYRING];
  await run('ceph-mon', '--conf', CONFIG, '-i', 'a', '--mkfs', ...maps);
  await run('ceph-osd', '--conf', CONFIG, '-i', '0', '--mkfs', '--no-mon-config');
}

async function writeMonmap({ dir, programs, fsid, monPort }: Cluster): Promise<void> {
  const address = ['--addv', 'a', `[v2:127.0.0.1:${monPort}]`];
  await runCeph(programs, dir, 'monmaptool', ['--create', '--clobber', '--fsid', fsid, ...address, 'monmap']);
}

/** The monitor's port is written into its data; this puts the cluster's there. */
export async function moveMonitor(cluster: Cluster): Promise<void> {
  await writeMonmap(cluster);
  await runCeph(cluster.programs, cluster.dir, 'ceph-mon', ['--conf', CONFIG, '-i', 'a', '--inject-monmap', 'monmap']);
}

/** Makes the S3 user and the storage classes, while monitor and store run and the gateway does not yet. Repeatable. */
export async function createUser(
  { dir, programs }: Cluster,
  user: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<void> {
  const admin = (...args: string[]) =>
    runCeph(programs, dir, 'radosgw-admin', ['--conf', CONFIG, '-n', GATEWAY, ...args]);
  const uid = ['--uid', 'nats-fs-sync'];
  const keys = ['--access-key', user.accessKeyId, '--secret-key', user.secretAccessKey];
  await admin('user', 'create', ...uid, '--display-name', 'nats-fs-sync', ...keys).catch(async (error) => {
    await admin('user', 'info', ...uid).catch(() => Promise.reject(error));
  });
  for (const storageClass of STORAGE_CLASSES) {
    const placement = ['--placement-id', 'default-placement', '--storage-class', storageClass];
    await admin('zonegroup', 'placement', 'add', '--rgw-zonegroup', 'default', ...placement);
    const pool = ['--data-pool', 'default.rgw.buckets.data'];
    await admin('zone', 'placement', 'add', '--rgw-zone', 'default', ...placement, ...pool);
  }
}
