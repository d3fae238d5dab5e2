// A file of a project as a server gives it: its facts, and its bytes. A line that is cut is taken up again where it was, as long
// as the file is still the same; whether the bytes are those of the file is for who reads them to verify (I6).
import { systemClock } from '../../core/model/clock.ts';
import { type ProjectName, parseSha, type Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { type ApiClient, pathIn } from './api-client.ts';
import { StrangeServerError } from './api-errors.ts';

export interface FileAddress {
  readonly project: ProjectName;
  readonly path: RelPath;
  /** as it was then; undefined: as it is */
  readonly commit: Sha | undefined;
}

export interface FileFacts {
  readonly sha: Sha;
  readonly size: number;
  /** permission bits */
  readonly mode: number;
  /** milliseconds since 1970 */
  readonly mtime: number;
}

/** The file became another one while it was read. */
export class FileChangedError extends Error {
  override name = 'FileChangedError';
}

const MOST_CUTS = 5;

/** @throws ApiRefusedError `no-file`, `no-project`, and what `ApiClient.answer` throws */
export async function factsOf(client: ApiClient, at: FileAddress): Promise<FileFacts> {
  // A HEAD has no body that would say what is wrong: a GET of no bytes has one.
  const response = await ask(client, at, { range: 'bytes=0-0' });
  await response.body?.cancel();
  const { headers } = response;
  const size = Number(/\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1] ?? headers.get('content-length') ?? 0);
  const mode = Number.parseInt(headers.get('fs-mode') ?? '644', 8);
  return { sha: shaIn(client, response), size, mode, mtime: Number(headers.get('fs-mtime') ?? 0) };
}

/** @param start  bytes that are there already
 *  @throws FileChangedError, and what `ApiClient.answer` throws */
export async function* readFile(
  client: ApiClient,
  at: FileAddress,
  { sha, size }: Pick<FileFacts, 'sha' | 'size'>,
  start = 0,
): AsyncGenerator<Uint8Array> {
  let have = start;
  for (let cuts = 0; have < size; ) {
    const response = await ask(client, at, { range: `bytes=${have}-`, 'if-range': `"${sha}"` });
    if (shaIn(client, response) !== sha || (have > 0 && response.status !== 206)) {
      await response.body?.cancel();
      throw new FileChangedError(`${at.path} of ${at.project} became another file while it was read: get it again`);
    }
    try {
      for await (const part of bytesOf(response)) {
        have += part.length;
        cuts = 0;
        yield part;
      }
      if (have < size) throw new Error('the line ended early');
    } catch (cause) {
      if (++cuts > MOST_CUTS) throw client.away(cause);
      await systemClock.sleep(200 * 2 ** cuts);
    }
  }
}

const ask = (client: ApiClient, { project, path, commit }: FileAddress, headers: Record<string, string>) =>
  client.answer('GET', `/projects/${project}/files/${pathIn(path)}`, { query: { commit }, headers });

function shaIn({ server }: ApiClient, response: Response): Sha {
  const [, sha] = /^"([0-9a-f]{64})"$/.exec(response.headers.get('etag') ?? '') ?? [];
  if (sha !== undefined) return parseSha(sha);
  throw new StrangeServerError(
    `${server.url} gave a file without saying its sha: is there a proxy that takes ETags away?`,
  );
}

async function* bytesOf({ body }: Response): AsyncGenerator<Uint8Array> {
  if (body) for await (const part of body as unknown as AsyncIterable<Uint8Array>) yield part;
}
