// What people and their programs do on a node's disk. Every content is another one, so that each can be looked for in the
// end. What takes more than one turn is a session: the agent, the network and others go on in between.
import { isDiskError } from '../disk/disk-error.ts';
import { MemoryDiskError } from '../disk/memory-disk-error.ts';
import { Dice } from './dice.ts';
import type { UserAction } from './plan.ts';
import { ROOT, type SimNode } from './sim-node.ts';
import type { World } from './world.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const MODES = [0o644, 0o600, 0o755];
/** Beyond what the agent reads in one turn. */
const LARGE_BYTES = [150_000, 1_500_000];

export class User {
  readonly #world: World;
  readonly #node: SimNode;
  readonly #dice: Dice;

  constructor(world: World, node: SimNode, seed: number) {
    this.#world = world;
    this.#node = node;
    this.#dice = new Dice(seed);
  }

  /** Where the action has nothing to work on, something else is written. */
  async act(action: UserAction): Promise<void> {
    const { user, machine } = this.#node;
    const dice = this.#dice;
    const actions: Record<UserAction, () => unknown> = {
      write: () => this.#write(this.#anyPath(), this.#content()),
      'write in parts': () => this.#writeInParts(this.#anyPath()),
      append: () => this.#onFile((path) => this.#append(path)),
      replace: () => this.#replace(dice.chance(0.7) ? (this.#someFile() ?? this.#anyPath()) : this.#anyPath()),
      delete: () => this.#onFile((path) => this.#turn(`deletes ${path}`, () => user.unlink(at(path)))),
      rename: () => this.#onFile((path) => this.#rename(path, this.#anyPath())),
      'rename directory': () => this.#onDirectory((path) => this.#rename(path, this.#anyPath())),
      chmod: () => this.#onFile((path) => this.#turn(`chmods ${path}`, () => user.setMode(at(path), dice.pick(MODES)))),
      touch: () =>
        this.#onFile((path) =>
          this.#turn(`touches ${path}`, () => user.setTime(at(path), 1_600_000_000 + dice.below(1_000_000))),
        ),
      'make directory': () => this.#makeDirectory(this.#anyPath()),
      'remove directory': () =>
        this.#onDirectory((path) => this.#turn(`removes directory ${path}`, () => user.removeTree(at(path)))),
      swap: () => this.#swap(),
      'file to directory': () => this.#onFile((path) => this.#fileToDirectory(path)),
      'directory to file': () =>
        this.#onDirectory((path) =>
          this.#turn(`makes directory ${path} a file`, () => {
            user.removeTree(at(path));
            this.#put(path, this.#content());
          }),
        ),
      'write hot': () => this.#writeHot(this.#someFile() ?? this.#anyPath()),
      link: () => this.#link(this.#anyPath()),
      'hard link': () =>
        this.#onFile((path) => {
          const to = this.#anyPath();
          this.#turn(`links ${path} to ${to}`, () => {
            this.#stayInside(to);
            user.link(at(path), at(to));
          });
        }),
      'delete slowly': () => this.#deleteSlowly(),
      'bad name': () => this.#turn('makes a bad name', () => machine.makeRawFile(ROOT, Buffer.from([0x62, 0xff]))),
    };
    await actions[action]();
  }

  /** What is not carried goes, so that no problem is left. */
  tidyUp(): void {
    const walk = (dir: string) => {
      for (const entry of this.#node.user.readDirectory(dir)) {
        const name = entry.name.toString('utf8');
        if (entry.isDirectory()) walk(`${dir}/${name}`);
        else if (entry.isSymbolicLink()) this.#node.user.unlink(`${dir}/${name}`);
      }
    };
    walk(ROOT);
    this.#node.machine.removeRawFiles(ROOT);
  }

  /** One turn of the event loop: what it took and what it made goes into the books.
   *  @returns false when the disk refused it; then it may have happened in part */
  #turn(what: string, work: () => void, finished = true): boolean {
    const { books } = this.#node;
    const before = this.#node.files();
    const directories = new Set(this.#directories());
    this.#world.say(this.#node.name, what);
    try {
      work();
      for (const path of this.#directories()) directories.delete(path);
      books.removedDirectories(directories);
    } catch (error) {
      if (!isDiskError(error)) throw error;
      this.#world.say(this.#node.name, `is refused: ${error.code}`);
      books.note(before, this.#node.files(), finished);
      return false;
    }
    books.note(before, this.#node.files(), finished);
    if (finished && this.#dice.chance(0.3)) this.#sync(before);
    return true;
  }

  /** As `sync` of what is new does; from then on the power takes it no more. */
  #sync(before: ReadonlyMap<string, unknown>): void {
    for (const [path, sha] of this.#node.files()) {
      if (before.get(path) === sha) continue;
      this.#node.user.open(at(path), 'read').syncNow();
      this.#node.machine.syncNames(at(parent(path)));
      this.#node.books.synced(sha);
    }
  }

  #content(): Buffer {
    const { name } = this.#node;
    const size = this.#dice.chance(0.01) ? this.#dice.pick(LARGE_BYTES) : this.#dice.below(120);
    if (this.#dice.chance(0.05)) return Buffer.alloc(0);
    return Buffer.from(`${name}${this.#world.nextSerial()} ${'x'.repeat(size)}`);
  }

  #anyPath(): string {
    const depth = 1 + this.#dice.below(3);
    return Array.from({ length: depth }, () => this.#dice.pick(NAMES)).join('/');
  }

  #someFile(): string | undefined {
    const files = [...this.#node.files().keys()];
    return files.length === 0 ? undefined : this.#dice.pick(files);
  }

  async #onFile(work: (path: string) => unknown): Promise<void> {
    const path = this.#someFile();
    if (path === undefined) this.#write(this.#anyPath(), this.#content());
    else await work(path);
  }

  #onDirectory(work: (path: string) => unknown): void {
    const directories = this.#directories();
    if (directories.length === 0) this.#makeDirectory(this.#anyPath());
    else work(this.#dice.pick(directories));
  }

  #directories(): string[] {
    const found: string[] = [];
    const walk = (dir: string) => {
      for (const entry of this.#node.user.readDirectory(at(dir))) {
        const name = entry.name.toString('utf8');
        if (!entry.isDirectory() || name === '.fs-sync') continue;
        const path = dir === '' ? name : `${dir}/${name}`;
        found.push(path);
        walk(path);
      }
    };
    if (this.#node.user.lstat(ROOT)) walk('');
    return found;
  }

  /** In place where there is a file; with the directories above it. */
  #put(path: string, content: Buffer): void {
    this.#stayInside(path);
    this.#node.user.makeDirectories(at(parent(path)));
    this.#node.machine.writeFile(at(path), content);
  }

  /** People write through no link, so that whatever changes outside was the agent. */
  #stayInside(path: string): void {
    if (!this.#node.isMounted) throw new MemoryDiskError('ENOENT', ROOT);
    const parts = path.split('/');
    for (const i of parts.keys()) {
      const above = at(parts.slice(0, i + 1).join('/'));
      const stat = this.#node.user.lstat(above);
      if (!stat) return;
      if (stat.isSymbolicLink()) throw new MemoryDiskError('ELOOP', above);
    }
  }

  #write(path: string, content: Buffer): void {
    this.#turn(`writes ${path}: ${shown(content)}`, () => this.#put(path, content));
  }

  async #writeInParts(path: string): Promise<void> {
    const content = this.#content();
    const parts = 2 + this.#dice.below(4);
    if (!this.#turn(`begins to write ${path}`, () => this.#put(path, Buffer.alloc(0)), false)) return;
    for (let i = 0; i < parts; i++) {
      await this.#world.clock.sleep(this.#dice.below(this.#dice.chance(0.1) ? 500 : 10));
      const from = Math.floor((content.length * i) / parts);
      const part = content.subarray(from, Math.floor((content.length * (i + 1)) / parts));
      const isLast = i === parts - 1;
      const write = () => {
        this.#stayInside(path);
        this.#node.machine.writeAt(at(path), from, part);
      };
      if (!this.#turn(`writes part ${i} of ${path}${isLast ? `: ${shown(content)}` : ''}`, write, isLast)) return;
    }
  }

  #append(path: string): void {
    const line = Buffer.from(`\n${this.#node.name}${this.#world.nextSerial()}`);
    this.#turn(`appends to ${path}: ${shown(line)}`, () => {
      this.#node.machine.writeAt(at(path), this.#node.machine.readFile(at(path)).length, line);
    });
  }

  /** As editors do: a new file beside it, then a rename. */
  async #replace(path: string): Promise<void> {
    const content = this.#content();
    const draft = `${parent(path) === '' ? '' : `${parent(path)}/`}new-${this.#world.nextSerial()}`;
    const isQuick = this.#dice.chance(0.5);
    const make = () => this.#put(draft, content);
    const move = () => {
      this.#stayInside(path);
      this.#node.user.rename(at(draft), at(path));
    };
    if (isQuick) {
      this.#turn(`replaces ${path}: ${shown(content)}`, () => {
        make();
        move();
      });
      return;
    }
    if (!this.#turn(`writes draft ${draft}: ${shown(content)}`, make)) return;
    await this.#world.clock.sleep(this.#dice.below(30));
    this.#turn(`moves draft ${draft} to ${path}`, move);
  }

  #rename(from: string, to: string): void {
    this.#turn(`renames ${from} to ${to}`, () => {
      this.#stayInside(to);
      this.#node.user.makeDirectories(at(parent(to)));
      this.#node.user.rename(at(from), at(to));
    });
  }

  #makeDirectory(path: string): void {
    this.#turn(`mkdir ${path}`, () => {
      this.#stayInside(path);
      this.#node.user.makeDirectories(at(path));
      if (this.#dice.chance(0.2)) this.#node.user.setMode(at(path), 0o700);
    });
  }

  #swap(): void {
    const [a, b] = [this.#someFile(), this.#someFile()];
    if (a === undefined || b === undefined || a === b) {
      this.#write(this.#anyPath(), this.#content());
      return;
    }
    const aside = at(`new-${this.#world.nextSerial()}`);
    this.#turn(`swaps ${a} and ${b}`, () => {
      this.#node.user.rename(at(a), aside);
      this.#node.user.rename(at(b), at(a));
      this.#node.user.rename(aside, at(b));
    });
  }

  async #writeHot(path: string): Promise<void> {
    const times = 5 + this.#dice.below(30);
    const everyMs = 1 + this.#dice.below(60);
    for (let i = 0; i < times; i++) {
      if (this.#world.isHealed) return;
      const content = this.#content();
      if (!this.#turn(`writes ${path} hot: ${shown(content)}`, () => this.#put(path, content))) return;
      await this.#world.clock.sleep(everyMs);
    }
  }

  /** Most of what is there, one after the other. */
  async #deleteSlowly(): Promise<void> {
    const everyMs = this.#dice.below(this.#dice.chance(0.3) ? 5_000 : 300);
    for (const path of [...this.#node.files().keys()]) {
      if (this.#world.isHealed || this.#dice.chance(0.05)) return;
      // Others may have taken it meanwhile.
      if (this.#dice.chance(0.8) && this.#node.files().has(path)) {
        if (!this.#turn(`deletes ${path}`, () => this.#node.user.unlink(at(path)))) return;
      }
      await this.#world.clock.sleep(everyMs);
    }
  }

  #fileToDirectory(path: string): void {
    this.#turn(`makes file ${path} a directory`, () => {
      this.#node.user.unlink(at(path));
      this.#node.user.makeDirectory(at(path));
      if (this.#dice.chance(0.7)) this.#put(`${path}/${this.#dice.pick(NAMES)}`, this.#content());
    });
  }

  #link(path: string): void {
    this.#turn(`makes a link ${path}`, () => {
      this.#stayInside(path);
      this.#node.user.makeDirectories(at(parent(path)));
      this.#node.machine.makeLink(at(path), this.#dice.pick(['/outside', 'a', 'nowhere']));
    });
  }
}

const at = (path: string): string => (path === '' ? ROOT : `${ROOT}/${path}`);
const parent = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const shown = (content: Buffer): string => JSON.stringify(content.toString('utf8', 0, 12).trim());
