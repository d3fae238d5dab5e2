// Who a token is, as the HTTP API tells its holder.
import { z } from 'zod';
import { TOKEN_SCOPES } from '../model/api-token.ts';
import { projectNameSchema, tenantSchema } from '../model/ids.ts';

export const whoamiSchema = z
  .strictObject({
    tenant: tenantSchema,
    user: z.string().meta({ description: 'as it stands in records and commits' }),
    scope: z.enum(TOKEN_SCOPES).meta({ description: 'each includes the ones before' }),
    projects: z.array(projectNameSchema).nullable().meta({ description: 'those that it is for; null: all' }),
  })
  .meta({ id: 'Whoami' });
export type ApiWhoami = z.infer<typeof whoamiSchema>;
