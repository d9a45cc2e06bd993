/** Where the embedded Redis says what it did; no line carries the password. */
export interface EmbeddedRedisLog {
  info(message: string): void;
  warn(message: string): void;
}
