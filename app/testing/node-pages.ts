// What tests of the screens of nodes share: services with some nodes, and a page as its reader gets it.
import type { NodeSummary, NodeWorkspace } from '../node-view.ts';
import { fakeNodeSummary, fakeWorkspace } from './fake-nodes.ts';
import { FakeServices } from './fake-services.ts';
import { fieldsOf, readEvents } from './sse-reader.ts';

export function servicesWith(...nodes: readonly NodeSummary[]): FakeServices {
  const services = new FakeServices();
  services.project('demo');
  for (const node of nodes) services.node(node);
  return services;
}

export const one = (change: Partial<NodeWorkspace> = {}, node: Partial<NodeSummary> = {}) =>
  servicesWith(fakeNodeSummary('node-a', { workspaces: [fakeWorkspace('demo', change)], ...node }));

/** The text of a page, as a reader gets it. */
export const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ');

/** What a script is sent to patch. */
export const fragmentsOf = async (answer: Response) =>
  readEvents(await answer.text()).map((event) => fieldsOf(event).fragments ?? '');

/** Headers of a request of ours, not of a form without a script. */
export const SCRIPT = { 'datastar-request': 'true' };
