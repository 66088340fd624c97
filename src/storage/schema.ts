import type { HeartbeatTable, ScheduleTable } from './schema-upkeep.js';

/**
 * The tables as both engines know them: text and integer columns only. Times are ISO 8601 in UTC, structured values are
 * JSON text that the store of the table encodes and decodes.
 */
export interface Schema {
  audit: AuditTable;
  audit_head: AuditHeadTable;
  change_requests: ChangeRequestTable;
  change_parts: ChangePartTable;
  votes: VoteTable;
  baseline_versions: BaselineVersionTable;
  exceptions: ExceptionTable;
  observations: ObservationTable;
  writes: WriteTable;
  sweeps: SweepTable;
  inspections: InspectionTable;
  leases: LeaseTable;
  messages: MessageTable;
  schedules: ScheduleTable;
  credential_refusals: CredentialRefusalTable;
  preferences: PreferenceTable;
  home_viewers: HomeViewerTable;
  rule_faults: RuleFaultTable;
  pauses: PauseTable;
  halts: HaltTable;
  descriptions: DescriptionTable;
  audit_gaps: AuditGapTable;
  corrections: CorrectionTable;
  restraints: RestraintTable;
  episodes: EpisodeTable;
  heartbeats: HeartbeatTable;
}

export interface AuditTable {
  seq: number;
  at: string;
  actor: string;
  action: string;
  subject_kind: string;
  subject_id: string;
  detail: string;
  previous_hash: string;
  hash: string;
}

export interface AuditHeadTable {
  id: number;
  seq: number;
  hash: string;
}

export interface ChangeRequestTable {
  id: string;
  number: number;
  kind: string;
  target: string;
  state: string;
  round: number;
  revision: number;
  requested_by: string;
  editors: string;
  reason: string;
  origin: string | null;
  risk: string;
  content: string;
  approval: string;
  baseline_version: number;
  created_at: string;
  asked_at: string;
  decided_at: string | null;
  finished_at: string | null;
  failure: string | null;
  again: string;
  blocked: string | null;
  held_back: string | null;
  reminders: number;
  look_at: string | null;
  break_glass: string | null;
  review_state: string | null;
  review: string | null;
}

export interface ChangePartTable {
  request_id: string;
  pbx_id: string;
  position: number;
  state: string;
  outcomes: string | null;
  result: string | null;
  failure: string | null;
  finished_at: string | null;
}

export interface VoteTable {
  request_id: string;
  round: number;
  voter: string;
  verdict: string;
  reason: string | null;
  source: string | null;
  at: string;
}

export interface BaselineVersionTable {
  version: number;
  rules: string;
  request_id: string;
  published_by: string;
  published_at: string;
  released_at: string | null;
  released_by: string | null;
}

export interface ExceptionTable {
  id: string;
  setting_key: string;
  target: string;
  owner: string;
  reason: string;
  until_at: string;
  request_id: string;
  created_at: string;
  warned_at: string | null;
  ended_at: string | null;
  ended_by: string | null;
}

export interface PauseTable {
  id: string;
  target: string;
  owner: string;
  reason: string;
  until_at: string;
  request_id: string;
  created_at: string;
  warned_at: string | null;
  ended_at: string | null;
  ended_by: string | null;
}

export interface HaltTable {
  id: number;
  since: string;
  by_whom: string;
  reason: string;
}

export interface ObservationTable {
  pbx_id: string;
  at: string;
  version: string | null;
  readings: string;
}

export interface WriteTable {
  id: string;
  cause_kind: string;
  cause_id: string;
  pbx_id: string;
  state: string;
  changes: string;
  outcomes: string | null;
  intended_at: string;
  settled_at: string | null;
}

export interface SweepTable {
  id: string;
  number: number;
  cause: string;
  slot: string | null;
  open_key: string | null;
  state: string;
  revision: number;
  baseline_version: number;
  started_at: string;
  finished_at: string | null;
  hold: string | null;
  totals: string | null;
}

export interface InspectionTable {
  sweep_id: string;
  pbx_id: string;
  state: string;
  findings: string | null;
  plan: string | null;
  outcomes: string | null;
  failure: string | null;
  in_sync: string | null;
  withheld: string | null;
  skipped: string | null;
  gap: string | null;
  url: string | null;
}

export interface LeaseTable {
  name: string;
  owner: string;
  host: string;
  pid: number;
  expires_at: string;
}

export interface MessageTable {
  subject_kind: string;
  subject_id: string;
  audience: string;
  revision: number;
  channel: string;
  ts: string | null;
  begun_at: string;
}

export interface CredentialRefusalTable {
  pbx_id: string;
  fingerprint: string;
  refused_at: string;
  because: string;
}

export interface PreferenceTable {
  person: string;
  outcomes: string;
}

export interface HomeViewerTable {
  person: string;
  opened_at: string;
}

export interface RuleFaultTable {
  rule: string;
  because: string;
  since: string;
}

export interface DescriptionTable {
  version: string;
  learnt_from: string;
  learnt_at: string;
  resources: string;
}

export interface AuditGapTable {
  pbx_id: string;
  because: string;
  since: string;
}

export interface CorrectionTable {
  sweep_id: string;
  pbx_id: string;
  setting_key: string;
  at: string;
  has_converged: number;
}

export interface RestraintTable {
  pbx_id: string;
  setting_key: string;
  attempts: number;
  next_try_at: string | null;
  quarantined_at: string | null;
  counts_from: string | null;
  because: string | null;
}

export interface EpisodeTable {
  id: string;
  open_key: string | null;
  pbx_id: string;
  setting_key: string;
  status: string;
  rule: string;
  live: string | null;
  because: string | null;
  author: string | null;
  opened_at: string;
  opened_sweep: string;
  seen_at: string;
  worsened_at: string;
  request_id: string | null;
  closed_at: string | null;
  closed_because: string | null;
  revision: number;
}
