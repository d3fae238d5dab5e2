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

  async bury(letter: {
    readonly sha: Sha;
    readonly project?: ProjectName | undefined;
    readonly reason: string;
    readonly attempts: number;
  }): Promise<void> {
    const { project, ...rest } = letter;
    const record = { ...rest, ...(project === undefined ? {} : { project }), since: isoTime(this.#clock.now()) };
    await this.#records.put(deadLetterKey(letter.sha), Buffer.from(JSON.stringify(deadLetterSchema.parse(record))));
  }

  /** It is in cold now, or nobody needs it any more. */
  async remove(sha: Sha): Promise<void> {
    if (await this.#records.get(deadLetterKey(sha))) await this.#records.delete(deadLetterKey(sha));
  }

  async *list(): AsyncIterable<DeadLetter> {
    for await (const key of this.#records.keys(deadLetterKey('*'))) {
      const entry = await this.#records.get(key);
      if (entry) yield deadLetterSchema.parse(JSON.parse(Buffer.from(entry.value).toString('utf8')));
    }
  }
}
