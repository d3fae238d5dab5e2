// What the events have told of a node, kept beside its status as `<node>.told`, and what is to be told next: the difference to
// what the node says now. The events of a step are decided by the compare-and-swap that writes them into this record, and
// only then published: two servers at once, or one that stops in between, give the same events with the same ids.
import { z } from 'zod';
import { canonicalJson } from '../model/canonical-json.ts';
import { decodeEvent, type EventBody, type FsEvent, traceOf } from '../model/event.ts';
import { type NodeId, projectNameSchema, shaOf, type Tenant } from '../model/ids.ts';
import { type NodeStatus, nodeStatusSchema, type WorkspaceStatus } from '../model/node-status.ts';
import { relPathSchema } from '../model/rel-path.ts';

const toldWorkspaceSchema = z.strictObject({
  project: projectNameSchema,
  prefix: relPathSchema.optional(),
  root: z.string(),
});
type ToldWorkspace = z.infer<typeof toldWorkspaceSchema>;

const nodeToldSchema = z.strictObject({
  v: z.literal(1),
  /** of the agent whose joining was told; null: the node has left, or never joined */
  started: nodeStatusSchema.shape.started.nullable(),
  /** revision of the newest status of which all is told; what is not newer says nothing more */
  revision: z.int().min(0),
  /** those whose activation was told: they outlive the agent */
  workspaces: z.array(toldWorkspaceSchema),
  /** decided, and perhaps not in the stream yet */
  untold: z.array(z.unknown()),
});

export interface NodeTold extends Omit<z.infer<typeof nodeToldSchema>, 'untold'> {
  readonly untold: readonly FsEvent[];
}

export const NOTHING_TOLD: NodeTold = { v: 1, started: null, revision: 0, workspaces: [], untold: [] };

/** @throws z.ZodError, SyntaxError  it is of a newer version, or damaged */
export function decodeTold(bytes: Uint8Array): NodeTold {
  const told = nodeToldSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  return { ...told, untold: told.untold.map((event) => decodeEvent(Buffer.from(JSON.stringify(event)))) };
}

export const encodeTold = (told: NodeTold): Uint8Array => Buffer.from(JSON.stringify(told));

export type HeardOfNode =
  | {
      readonly kind: 'status';
      readonly status: NodeStatus;
      readonly revision: number;
      /** It came while somebody listened. What lay there before may be of an agent that is long gone. */
      readonly isFresh: boolean;
    }
  /** it has said nothing since for too long */
  | { readonly kind: 'silent'; readonly status: NodeStatus; readonly revision: number; readonly ts: string }
  /** its status was removed */
  | { readonly kind: 'removed'; readonly ts: string };

/** Events of one step: they lie in the record, which is one message. */
const MAX_UNTOLD = 200;

/** @returns the record that says what is told next; undefined: nothing is */
export function nextTold(tenant: Tenant, node: NodeId, told: NodeTold, heard: HeardOfNode): NodeTold | undefined {
  const step = new Step(tenant, node, told, heard.kind === 'removed' ? told.revision : heard.revision);
  if (heard.kind === 'removed') {
    step.leave(heard.ts, 'its record was removed');
    step.holdNothing(heard.ts);
  } else if (heard.kind === 'silent') {
    if (heard.revision < told.revision) return undefined;
    step.leave(heard.ts, `not heard of since ${heard.status.ts}`);
  } else if (heard.revision > told.revision) {
    step.follow(heard.status, heard.isFresh);
  }
  return step.result;
}

class Step {
  readonly #tenant: Tenant;
  readonly #node: NodeId;
  readonly #revision: number;
  readonly #workspaces: Map<string, ToldWorkspace>;
  readonly #untold: FsEvent[];
  readonly #before: NodeTold;
  #started: string | null;
  #isCut = false;

  constructor(tenant: Tenant, node: NodeId, told: NodeTold, revision: number) {
    this.#tenant = tenant;
    this.#node = node;
    this.#before = told;
    this.#revision = revision;
    this.#started = told.started;
    this.#untold = [...told.untold];
    this.#workspaces = new Map(told.workspaces.map((workspace) => [keyOf(workspace), workspace]));
  }

  get result(): NodeTold | undefined {
    if (this.#untold.length === this.#before.untold.length) return undefined;
    return {
      v: 1,
      started: this.#started,
      // What did not fit is found again.
      revision: this.#isCut ? this.#before.revision : this.#revision,
      workspaces: [...this.#workspaces.values()],
      untold: this.#untold,
    };
  }

  leave(ts: string, reason: string): void {
    if (this.#started === null) return;
    this.#tell(ts, { type: 'NodeLeft', payload: { node: this.#node, reason } });
    this.#started = null;
  }

  holdNothing(ts: string): void {
    for (const workspace of [...this.#workspaces.values()]) this.#deactivate(ts, workspace);
  }

  follow(status: NodeStatus, isFresh: boolean): void {
    const { started, ts, version, left } = status;
    if (this.#started !== started) {
      // Of an agent that never joined nobody waits to hear that it left.
      if (left || !isFresh) return;
      this.leave(started, 'its agent ended without a word, and started again');
      // Heard again after a silence it is the same agent, whose start would stand before the news that it had left.
      this.#tell(ts, { type: 'NodeJoined', payload: { node: this.#node, version } });
      this.#started = started;
    }
    this.#followWorkspaces(status);
    // What did not fit is told first.
    if (left && !this.#isCut) this.leave(ts, 'its agent was stopped');
  }

  #followWorkspaces({ workspaces, ts }: NodeStatus): void {
    const listed = new Map(workspaces.map((workspace) => [keyOf(workspace), workspace]));
    for (const [key, told] of [...this.#workspaces]) {
      const now = listed.get(key);
      if (!now || now.state === 'removed') this.#deactivate(ts, told);
    }
    for (const [key, { project, prefix, root, state, base }] of listed) {
      // It has held the project once: until then it is only on its way, or refused.
      if (base === null || state === 'removed' || this.#workspaces.has(key)) continue;
      const workspace = { project, root, ...(prefix !== undefined && { prefix }) };
      if (this.#tellOf(ts, 'WorkspaceActivated', workspace)) this.#workspaces.set(key, workspace);
    }
  }

  #deactivate(ts: string, workspace: ToldWorkspace): void {
    if (this.#tellOf(ts, 'WorkspaceDeactivated', workspace)) this.#workspaces.delete(keyOf(workspace));
  }

  #tellOf(ts: string, type: 'WorkspaceActivated' | 'WorkspaceDeactivated', workspace: ToldWorkspace): boolean {
    if (this.#untold.length >= MAX_UNTOLD) {
      this.#isCut = true;
      return false;
    }
    const { project, ...facts } = workspace;
    this.#tell(ts, { type, payload: { node: this.#node, ...facts } }, project);
    return true;
  }

  #tell(ts: string, body: EventBody, project?: FsEvent['project']): void {
    const said = { ts, ...body, ...(project !== undefined && { project }) };
    const sha = shaOf(canonicalJson({ tenant: this.#tenant, revision: this.#revision, ...said }));
    const event = {
      id: `${this.#node}-${sha.slice(0, 32)}`,
      tenant: this.#tenant,
      actor: { kind: 'node', id: this.#node },
      trace: traceOf(sha),
      ...said,
    };
    this.#untold.push(event as FsEvent);
  }
}

const keyOf = ({ project, prefix, root }: Pick<WorkspaceStatus, 'project' | 'prefix' | 'root'>): string =>
  [project, prefix ?? '', root].join('\0');
