/** The tables by which Plumbline knows what is due and whether it lives. */
export interface ScheduleTable {
  name: string;
  expression: string;
  anchor_at: string;
}

export interface HeartbeatTable {
  owner: string;
  host: string;
  pid: number;
  started_at: string;
  beat_at: string;
  slack: string | null;
  slack_seen_at: string | null;
}
