// A server as a process of its own on a real nats-server, and commands beside it that know nothing but its address and a token.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NatsProject, openNatsProject } from './nats-project.ts';
import { type Program, type ProgramEnd, Programs } from './program.ts';

export const TOKEN = 'a-token-of-a-test-0123456789';

export interface ApiServer {
  readonly url: string;
  readonly works: NatsProject;
  /** of this test alone */
  readonly dir: string;
  /** a command of a person who is elsewhere: no NATS, no data directory */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Program;
  /** the same, until it has ended */
  run(args: readonly string[], typed?: string, env?: Readonly<Record<string, string>>): Promise<ProgramEnd>;
  close(): Promise<void>;
}

/** @param prepare   what the server is to know from its first answer on
 *  @param settings  of the server, beside its own */
export async function openApiServer(
  prepare: (works: NatsProject) => Promise<unknown> = async () => {},
  settings: Readonly<Record<string, string>> = {},
): Promise<ApiServer> {
  const works = await openNatsProject();
  await prepare(works);
  const dir = mkdtempSync(join(tmpdir(), 'fs-remote-'));
  const servers = new Programs(() => ({
    NATS_URL: works.rig.url,
    FS_TENANT: works.tenant,
    FS_DATA_DIR: join(dir, 'server'),
    FS_ADMIN_TOKEN: TOKEN,
    PORT: '0',
    ...settings,
  }));
  const server = servers.start(['server']);
  const said = await server.said(/fs-sync server on (\S+)\n/);
  const url = /fs-sync server on (\S+)\n/.exec(said)?.[1] ?? '';
  const commands = new Programs(() => ({
    NATS_URL: '',
    FS_DATA_DIR: join(dir, 'nowhere'),
    XDG_CONFIG_HOME: join(dir, 'config'),
    FS_URL: url,
    FS_TOKEN: TOKEN,
    NO_COLOR: '',
    FORCE_COLOR: '',
  }));
  const start: ApiServer['start'] = (args, env) => commands.start(args, env);
  return {
    url,
    works,
    dir,
    start,
    run(args, typed = '', env = {}) {
      const program = start(args, env);
      program.child.stdin?.end(typed);
      return program.ended;
    },
    async close() {
      commands.kill();
      servers.kill();
      await server.ended;
      await works.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
