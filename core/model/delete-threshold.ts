// I9: how many files may go from a workspace without a person being asked, and how that is written and said. Whoever wants
// no question at all has to write what that costs: a word such as `off` is typed without thinking of it.
import { z } from 'zod';

export const UNASKED = 'delete-all-without-asking' as const;

/** More would never ask: that is what `UNASKED` is for. */
const MOST_FILES = 1_000_000;
const LEAST_PERCENT = 1;
const MOST_PERCENT = 99;

const boundsSchema = z
  .strictObject({
    /** up to this many files within ten minutes nobody is asked */
    files: z.int().min(0).max(MOST_FILES),
    /** nor up to this many within a day */
    files_a_day: z.int().min(0).max(MOST_FILES),
    /** nor up to this share of what the workspace held: whole percents, as people write and read it */
    share: z
      .number()
      .min(LEAST_PERCENT / 100)
      .max(MOST_PERCENT / 100)
      .refine((share) => share === Math.round(share * 100) / 100, 'is in whole percents: give one such as 0.5 or 0.51'),
  })
  .refine(({ files, files_a_day }) => files_a_day >= files, {
    error: 'give for a day at least as many files as for ten minutes',
    path: ['files_a_day'],
  });
export type DeleteBounds = z.infer<typeof boundsSchema>;

export const DEFAULT_THRESHOLD: DeleteBounds = { files: 20, files_a_day: 100, share: 0.5 };

const ruleOf = (most: string, example: string): string =>
  'give the files that may go unasked within ten minutes and within a day, and the share of the workspace, at least ' +
  `${LEAST_PERCENT}% and in whole percents, up to ${most}, such as ${example}; ` +
  `or ${UNASKED}, and what goes here by accident goes from all nodes, however much`;

const MOST: DeleteBounds = { files: MOST_FILES, files_a_day: MOST_FILES, share: MOST_PERCENT / 100 };
export const deleteThresholdSchema = z.union([z.literal(UNASKED), boundsSchema], {
  error: ruleOf(JSON.stringify(MOST), JSON.stringify(DEFAULT_THRESHOLD)),
});
export type DeleteThreshold = z.infer<typeof deleteThresholdSchema>;

export type ReadThreshold =
  | { readonly kind: 'threshold'; readonly threshold: DeleteThreshold }
  /** what has to be given instead */
  | { readonly kind: 'fault'; readonly fault: string };

/** As people write it: `20,100,50%`. */
export function readDeleteThreshold(text: string): ReadThreshold {
  const fault = { kind: 'fault', fault: ruleOf(textOfThreshold(MOST), textOfThreshold(DEFAULT_THRESHOLD)) } as const;
  if (text.trim() === UNASKED) return { kind: 'threshold', threshold: UNASKED };
  const [, files, day, percent] = /^ *(\d{1,7}) *, *(\d{1,7}) *, *(\d{1,2}) *% *$/.exec(text) ?? [];
  if (files === undefined) return fault;
  const share = Number(percent) / 100;
  const read = boundsSchema.safeParse({ files: Number(files), files_a_day: Number(day), share });
  return read.success ? { kind: 'threshold', threshold: read.data } : fault;
}

/** The same, of a setting. */
export const deleteThresholdText = z.string().transform((text, context): DeleteThreshold => {
  const read = readDeleteThreshold(text);
  if (read.kind === 'threshold') return read.threshold;
  context.addIssue({ code: 'custom', message: read.fault });
  return z.NEVER;
});

/** What `readDeleteThreshold` reads. */
export const textOfThreshold = (threshold: DeleteThreshold): string =>
  threshold === UNASKED ? UNASKED : `${threshold.files},${threshold.files_a_day},${Math.round(threshold.share * 100)}%`;

export const sameThreshold = (
  a: DeleteThreshold = DEFAULT_THRESHOLD,
  b: DeleteThreshold = DEFAULT_THRESHOLD,
): boolean => {
  if (a === UNASKED || b === UNASKED) return a === b;
  return a.files === b.files && a.files_a_day === b.files_a_day && a.share === b.share;
};

/** For a person, where it is not the default. */
export function thresholdSentence(threshold: DeleteThreshold): string {
  if (threshold === UNASKED) {
    return 'It never asks about deletions: what goes here, by accident too, goes from the project and all nodes, however much.';
  }
  const { files, files_a_day, share } = threshold;
  const [some, many] = [files, files_a_day].map((count) => count.toLocaleString('en-US'));
  const part = `${Math.round(share * 100)}% of its files`;
  return `It asks about deletions of more than ${some} files within ten minutes, or ${many} within a day, where that is more than ${part}.`;
}
