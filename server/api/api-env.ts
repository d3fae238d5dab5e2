// What every operation of the API has at hand.
import type { AppServices } from '../../app/context.ts';
import type { Principal } from './who-asks.ts';

export interface ApiEnv {
  Variables: { services: AppServices; principal: Principal };
}
