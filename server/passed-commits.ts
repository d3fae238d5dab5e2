// The last commits that one project's `current` stood at, as this server saw it move: enough to say how far behind a
// workspace is without reading the chain.
import type { Sha } from '../core/model/ids.ts';

/** More than so many behind is "many". */
const KEPT = 20;

export class PassedCommits {
  #passed: { readonly sha: Sha; readonly at: number }[] = [];

  /** `current` stands at `sha` now. */
  add(sha: Sha, at: number): void {
    const known = this.#passed.findIndex((one) => one.sha === sha);
    // It went back (I12): what came after it is not ahead any more.
    if (known >= 0) this.#passed = this.#passed.slice(0, known + 1);
    else this.#passed = [...this.#passed, { sha, at }].slice(-KEPT);
  }

  /** How many commits came after this one, and when the first of them did (milliseconds since 1970). */
  since(sha: Sha): { readonly commits: number; readonly since: number } | undefined {
    const at = this.#passed.findIndex((one) => one.sha === sha);
    const next = this.#passed[at + 1];
    return at < 0 || !next ? undefined : { commits: this.#passed.length - 1 - at, since: next.at };
  }
}
