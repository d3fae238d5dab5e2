// The conditions of a request (RFC 9110): an ETag is a sha in quotes.
import { z } from 'zod';
import { type Sha, shaSchema } from '../../core/model/ids.ts';
import { ApiProblem } from './problem.ts';

/** What has to be there: anything, or one of these. */
export type IfMatch = { readonly kind: 'anything' } | { readonly kind: 'one-of'; readonly shas: readonly Sha[] };

/** `*`, or shas in quotes or as they are. A weak one (`W/"…"`) is none of any state, as the RFC has it. */
export const ifMatchSchema = z
  .string()
  .transform((value, context): IfMatch => {
    if (value.trim() === '*') return { kind: 'anything' };
    const shas: Sha[] = [];
    for (const one of value.split(',')) {
      const [, weak, text] = /^(W\/)?"?([^"]*)"?$/.exec(one.trim()) ?? [];
      const sha = shaSchema.safeParse(text);
      if (!sha.success) {
        context.addIssue('is a sha in quotes (64 lower-case hex digits), several with commas between them, or *');
        return z.NEVER;
      }
      if (weak === undefined) shas.push(sha.data);
    }
    return { kind: 'one-of', shas };
  })
  .meta({ description: 'a sha in quotes', example: `"${'0'.repeat(64)}"` });

/** The one state that the request is for. Where it names one, whoever changes something compares; else it is what is there now.
 *  @throws ApiProblem  it is none of those that are named */
export async function stateFor(said: IfMatch, current: () => Promise<Sha | undefined>): Promise<Sha> {
  const [only, ...others] = said.kind === 'one-of' ? said.shas : [];
  if (only !== undefined && others.length === 0) return only;
  const now = await current();
  if (now !== undefined && (said.kind === 'anything' || said.shas.includes(now))) return now;
  throw new ApiProblem('precondition-failed', now === undefined ? 'There is nothing.' : `It is ${now} now.`, {
    field: 'header.if-match',
    next: 'Look at what it is now, and ask again.',
    ...(now !== undefined && { current: now }),
  });
}

export const etagOf = (sha: Sha): string => `"${sha}"`;
