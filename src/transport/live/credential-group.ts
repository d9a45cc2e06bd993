import type { Authenticator } from '../../access/authenticator.js';
import { accessErrors } from '../../access/access.errors.js';
import type { Credential } from '../../access/caller.js';
import { AppError } from '../../errors/app-error.js';
import type { LiveConnection } from './live-connection.js';
import { RECONNECT_MS } from './live.errors.js';

/** The live connections that came with the same credential, which is looked at once for all of them. */
export class CredentialGroup {
  readonly connections = new Set<LiveConnection>();
  private isChecking = false;

  constructor(
    readonly authorization: string,
    private readonly credential: Credential,
  ) {}

  /**
   * Ends the connections if the credential is no longer valid. A token says itself until when it is, and nobody revokes
   * it; for a key Redis is asked.
   */
  check(authenticator: Authenticator): void {
    const { kind, expiresAt = Infinity } = this.credential;
    if (kind === 'api-key') {
      if (!this.isChecking) void this.ask(authenticator);
    } else if (expiresAt <= Date.now()) {
      this.end(accessErrors['invalid-credential'].code);
    }
  }

  private async ask(authenticator: Authenticator): Promise<void> {
    this.isChecking = true;
    try {
      await authenticator.authenticate(this.authorization);
    } catch (error) {
      // While Redis is away nobody can say whether a credential still stands; the connections stay.
      if (error instanceof AppError && error.kind === 'unauthenticated') this.end(error.code);
    } finally {
      this.isChecking = false;
    }
  }

  private end(reason: string): void {
    for (const connection of this.connections) connection.end(reason, RECONNECT_MS);
  }
}
