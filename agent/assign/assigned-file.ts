// What the node remembers of its assignments: which workspaces it took, which of them it was removing, which are removed
// and wait to be asked for. Without it, an agent that was away when an assignment ended could not tell that workspace from
// a directory that was never its own. A file that is lost or damaged means only that nothing is removed because of it.
import { join } from 'node:path';
import { z } from 'zod';
import { deleteThresholdSchema } from '../../core/model/delete-threshold.ts';
import { projectNameSchema } from '../../core/model/ids.ts';
import type { Log } from '../../core/model/log.ts';
import { relPathSchema } from '../../core/model/rel-path.ts';
import type { Disk } from '../disk/disk.ts';
import { isDiskError } from '../disk/disk-error.ts';

const rememberedSchema = z.strictObject({
  project: projectNameSchema,
  prefix: relPathSchema.optional(),
  root: z.string().startsWith('/'),
  mode: z.enum(['two-way', 'receive', 'send']).optional(),
  idle_remove_ms: z.int().min(1).optional(),
  delete_threshold: deleteThresholdSchema.optional(),
  /** when something last changed in it */
  active_at: z.iso.datetime(),
  /** it is to go from the node, and is not gone yet */
  leaving: z.literal(true).optional(),
  /** it was idle, and was removed from the node then */
  removed_at: z.iso.datetime().optional(),
});
export type Remembered = z.infer<typeof rememberedSchema>;

const fileSchema = z.strictObject({ v: z.literal(1), workspaces: z.array(rememberedSchema) });

export class AssignedFile {
  readonly #disk: Disk;
  readonly #file: string;
  readonly #log: Log;
  #saved = '';

  constructor(disk: Disk, stateDir: string, log: Log) {
    this.#disk = disk;
    this.#file = join(stateDir, 'assigned.json');
    this.#log = log;
  }

  load(): readonly Remembered[] {
    try {
      this.#saved = this.#disk.readText(this.#file);
      return fileSchema.parse(JSON.parse(this.#saved)).workspaces;
    } catch (error) {
      if (isDiskError(error, 'ENOENT', 'ENOTDIR')) return [];
      if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
      this.#log.warn({ file: this.#file, error }, 'the list of assigned workspaces is damaged; it is made anew');
      return [];
    }
  }

  /** Durable when it returns. Saying the same again costs nothing. */
  save(workspaces: readonly Remembered[]): void {
    const text = `${JSON.stringify({ v: 1, workspaces })}\n`;
    if (text === this.#saved || (workspaces.length === 0 && this.#saved === '')) return;
    this.#disk.makeDirectories(join(this.#file, '..'));
    const draft = `${this.#file}.new`;
    const file = this.#disk.open(draft, 'overwrite');
    try {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += file.write(bytes, at);
      file.syncNow();
    } finally {
      file.close();
    }
    this.#disk.rename(draft, this.#file);
    this.#saved = text;
  }
}
