// What people and their programs do on a node's disk. What takes more than one turn is a session: the agent, the network and
// others go on in between.
import { RULES_FILE } from '../ignore/parse-rules.ts';
import { Dice } from './dice.ts';
import { Hands, NAMES } from './hands.ts';
import type { UserAction } from './plan.ts';
import { at, parent, ROOT, type SimNode } from './sim-node.ts';
import { isRulesFile } from './tree.ts';
import type { World } from './world.ts';

const MODES = [0o644, 0o600, 0o755, 0o4755];
const DIRECTORY_MODES = [0o755, 0o700, 0o1777];
/** Of the names that are in use, so that most say something. */
const RULES = ['a', 'b/', '/c', 'd/*', '*/b', 'c/d', '**/d', '!a', '!b/', '/a/b', '!/c'];

export class User {
  readonly #world: World;
  readonly #node: SimNode;
  readonly #dice: Dice;
  readonly #hands: Hands;

  constructor(world: World, node: SimNode, seed: number) {
    this.#world = world;
    this.#node = node;
    this.#dice = new Dice(seed);
    this.#hands = new Hands(world, node, this.#dice);
  }

  /** Where the action has nothing to work on, something else is written. */
  async act(action: UserAction): Promise<void> {
    const { user, machine } = this.#node;
    const dice = this.#dice;
    const hands = this.#hands;
    const actions: Record<UserAction, () => unknown> = {
      write: () => this.#write(hands.anyPath(), hands.content()),
      'write in parts': () => this.#writeInParts(hands.anyPath()),
      append: () => this.#onFile((path) => this.#append(path)),
      replace: () => this.#replace(dice.chance(0.7) ? (hands.someFile() ?? hands.anyPath()) : hands.anyPath()),
      delete: () => this.#onFile((path) => hands.turn(`deletes ${path}`, () => user.unlink(at(path)))),
      rename: () => this.#onFile((path) => this.#rename(path, hands.anyPath())),
      'rename directory': () => this.#onDirectory((path) => this.#rename(path, hands.anyPath())),
      chmod: () => this.#onFile((path) => this.#chmod(path, dice.pick(MODES))),
      touch: () =>
        this.#onFile((path) =>
          hands.turn(`touches ${path}`, () => user.setTime(at(path), 1_600_000_000 + dice.below(1_000_000))),
        ),
      'make directory': () => this.#makeDirectory(hands.anyPath()),
      'remove directory': () =>
        this.#onDirectory((path) => hands.turn(`removes directory ${path}`, () => user.removeTree(at(path)))),
      swap: () => this.#swap(),
      'file to directory': () => this.#onFile((path) => this.#fileToDirectory(path)),
      'directory to file': () =>
        this.#onDirectory((path) =>
          hands.turn(`makes directory ${path} a file`, () => {
            user.removeTree(at(path));
            hands.put(path, hands.content());
          }),
        ),
      'write hot': () => this.#writeHot(hands.someFile() ?? hands.anyPath()),
      link: () => this.#link(hands.anyPath()),
      'hard link': () =>
        this.#onFile((path) => {
          const to = hands.anyPath();
          hands.turn(`links ${path} to ${to}`, () => {
            hands.stayInside(to);
            user.link(at(path), at(to));
          });
        }),
      'delete slowly': () => this.#deleteSlowly(),
      'bad name': () => hands.turn('makes a bad name', () => machine.makeRawFile(ROOT, Buffer.from([0x62, 0xff]))),
      'put back': () => this.#putBack(),
      'move out': () => this.#onDirectory((path) => this.#moveOut(path)),
      'chmod directory': () => this.#onDirectory((path) => this.#chmod(path, dice.pick(DIRECTORY_MODES))),
      'empty directory': () => this.#onDirectory((path) => this.#emptyDirectory(path)),
      'remove empty directory': () => this.#removeEmptyDirectory(),
      'write rules': () => this.#writeRules(),
      'remove rules': () => this.#removeRules(),
    };
    await actions[action]();
  }

  async #onFile(work: (path: string) => unknown): Promise<void> {
    const path = this.#hands.someFile();
    if (path === undefined) this.#write(this.#hands.anyPath(), this.#hands.content());
    else await work(path);
  }

  async #onDirectory(work: (path: string) => unknown): Promise<void> {
    const path = this.#hands.someDirectory();
    if (path === undefined) this.#makeDirectory(this.#hands.anyPath());
    else await work(path);
  }

  #write(path: string, content: Buffer): void {
    this.#hands.turn(`writes ${path}: ${shown(content)}`, () => this.#hands.put(path, content));
  }

  async #writeInParts(path: string): Promise<void> {
    const content = this.#hands.content();
    const parts = 2 + this.#dice.below(4);
    if (!this.#hands.turn(`begins to write ${path}`, () => this.#hands.put(path, Buffer.alloc(0)), false)) return;
    for (let i = 0; i < parts; i++) {
      await this.#world.clock.sleep(this.#dice.below(this.#dice.chance(0.1) ? 500 : 10));
      const from = Math.floor((content.length * i) / parts);
      const part = content.subarray(from, Math.floor((content.length * (i + 1)) / parts));
      const isLast = i === parts - 1;
      const write = () => {
        this.#hands.stayInside(path);
        this.#node.machine.writeAt(at(path), from, part);
        const now = this.#node.files().get(path);
        if (now !== undefined) this.#node.books.written(now);
      };
      if (!this.#hands.turn(`writes part ${i} of ${path}${isLast ? `: ${shown(content)}` : ''}`, write, isLast)) return;
    }
  }

  #append(path: string): void {
    const line = Buffer.from(`\n${this.#node.name}${this.#world.nextSerial()}`);
    this.#hands.turn(`appends to ${path}: ${shown(line)}`, () => {
      this.#node.machine.writeAt(at(path), this.#node.machine.readFile(at(path)).length, line);
    });
  }

  /** As editors do: a new file beside it, then a rename. */
  async #replace(path: string): Promise<void> {
    const content = this.#hands.content();
    const draft = `${parent(path) === '' ? '' : `${parent(path)}/`}new-${this.#world.nextSerial()}`;
    const isQuick = this.#dice.chance(0.5);
    const make = () => this.#hands.put(draft, content);
    const move = () => {
      this.#hands.stayInside(path);
      this.#node.user.rename(at(draft), at(path));
    };
    if (isQuick) {
      this.#hands.turn(`replaces ${path}: ${shown(content)}`, () => {
        make();
        move();
      });
      return;
    }
    if (!this.#hands.turn(`writes draft ${draft}: ${shown(content)}`, make)) return;
    await this.#world.clock.sleep(this.#dice.below(30));
    this.#hands.turn(`moves draft ${draft} to ${path}`, move);
  }

  #rename(from: string, to: string): void {
    this.#hands.turn(`renames ${from} to ${to}`, () => {
      this.#hands.stayInside(to);
      this.#node.user.makeDirectories(at(parent(to)));
      this.#node.user.rename(at(from), at(to));
    });
  }

  #chmod(path: string, mode: number): void {
    this.#hands.turn(`chmods ${path} ${mode.toString(8)}`, () => this.#node.user.setMode(at(path), mode));
  }

  #makeDirectory(path: string): void {
    this.#hands.turn(`mkdir ${path}`, () => {
      this.#hands.stayInside(path);
      this.#node.user.makeDirectories(at(path));
      if (this.#dice.chance(0.2)) this.#node.user.setMode(at(path), 0o700);
    });
  }

  #swap(): void {
    const [a, b] = [this.#hands.someFile(), this.#hands.someFile()];
    if (a === undefined || b === undefined || a === b) {
      this.#write(this.#hands.anyPath(), this.#hands.content());
      return;
    }
    const aside = at(`new-${this.#world.nextSerial()}`);
    this.#hands.turn(`swaps ${a} and ${b}`, () => {
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
      const content = this.#hands.content();
      if (!this.#hands.turn(`writes ${path} hot: ${shown(content)}`, () => this.#hands.put(path, content))) return;
      await this.#world.clock.sleep(everyMs);
    }
  }

  /** Most of what is there, one after the other. */
  async #deleteSlowly(): Promise<void> {
    const everyMs = this.#dice.below(this.#dice.chance(0.3) ? 5_000 : 300);
    for (const path of [...this.#node.files().keys()].filter((one) => this.#hands.mayWorkAt(one))) {
      if (this.#world.isHealed || this.#dice.chance(0.05)) return;
      // Others may have taken it meanwhile.
      if (this.#dice.chance(0.8) && this.#node.files().has(path)) {
        if (!this.#hands.turn(`deletes ${path}`, () => this.#node.user.unlink(at(path)))) return;
      }
      await this.#world.clock.sleep(everyMs);
    }
  }

  #fileToDirectory(path: string): void {
    this.#hands.turn(`makes file ${path} a directory`, () => {
      this.#node.user.unlink(at(path));
      this.#node.user.makeDirectory(at(path));
      if (this.#dice.chance(0.7)) this.#hands.put(`${path}/${this.#dice.pick(NAMES)}`, this.#hands.content());
    });
  }

  #link(path: string): void {
    this.#hands.turn(`makes a link ${path}`, () => {
      this.#hands.stayInside(path);
      this.#node.user.makeDirectories(at(parent(path)));
      this.#node.machine.makeLink(at(path), this.#dice.pick(['/outside', 'a', 'nowhere']));
    });
  }

  /** Something that somebody had written once comes back by hand. */
  #putBack(): void {
    // What a node that was cut off finds again just as it was looks like what it had brought, and goes (`beginCutOff`).
    const isOwn = (path: string) => path.startsWith(`${this.#node.ownDirectory}/`);
    const written = this.#world.written.filter(([path]) => this.#hands.mayWorkAt(path) && !isOwn(path));
    const [path, content] = written[this.#dice.below(written.length)] ?? [];
    if (path === undefined || content === undefined) this.#write(this.#hands.anyPath(), this.#hands.content());
    else this.#hands.turn(`puts back ${path}: ${shown(content)}`, () => this.#hands.put(path, content));
  }

  /** Out of the workspace and back, often while a commit is just being made. */
  async #moveOut(path: string): Promise<void> {
    const { clock } = this.#world;
    if (path.startsWith(`${this.#node.ownDirectory}`)) return;
    const serial = this.#world.nextSerial();
    const outside = `/data/out-${serial}`;
    for (let i = 0; i < 100 && this.#node.line.swaps === 0 && this.#dice.chance(0.99); i++) await clock.sleep(1);
    if (!this.#hands.turn(`moves ${path} out`, () => this.#node.user.rename(at(path), outside))) return;
    await clock.sleep(this.#dice.below(this.#dice.chance(0.1) ? 3_000 : 50));
    const back = (to: string) =>
      this.#hands.turn(`moves it back to ${to}`, () => {
        this.#hands.stayInside(to);
        this.#node.user.makeDirectories(at(parent(to)));
        this.#node.user.rename(outside, at(to));
      });
    // Something else may be there by now.
    if (!back(path)) back(`back-${serial}`);
  }

  /** File by file, so that others come in between. */
  async #emptyDirectory(dir: string): Promise<void> {
    const below = [...this.#node.files().keys()].filter((path) => path.startsWith(`${dir}/`));
    for (const path of below) {
      if (!this.#hands.turn(`deletes ${path}`, () => this.#node.user.unlink(at(path)))) return;
      if (this.#dice.chance(0.5)) await this.#world.clock.sleep(this.#dice.below(30));
    }
  }

  #removeEmptyDirectory(): void {
    const { user } = this.#node;
    const hands = this.#hands;
    const isEmpty = (path: string) => user.readDirectory(at(path)).length === 0;
    const empty = hands.directories().filter((path) => hands.mayWorkAt(path) && isEmpty(path));
    if (empty.length === 0) this.#makeDirectory(this.#hands.anyPath());
    else {
      const path = this.#dice.pick(empty);
      this.#hands.turn(`removes empty directory ${path}`, () => user.removeDirectory(at(path)));
    }
  }

  #writeRules(): void {
    const dice = this.#dice;
    const dir = dice.chance(0.5) ? undefined : this.#hands.someDirectory();
    const lines = Array.from({ length: 1 + dice.below(3) }, () => dice.pick(RULES));
    const text = `# ${this.#node.name}${this.#world.nextSerial()}\n${lines.join('\n')}\n`;
    const path = dir === undefined ? RULES_FILE : `${dir}/${RULES_FILE}`;
    this.#hands.turn(`writes ${path}: ${lines.join(' ')}`, () => this.#hands.put(path, Buffer.from(text)));
  }

  #removeRules(): void {
    const rules = [...this.#node.files().keys()].filter(isRulesFile);
    if (rules.length === 0) this.#writeRules();
    else {
      const path = this.#dice.pick(rules);
      this.#hands.turn(`deletes ${path}`, () => this.#node.user.unlink(at(path)));
    }
  }
}

const shown = (content: Buffer): string => JSON.stringify(content.toString('utf8', 0, 12).trim());
