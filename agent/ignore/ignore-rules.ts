// Which paths a workspace leaves alone: our own folder, programs' temporary files, and what the `.fsignore` files say. As
// in git, the nearest file decides, in a file the last line, and nothing comes back below a directory that is ignored.
// Asked for every path of a scan, so that a directory is judged once and its files only by the rules that can meet them.
import ignore, { type Ignore } from 'ignore';
import { isOwn } from '../../core/model/own-folder.ts';
import { ancestorsOf, baseName, parentOf, type RelPath } from '../../core/model/rel-path.ts';
import { type ParsedRules, parseRules, RULES_FILE, type RuleFault } from './parse-rules.ts';
import { isTemporaryName } from './temporary-names.ts';

/** Directories whose verdict is kept. */
const MAX_VERDICTS = 50_000;
/** The library keeps an answer for each path that it was asked; after so many it starts anew. */
const MAX_ANSWERS = 10_000;

type Dir = RelPath | '';

interface RulesFile extends ParsedRules {
  readonly text: string;
}

interface Verdict {
  readonly ignored: boolean;
  /** the rules for what lies directly in the directory; undefined: there are none */
  readonly rules: Matcher | undefined;
}

export class IgnoreRules {
  readonly #prefix: RelPath | undefined;
  /** by directory, from the project's top */
  readonly #files = new Map<Dir, RulesFile>();
  readonly #verdicts = new Map<Dir, Verdict>();
  /** Rules above the workspace that could not be read yet: until then nobody can tell what is ignored. */
  awaited: RelPath | undefined;
  #changes = 0;
  #appliedAt: number | undefined;

  /** @param prefix  the part of the project that the workspace holds */
  constructor(prefix?: RelPath) {
    this.#prefix = prefix;
  }

  /** @param path  in the workspace */
  ignores(path: RelPath, isDirectory: boolean): boolean {
    if (isOwn(path)) return true;
    const above = this.#verdictOf(this.#fromTop(parentOf(path) ?? ''));
    return above.ignored || isIgnoredBy(above.rules, this.#fromTop(path) as RelPath, isDirectory);
  }

  /** Whether the path is ignored whatever lies there, so that it need not be looked at. */
  ignoresAny(path: RelPath): boolean {
    return this.ignores(path, false) && this.ignores(path, true);
  }

  /** Whether rules of this directory of the workspace are known. */
  knows(dir: Dir): boolean {
    return this.#files.has(this.#fromTop(dir));
  }

  /** The directories, from the project's top, whose rules are known. */
  get dirs(): readonly Dir[] {
    return [...this.#files.keys()];
  }

  /** How often the rules changed, to be told when a look at everything begins. */
  get changes(): number {
    return this.#changes;
  }

  /** Whether no followed path is ignored any more: then one that has a row need not be judged again. */
  get areApplied(): boolean {
    return this.#appliedAt === this.#changes;
  }

  /** Everything was looked at by the rules as they were after so many changes. */
  applied(changes: number): void {
    this.#appliedAt = changes;
  }

  faultsOf(dirFromTop: Dir): readonly RuleFault[] {
    return this.#files.get(dirFromTop)?.faults ?? [];
  }

  textOf(dirFromTop: Dir): string | undefined {
    return this.#files.get(dirFromTop)?.text;
  }

  /** @param text  of the `.fsignore` in that directory; undefined: there is none
   *  @returns whether it says something else than before */
  set(dirFromTop: Dir, text: string | undefined): boolean {
    if (this.#files.get(dirFromTop)?.text === text) return false;
    if (text === undefined) this.#files.delete(dirFromTop);
    else this.#files.set(dirFromTop, { ...parseRules(text, dirFromTop), text });
    this.#verdicts.clear();
    this.#changes++;
    return true;
  }

  #fromTop(path: Dir): Dir {
    if (this.#prefix === undefined) return path;
    return path === '' ? this.#prefix : (`${this.#prefix}/${path}` as RelPath);
  }

  #verdictOf(dir: Dir): Verdict {
    const known = this.#verdicts.get(dir);
    if (known) return known;
    const verdict = dir === (this.#prefix ?? '') ? this.#verdictOfRoot(dir) : this.#verdictBelow(dir as RelPath);
    if (this.#verdicts.size >= MAX_VERDICTS) this.#verdicts.clear();
    this.#verdicts.set(dir, verdict);
    return verdict;
  }

  /** Whoever makes a workspace of an ignored directory wants what is in it: rules above that say otherwise do not count. */
  #verdictOfRoot(root: Dir): Verdict {
    if (root === '') return { ignored: false, rules: this.#with(undefined, root) };
    let above: Matcher | undefined;
    for (const dir of ['' as const, ...ancestorsOf(root)]) above = this.#with(above, dir);
    const excluded = above?.test(`${root}/`).ignored ?? false;
    return { ignored: false, rules: this.#with(excluded ? undefined : above, root) };
  }

  #verdictBelow(dir: RelPath): Verdict {
    const above = this.#verdictOf(parentOf(dir) ?? '');
    if (above.ignored) return above;
    if (isIgnoredBy(above.rules, dir, true)) return { ignored: true, rules: undefined };
    const own = this.#files.get(dir);
    return own ? { ignored: false, rules: this.#with(above.rules, dir) } : above;
  }

  #with(above: Matcher | undefined, dir: Dir): Matcher | undefined {
    const own = this.#files.get(dir);
    return own ? new Matcher([...(above?.patterns ?? []), ...own.patterns]) : above;
  }
}

function isIgnoredBy(rules: Matcher | undefined, path: RelPath, isDirectory: boolean): boolean {
  const name = baseName(path);
  // The rules themselves are for everyone.
  if (name === RULES_FILE && !isDirectory) return false;
  const temporary = isTemporaryName(name);
  const answer = rules?.test(isDirectory ? `${path}/` : path);
  if (!answer) return temporary;
  return answer.ignored || (temporary && !answer.unignored);
}

class Matcher {
  readonly patterns: readonly string[];
  #library: Ignore;
  #answers = 0;

  constructor(patterns: readonly string[]) {
    this.patterns = patterns;
    this.#library = this.#make();
  }

  /** @param path  with a `/` at the end of a directory's */
  test(path: string): { readonly ignored: boolean; readonly unignored: boolean } {
    if (++this.#answers > MAX_ANSWERS) {
      this.#library = this.#make();
      this.#answers = 0;
    }
    return this.#library.test(path);
  }

  #make(): Ignore {
    return ignore({ ignorecase: false }).add(this.patterns);
  }
}
