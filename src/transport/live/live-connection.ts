/** How a live connection talks to its client. */
export type LiveKind = 'sse' | 'websocket';

/** A connection that stays open so that its client is told of things as they happen. */
export interface LiveConnection {
  readonly kind: LiveKind;
  readonly isClosed: boolean;
  /** Bytes that wait for the client, beyond what its socket took. */
  readonly queuedBytes: number;
  /** True while the socket takes no more without buffering. */
  readonly isFull: boolean;
  /** Calls `listener` once, when the connection is over; at once if it is already. */
  onClose(listener: () => void): void;
  /** Calls `listener` each time that the socket, having been full, can take more. */
  onDrain(listener: () => void): void;
  /**
   * Writes bytes that were framed before, by `EventStream.frame` or `WebSocketConnection.frame`, several frames in a row
   * if need be. Ignored once closed. No limit is enforced here: the caller looks at `isFull` and `queuedBytes`.
   */
  writeFrames(frames: Buffer): void;
  /** Shows the client, and every proxy on the way, that the connection is alive. */
  heartbeat(): void;
  /**
   * Tells the client the reason, and to come back after `reconnectMs`, then closes; a client that does not read is cut off
   * after `END_PATIENCE_MS`. `closeCode` is what a WebSocket is closed with; 1008 if left out.
   */
  end(reason: string, reconnectMs: number, closeCode?: number): void;
}

/** How long a client may take to read the end of its connection. */
export const END_PATIENCE_MS = 5000;
