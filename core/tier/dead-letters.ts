// What the archiver gave up on: objects of which hot has no good copy. Kept among the jobs' records until they are archived
// after all, so that a person sees each with its reason; archiving it again is a job like any other.
import { z } from 'zod';
import { type Clock, isoTime } from '../model/clock.ts';
import { type ProjectName, projectNameSchema, type Sha, shaSchema } from '../model/ids.ts';
import { deadLetterKey } from '../model/index-keys.ts';
import type { KeyValue } from '../store/key-value.ts';

const deadLetterSchema = z.strictObject({
  sha: shaSchema,
  project: projectNameSchema.optional(),
  reason: z.string(),
  attempts: z.int().min(1),
  since: z.iso.datetime(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

export class DeadLetters {
  readonly #records: Pick<KeyValue, 'get' | 'put' | 'delete' | 'keys'>;
  readonly #clock: Clock;

  constructor(records: Pick<KeyValue, 'get' | 'put' | 'delete' | 'keys'>, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  /** Buried again, it is known for as long as before. */
  async bury(letter: {
    readonly sha: Sha;
    readonly project?: ProjectName | undefined;
    readonly reason: string;
    readonly attempts: number;
  }): Promise<void> {
    const { project, ...rest } = letter;
    const since = (await this.read(letter.sha))?.since ?? isoTime(this.#clock.now());
    const record = { ...rest, ...(project === undefined ? {} : { project }), since };
    await this.#records.put(deadLetterKey(letter.sha), Buffer.from(JSON.stringify(deadLetterSchema.parse(record))));
  }

  /** It is in cold now, or nobody needs it any more. */
  async remove(sha: Sha): Promise<void> {
    if (await this.#records.get(deadLetterKey(sha))) await this.#records.delete(deadLetterKey(sha));
  }

  async read(sha: Sha): Promise<DeadLetter | undefined> {
    const entry = await this.#records.get(deadLetterKey(sha));
    return entry && decodeDeadLetter(entry.value);
  }

  async *list(): AsyncIterable<DeadLetter> {
    for await (const key of this.#records.keys(deadLetterKey('*'))) {
      const entry = await this.#records.get(key);
      if (entry) yield decodeDeadLetter(entry.value);
    }
  }
}

/** @throws z.ZodError when a newer version wrote it */
export const decodeDeadLetter = (value: Uint8Array): DeadLetter =>
  deadLetterSchema.parse(JSON.parse(Buffer.from(value).toString('utf8')));
