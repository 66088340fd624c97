import { approvalRulesOf, type Approval, type ChangeRequest, votesNow } from './request.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** When a request's round ends by itself, in ISO 8601, or null where it does not wait for people. */
export function expiryOf({ approval, askedAt }: Pick<ChangeRequest, 'approval' | 'askedAt'>): string | null {
  const waitMs = waitOf(approval);
  return waitMs === null ? null : later(askedAt, waitMs);
}

/** How many reminders of a round are due by `now`: the pauses between them double. */
export function remindersDue(request: Pick<ChangeRequest, 'approval' | 'askedAt'>, now: Date): number {
  return reminderTimes(request).filter((at) => at <= now.toISOString()).length;
}

/** How many reminders of an open review are due by `now`: after a day, then ever more rarely. */
export function reviewRemindersDue(openedAt: string, now: Date): number {
  return reviewTimes(openedAt).filter((at) => at <= now.toISOString()).length;
}

/** When a request deserves the next look: a reminder, the expiry or an approval that lapses. */
export function nextLook(request: ChangeRequest, now: Date): string | null {
  const after = now.toISOString();
  const times =
    request.state === 'pending'
      ? [...reminderTimes(request), expiryOf(request) ?? '', ...lapses(request)]
      : reviewTimes(request.breakGlass?.at ?? request.askedAt);
  return times.filter((at) => at > after).toSorted()[0] ?? later(after, DAY_MS);
}

/** When a new request deserves its first look. */
export function firstLook(approval: Approval, askedAt: string): string | null {
  const [first] = reminderTimes({ approval, askedAt });
  return first ?? expiryOf({ approval, askedAt });
}

function waitOf(approval: Approval): number | null {
  return approval.kind === 'people' ? Math.min(...approval.rules.map(({ waitMs }) => waitMs)) : null;
}

function reminderTimes({
  approval,
  askedAt,
}: Pick<ChangeRequest, 'approval' | 'askedAt'>): readonly string[] {
  const waitMs = waitOf(approval);
  if (waitMs === null) return [];
  const first = Math.min(HOUR_MS, waitMs / 4);
  return doubling(first, waitMs).map((after) => later(askedAt, after));
}

function reviewTimes(openedAt: string): readonly string[] {
  return doubling(DAY_MS, 1000 * DAY_MS).map((after) => later(openedAt, after));
}

/** `first`, then after twice the pause, and so on, as long as it is before `end`. */
function doubling(first: number, end: number): readonly number[] {
  const times: number[] = [];
  for (let at = first, pause = first * 2; at < end; at += pause, pause *= 2) times.push(at);
  return times;
}

/** When the approvals of a request's round stop counting. */
export function lapses(request: ChangeRequest): readonly string[] {
  const validMs = Math.min(...approvalRulesOf(request).map((rule) => rule.validMs));
  if (!Number.isFinite(validMs)) return [];
  return votesNow(request)
    .filter(({ verdict }) => verdict === 'approve')
    .map(({ at }) => later(at, validMs));
}

function later(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString();
}
