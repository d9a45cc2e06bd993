import type { CallOptions, Calls } from './calls.js';
import type { components } from './schema.js';

type View = components['schemas']['SessionView'];

/** One session by its token, which `rotate` replaces. */
export class Session {
  constructor(
    private readonly calls: Calls,
    private current: string,
  ) {}

  get token(): string {
    return this.current;
  }

  /** The session, which counts as used. @throws FulcrumError `sessions.invalid-token` */
  async get(options: CallOptions = {}): Promise<View> {
    const params = { header: { 'Session-Token': this.current } };
    return (await this.calls.GET('/v1/sessions/current', { ...options, params })).data;
  }

  /**
   * Merges `patch` into the session's data (RFC 7396: null removes a field).
   * @throws FulcrumError `sessions.version-conflict` if the session has not the `version` that was given
   */
  async patch(
    patch: Record<string, unknown>,
    { version, ...options }: CallOptions & { readonly version?: number } = {},
  ): Promise<View> {
    const header = {
      'Session-Token': this.current,
      ...(version === undefined ? {} : { 'If-Match': `"${version}"` }),
    };
    const call = { ...options, params: { header }, body: { data: patch } };
    return (await this.calls.PATCH('/v1/sessions/current', call)).data;
  }

  /** Another token from now on; the old one counts for 10 s more. */
  async rotate(options: CallOptions = {}): Promise<string> {
    const params = { header: { 'Session-Token': this.current } };
    const { data } = await this.calls.POST('/v1/sessions/current/rotate', { ...options, params });
    this.current = data.token;
    return data.token;
  }

  /** Logs out. */
  async end(options: CallOptions = {}): Promise<void> {
    const params = { header: { 'Session-Token': this.current } };
    await this.calls.DELETE('/v1/sessions/current', { ...options, params });
  }
}
