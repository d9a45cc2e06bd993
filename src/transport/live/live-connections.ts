import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { Authenticator } from '../../access/authenticator.js';
import type { Caller, Credential } from '../../access/caller.js';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { liveConnections } from '../../telemetry/metrics.js';
import { CredentialGroup } from './credential-group.js';
import type { LiveConnection } from './live-connection.js';
import { RECONNECT_MS, shuttingDown, tooManyConnections } from './live.errors.js';
import { Quota } from './quota.js';
import { Wheel } from './wheel.js';

const TICK_MS = 100;
const HEARTBEAT_MS = 15_000;
const CREDENTIAL_CHECK_MS = 400;
/** How many clients of a service that stops are told to come back in the same second. */
const RECONNECTS_A_SECOND = 1000;
/** The close code of a WebSocket whose server restarts. */
const SERVICE_RESTART = 1012;

/**
 * All live connections of this node: heartbeats, an end for those whose credential is no longer valid, an end for all at
 * shutdown, and limits. One timer serves all of them.
 */
@Injectable()
export class LiveConnections implements BeforeApplicationShutdown {
  private readonly connections = new Wheel<LiveConnection>(HEARTBEAT_MS / TICK_MS);
  private readonly checks = new Wheel<CredentialGroup>(CREDENTIAL_CHECK_MS / TICK_MS);
  private readonly groups = new Map<string, { group: CredentialGroup; leave: () => void }>();
  private readonly quota: Quota;
  private open = 0;
  private timer: NodeJS.Timeout | undefined;
  private closing = false;

  constructor(
    private readonly authenticator: Authenticator,
    @Inject(SETTINGS) settings: Settings,
  ) {
    const { LIVE_CONNECTIONS_PER_CREDENTIAL: credential, LIVE_CONNECTIONS_PER_TENANT: tenant } = settings;
    this.quota = new Quota({ credential, tenant }, tooManyConnections);
  }

  /**
   * Keeps a place for a connection of the caller, while the client can still be told that there is none. It goes to the
   * connection that is added next; if none is, the function that this returns gives it back.
   * @throws AppError `live.too-many-connections`, `service.shutting-down`
   */
  reserve({ tenant, actor }: Caller): () => void {
    if (this.closing) throw shuttingDown();
    return this.quota.take(tenant, actor);
  }

  /**
   * Looks after a connection, for which a place is reserved, until it closes. `authorization` is what its client proved the
   * caller's credential with; without it the credential is not looked at again.
   */
  add(connection: LiveConnection, caller: Caller, authorization: string | undefined): void {
    const release = this.quota.releaseOf(caller.tenant, caller.actor);
    const place = this.connections.add(connection);
    const group = authorization === undefined ? undefined : this.groupOf(authorization, caller.credential);
    group?.connections.add(connection);
    this.opened(connection);
    connection.onClose(() => {
      place.delete(connection);
      if (group) this.left(group, connection);
      release();
      this.closed(connection);
    });
  }

  beforeApplicationShutdown(): void {
    this.closing = true;
    let ended = 0;
    for (const connection of this.connections) {
      // Those who are left to answer them should not get all at once.
      const seconds = 1 + Math.floor(ended++ / RECONNECTS_A_SECOND);
      connection.end('the service is shutting down', seconds * RECONNECT_MS, SERVICE_RESTART);
    }
  }

  private groupOf(authorization: string, credential: Credential): CredentialGroup {
    const known = this.groups.get(authorization);
    if (known) return known.group;
    const group = new CredentialGroup(authorization, credential);
    const place = this.checks.add(group);
    this.groups.set(authorization, { group, leave: () => place.delete(group) });
    return group;
  }

  private left(group: CredentialGroup, connection: LiveConnection): void {
    group.connections.delete(connection);
    if (group.connections.size > 0) return;
    this.groups.get(group.authorization)?.leave();
    this.groups.delete(group.authorization);
  }

  private opened({ kind }: LiveConnection): void {
    liveConnections.inc({ kind });
    this.open += 1;
    this.timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  private closed({ kind }: LiveConnection): void {
    liveConnections.dec({ kind });
    this.open -= 1;
    if (this.open > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private tick(): void {
    for (const connection of this.connections.turn()) connection.heartbeat();
    for (const group of this.checks.turn()) group.check(this.authenticator);
  }
}
