// Wakes live pages. A subscription is one pending mark, never a queue: however much happened, a page renders once.
import type { Subscription, Topic } from '../app/context.ts';
import type { ProjectName } from '../core/model/ids.ts';

export const topicKey = (topic: Topic): string => (topic.kind === 'project' ? `project:${topic.project}` : topic.kind);

/** What is said of these projects, on pages of one and of all. */
export const topicsOf = (projects: readonly ProjectName[]): Topic[] => [
  { kind: 'projects' },
  ...projects.map((project): Topic => ({ kind: 'project', project })),
];

export class ChangeBus {
  private readonly waiting = new Map<string, Set<Mark>>();
  private open = 0;
  private told = 0;

  /** how often something was published */
  get changes(): number {
    return this.told;
  }

  /** subscriptions that are not closed: a live stream of a page has one */
  get subscriptions(): number {
    return this.open;
  }

  publish(topics: readonly Topic[]): void {
    this.told++;
    for (const topic of topics) for (const mark of this.waiting.get(topicKey(topic)) ?? []) mark.set();
  }

  subscribe(topics: readonly Topic[]): Subscription {
    const mark = new Mark();
    let isOpen = true;
    this.open++;
    const keys = topics.map(topicKey);
    for (const key of keys) this.waiting.set(key, (this.waiting.get(key) ?? new Set()).add(mark));
    return {
      wait: () => mark.wait(),
      close: () => {
        if (isOpen) this.open--;
        isOpen = false;
        for (const key of keys) {
          const marks = this.waiting.get(key);
          marks?.delete(mark);
          if (marks?.size === 0) this.waiting.delete(key);
        }
        mark.set();
      },
    };
  }
}

class Mark {
  private pending = false;
  private wake: (() => void) | undefined;

  set(): void {
    this.pending = true;
    this.wake?.();
  }

  async wait(): Promise<void> {
    if (!this.pending) await new Promise<void>((resolve) => (this.wake = resolve));
    this.wake = undefined;
    this.pending = false;
  }
}
