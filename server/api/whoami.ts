// Who asks: what a program calls to see whether its token is still good, and for what.
import { whoamiSchema } from '../../core/api/whoami.ts';
import { json, operation, operations } from './operation.ts';
import { actorOf, principalOf } from './who-asks.ts';

export const whoamiOperations = () =>
  operations().openapi(
    operation(
      { scope: 'read', projects: 'own' },
      { method: 'get', path: '/whoami', operationId: 'whoami', summary: 'Who this token is', tags: ['Tokens'] },
      { 200: json(whoamiSchema, 'Whose token it is, and what it may do') },
    ),
    (c) => {
      const { scope, projects } = principalOf(c);
      const { tenant } = c.get('services');
      return c.json({ tenant, user: actorOf(c).id, scope, projects: projects === 'all' ? null : [...projects] }, 200);
    },
  );
