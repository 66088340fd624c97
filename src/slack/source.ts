/** Where a button stands, as Slack says it. */
interface Container {
  readonly type?: unknown;
  readonly channel_id?: unknown;
  readonly message_ts?: unknown;
  readonly view_id?: unknown;
}

/** A slash command as the audit log names it: `/pbx set in C0APPROVALS`. */
export function commandSource(command: string, verb: string, channelId: string): string {
  return `${command} ${verb} in ${channelId}`;
}

/** The message a button stands in, as `C0APPROVALS/1700000000.000100`; the window or Home tab as `view:V0123`. */
export function actionSource({ channel_id: channel, message_ts: ts, view_id: view }: Container): string {
  return typeof channel === 'string' && typeof ts === 'string' ? `${channel}/${ts}` : `view:${String(view)}`;
}

/** A form's metadata that also remembers what opened the form; see `openedFrom`. */
export function withSource(metadata: string, source: string): string {
  return `${metadata}\n${source}`;
}

/** A form's own metadata, and the form as the audit log names it: with the message or command that opened it. */
export function openedFrom(
  metadata: string,
  viewId: string,
): { readonly metadata: string; readonly source: string } {
  const [own = '', opener] = metadata.split('\n', 2);
  const view = `view:${viewId}`;
  return { metadata: own, source: opener === undefined ? view : `${view} from ${opener}` };
}
