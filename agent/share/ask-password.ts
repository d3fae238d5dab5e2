// Asks for the password of a link.
import { SettingsError } from '../../core/settings/env.ts';
import { askSecret } from '../terminal/ask-secret.ts';

/** @throws SettingsError  none was given */
export type AskPassword = () => Promise<string>;

export const askPassword: AskPassword = async () => {
  const password = await askSecret('Password of the link: ');
  if (password !== undefined) return password;
  throw new SettingsError('no link was made: type a password, or leave --password out');
};
