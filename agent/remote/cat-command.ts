// `fs-sync cat`: the bytes of files on the output, as they come. They are verified when all have gone by: a run that ends well gave
// what the project has.
import { createHash } from 'node:crypto';
import { parseProjectName } from '../../core/model/ids.ts';
import type { Env } from '../../core/settings/env.ts';
import { parsePart } from '../job/job-settings.ts';
import { ApiClient } from './api-client.ts';
import { WrongBytesError } from './fetch-file.ts';
import { remoteCommit } from './remote-commit.ts';
import { factsOf, readFile } from './remote-file.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

export interface CatArgs extends ServerArgs {
  readonly commit?: string;
}

/** @throws WrongBytesError, InvalidValueError, SettingsError, and what `readFile` throws */
export async function* catCommand(
  name: string,
  paths: readonly string[],
  args: CatArgs,
  env: Env = process.env,
): AsyncGenerator<Uint8Array> {
  const project = parseProjectName(name);
  const client = new ApiClient(whichServer(args, env));
  const commit = args.commit === undefined ? undefined : await remoteCommit(client, project, args.commit);
  for (const path of paths.map(parsePart)) {
    const at = { project, path, commit };
    const facts = await factsOf(client, at);
    const hash = createHash('sha256');
    for await (const bytes of readFile(client, at, facts)) {
      hash.update(bytes);
      yield bytes;
    }
    if (hash.digest('hex') !== facts.sha) {
      throw new WrongBytesError(`the bytes of ${path} that came are not those of the file: do not use them, ask again`);
    }
  }
}
