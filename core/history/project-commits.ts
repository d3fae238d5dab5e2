// Whether a commit is one of a project's: what has its name, and what is in the chain of what is current, where a renamed project
// has commits of its old name. A chain may be long, and a stranger's commit is known only at its end. So each project's chain is
// gone through once, and after that only what was added to it, for those who ask again and again.
import { walkChain } from '../commit/chain.ts';
import type { Commit, CurrentAt } from '../model/commit.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { Remembered } from '../model/remembered.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** What the chain that ends in `head` said; it never says anything else. */
interface Names {
  readonly head: Sha;
  /** of its commits: a renamed project has some of its old names */
  readonly names: ReadonlySet<ProjectName>;
}
interface Look {
  readonly head: Sha;
  readonly isIn: boolean;
}

export class ProjectCommits {
  readonly #objects: Pick<ObjectStore, 'get'>;
  readonly #names = new Remembered<Promise<Names>>(1_000);
  readonly #looks = new Remembered<Look>(10_000);

  constructor(objects: Pick<ObjectStore, 'get'>) {
    this.#objects = objects;
  }

  /** @param commit  what is under `sha` */
  async has(at: CurrentAt, sha: Sha, commit: Commit): Promise<boolean> {
    if (commit.project === at.project) return true;
    const { names } = await this.#namesOf(at);
    if (!names.has(commit.project)) return false;
    const key = `${at.project} ${sha}`;
    const isIn = await this.#isInChain(at, sha, this.#looks.get(key));
    this.#looks.set(key, { head: at.current.commit_sha, isIn });
    return isIn;
  }

  /** Those who ask at once wait for one walk. */
  #namesOf({ project, current }: CurrentAt): Promise<Names> {
    const known = this.#names.get(project);
    const names = this.#goOn(known, current.commit_sha);
    this.#names.set(project, names);
    return names;
  }

  async #goOn(before: Promise<Names> | undefined, head: Sha): Promise<Names> {
    // Whoever asked then was told of a failure; it is looked anew.
    const known = await before?.catch(() => undefined);
    const names = new Set<ProjectName>();
    for await (const { sha, commit } of walkChain(this.#objects, head)) {
      if (sha === known?.head) return { head, names: new Set([...names, ...known.names]) };
      names.add(commit.project);
    }
    return { head, names };
  }

  async #isInChain(at: CurrentAt, wanted: Sha, known: Look | undefined): Promise<boolean> {
    for await (const { sha } of walkChain(this.#objects, at.current.commit_sha)) {
      if (sha === wanted) return true;
      if (sha === known?.head) return known.isIn;
    }
    return false;
  }
}
