// What a form with files brought, as changes of a project's tree. Bytes are stored while they come. Once it is known that
// nothing will come of it, nothing more is stored, and the form is read to its end all the same: all faults are known then, and a
// browser reads no answer before it has sent all.
import { type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import type { FileCommands, FileOp } from './file-commands.ts';
import { type FormPart, MultipartError, multipart } from './multipart.ts';

const MOST_FILES = 1_000;
const MOST_FIELD_BYTES = 100_000;

export interface Received {
  /** the directory; '' for the top */
  readonly place: RelPath | '';
  readonly ops: readonly FileOp[];
  readonly files: number;
  /** of files and folders, that are no path */
  readonly badNames: readonly string[];
  /** absent: whole */
  readonly fault?: 'cut-off' | 'too-many';
}

export interface Sending {
  readonly body: AsyncIterable<Uint8Array>;
  readonly boundary: string;
  readonly signal: AbortSignal;
}

/** @param typed  as a form or an address has it
 *  @returns undefined: it is no path */
export function placeIn(typed: string): RelPath | '' | undefined {
  const trimmed = typed.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? '' : relPathSchema.safeParse(trimmed).data;
}

export const below = (place: RelPath | '', name: string): RelPath | undefined =>
  relPathSchema.safeParse(place === '' ? name : `${place}/${name}`).data;

/** Fields: `path`, the directory; then `file`s. A script says the name of the next file before it, as `at`, because browsers
 *  change names in which there are quotes and line ends, and when it was `modified`; and it names empty folders, as `folder`. */
export async function receive({ body, boundary, signal }: Sending, store: FileCommands): Promise<Received> {
  let place: RelPath | '' = '';
  let at: string | undefined;
  let modifiedAt: number | undefined;
  let files = 0;
  let asked = 0;
  const ops: FileOp[] = [];
  const badNames: string[] = [];
  const so = (fault?: 'cut-off' | 'too-many'): Received => ({ place, ops, files, badNames, ...(fault && { fault }) });
  try {
    for await (const part of multipart(body, boundary)) {
      if (part.name === 'path') {
        const typed = decodedPath(await textOf(part));
        const known = placeIn(typed);
        if (known === undefined) badNames.push(typed);
        else place = known;
      } else if (part.name === 'at') at = decodedPath(await textOf(part));
      else if (part.name === 'modified') modifiedAt = timeIn(await textOf(part));
      else if (part.name === 'folder') {
        const name = decodedPath(await textOf(part));
        const path = below(place, name);
        if (path === undefined) badNames.push(name);
        else if (++asked <= MOST_FILES) ops.push({ kind: 'directory', path });
        // A field for files in which nothing was chosen has one without a name.
      } else if (part.name === 'file' && part.fileName) {
        const name = at ?? part.fileName;
        files++;
        const path = below(place, name);
        if (path === undefined) badNames.push(name);
        else if (++asked <= MOST_FILES && badNames.length === 0) {
          const stored = await store.storeBytes({ bytes: part.bytes, sizeBytes: undefined });
          ops.push({ kind: 'put', path, ...stored, modifiedAt });
        }
        at = undefined;
        modifiedAt = undefined;
      }
    }
  } catch (error) {
    if (error instanceof MultipartError || signal.aborted) return so('cut-off');
    throw error;
  }
  return so(asked > MOST_FILES ? 'too-many' : undefined);
}

async function textOf({ bytes }: FormPart): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of bytes) {
    length += part.length;
    if (length > MOST_FIELD_BYTES) throw new MultipartError('a field of the form is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Milliseconds since 1970; an odd one is none. */
function timeIn(text: string): number | undefined {
  const time = Number(text);
  return Number.isSafeInteger(time) && time > 0 ? time : undefined;
}

/** @returns what is no path where it cannot be decoded */
export function decodedPath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '\0';
  }
}
