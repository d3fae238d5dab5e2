// What an examination has found of one thing: how it is, and where it is not well, how to mend it.

export type Verdict = 'ok' | 'warn' | 'fail';

export interface Finding {
  /** what was looked at, such as `disk` */
  readonly about: string;
  readonly verdict: Verdict;
  /** how it is, for people */
  readonly sentence: string;
  /** what to do about it */
  readonly mend?: string;
  /** to be pasted */
  readonly command?: string;
}

/** What a mend may be. */
type Mend = Pick<Finding, 'mend' | 'command'>;

export const ok = (about: string, sentence: string): Finding => ({ about, verdict: 'ok', sentence });
export const warn = (about: string, sentence: string, mend: Mend): Finding => ({
  ...{ about, verdict: 'warn', sentence },
  ...mend,
});
export const fail = (about: string, sentence: string, mend: Mend): Finding => ({
  ...{ about, verdict: 'fail', sentence },
  ...mend,
});

export const worst = (findings: readonly Finding[]): Verdict =>
  findings.some(({ verdict }) => verdict === 'fail')
    ? 'fail'
    : findings.some(({ verdict }) => verdict === 'warn')
      ? 'warn'
      : 'ok';
