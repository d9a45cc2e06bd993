import type { SessionSummary, SessionView } from './dto/answers.dto.js';
import type { KnownSession } from './sessions.records.js';

const instant = (ms: number) => new Date(ms).toISOString();

export function summaryOf({ id, userId, device, head, lastSeenAt }: KnownSession): SessionSummary {
  return {
    sessionId: id,
    userId,
    device: typeof device === 'object' && device !== null ? { ...device } : device,
    createdAt: instant(head.createdAt),
    lastSeenAt: instant(lastSeenAt),
    idleExpiresAt: instant(Math.min(lastSeenAt + head.idleMs, head.endsAt)),
    absoluteExpiresAt: instant(head.endsAt),
  };
}

export function viewOf(session: KnownSession): SessionView {
  const view = summaryOf(session);
  return Object.assign(view, { data: { ...session.data }, version: Number(session.version) });
}
