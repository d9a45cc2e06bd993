/** Something outside the service keeps it from starting; the message tells a person what. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
