/** A request as it goes onto the wire. */
export interface FuzzRequest {
  /**
   * `valid`: all of it is as the document says, and an admin sends it. `strange`: a header or the credential is
   * not. `faulty`: something of path, query or body is not.
   */
  readonly kind: 'valid' | 'strange' | 'faulty';
  /** The operation that it is made for. */
  readonly address: string;
  readonly method: string;
  /** Path and query, which need not be well-formed. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
  /** Whether it is sent twice at the same time. */
  readonly twice: boolean;
}

/** Bearer tokens that the attack has. */
export interface Tokens {
  readonly admin: string;
  readonly reader: string;
  readonly otherTenant: string;
}

/** A request before it is known for which operation it is, and whether it is keyed or sent twice. */
export type RequestPart = Omit<FuzzRequest, 'address' | 'twice'>;
