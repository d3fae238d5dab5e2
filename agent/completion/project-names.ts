// Names of projects for who is typing one: asked of the server, for as long as a person waits for a key, and of nobody else.
import { projectPageSchema } from '../../core/api/project.ts';
import type { Env } from '../../core/settings/env.ts';
import { ApiClient } from '../remote/api-client.ts';
import { whichServer } from '../remote/which-server.ts';

const PATIENCE_MS = 1_000;

/** @returns none where they cannot be had in time: completion never complains */
export async function projectNames(env: Env): Promise<string[]> {
  try {
    const client = new ApiClient(whichServer({}, env));
    const asked = { query: { limit: 1_000 }, signal: AbortSignal.timeout(PATIENCE_MS) };
    const { items } = await client.json(projectPageSchema, 'GET', '/projects', asked);
    return items.map(({ name }) => name);
  } catch {
    return [];
  }
}
