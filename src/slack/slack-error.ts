import { webApi } from '@slack/bolt';

/** Slack's own error code, such as `message_not_found`, or null for another kind of failure. */
export function slackErrorCode(error: unknown): string | null {
  return error instanceof webApi.WebAPIPlatformError ? error.data.error : null;
}
