/** Slack docs, rate tiers: calls per minute, method and workspace. */
const PER_MINUTE: Readonly<Record<string, number>> = {
  'apps.connections.open': 20,
  'auth.test': 100,
  'bots.info': 50,
  'chat.delete': 50,
  'chat.postEphemeral': 100,
  'chat.update': 50,
  'conversations.history': 50,
  'conversations.info': 50,
  'conversations.list': 20,
  'conversations.members': 100,
  'conversations.open': 50,
  'conversations.replies': 50,
  'files.completeUploadExternal': 100,
  'files.getUploadURLExternal': 100,
  'files.info': 100,
  'reactions.add': 50,
  'team.info': 50,
  'usergroups.list': 20,
  'usergroups.users.list': 20,
  'users.info': 100,
  'users.list': 20,
  'views.open': 100,
  'views.publish': 100,
  'views.push': 100,
  'views.update': 100,
};

/** Counts calls and says when one is too many. */
export interface RateLimiter {
  /** Seconds to wait, when the call must be refused; otherwise it is counted. */
  refuse(method: string, channel: string): number | undefined;
}

/** A limiter of Slack's published rates; one that is not enforced never refuses. */
export function createRateLimiter(isEnforced: boolean): RateLimiter {
  const calls = new Map<string, number[]>();
  return {
    refuse: (method, channel) => (isEnforced ? refuse(calls, method, channel) : undefined),
  };
}

function refuse(calls: Map<string, number[]>, method: string, channel: string): number | undefined {
  const isPost = method === 'chat.postMessage';
  const windowMs = isPost ? 1000 : 60_000;
  const limit = isPost ? 1 : PER_MINUTE[method];
  if (limit === undefined) return undefined;
  const key = isPost ? `${method}:${channel}` : method;
  const now = Date.now();
  const recent = (calls.get(key) ?? []).filter((at) => now - at < windowMs);
  const oldest = recent[0];
  if (oldest !== undefined && recent.length >= limit) return Math.ceil((oldest + windowMs - now) / 1000);
  calls.set(key, [...recent, now]);
  return undefined;
}
