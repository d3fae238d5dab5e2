// What every operation of the API has at hand.
import type { AppServices } from '../../app/context.ts';
import type { Principal } from '../../core/model/api-token.ts';
import type { Shown } from '../bearer.ts';

export interface ApiEnv {
  Variables: { services: AppServices; shown: Shown; principal: Principal };
}
