import { type ClientOptions, createClient, type FulcrumClient } from '@fulcrum/client';

/** What a test starts a program with. */
export const broken = process.env.BROKEN ?? '';

export function clientOfTest(options: Partial<ClientOptions> = {}): FulcrumClient {
  const { FULCRUM_URL: baseUrl = '', FULCRUM_KEY: token = '' } = process.env;
  return createClient({ baseUrl, token, ...options });
}

/** One line of JSON, which is what a test reads. */
export function say(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
