create table audit (
  seq integer primary key,
  at text not null,
  actor text not null,
  action text not null,
  subject_kind text not null,
  subject_id text not null,
  detail text not null,
  previous_hash text not null,
  hash text not null unique
);
create index audit_subject on audit (subject_kind, subject_id);

create table audit_head (
  id integer primary key,
  seq integer not null,
  hash text not null
);
insert into audit_head (id, seq, hash) values (1, 0, '');

create table change_requests (
  id text primary key,
  number integer not null unique,
  kind text not null,
  pbx_id text not null,
  state text not null,
  revision integer not null,
  requested_by text not null,
  reason text not null,
  origin text unique,
  risk text not null,
  content text not null,
  approval text not null,
  baseline_version integer not null,
  created_at text not null,
  decided_at text,
  finished_at text,
  outcomes text,
  result text,
  failure text
);
create index change_requests_state on change_requests (state);

create table votes (
  request_id text not null,
  voter text not null,
  verdict text not null,
  reason text,
  at text not null,
  primary key (request_id, voter)
);

create table baseline_versions (
  version integer primary key,
  rules text not null,
  request_id text not null unique,
  published_by text not null,
  published_at text not null
);

create table exceptions (
  id text primary key,
  setting_key text not null,
  pbx_id text not null,
  owner text not null,
  reason text not null,
  until_at text not null,
  request_id text not null,
  created_at text not null,
  unique (request_id, setting_key, pbx_id)
);

create table observations (
  pbx_id text primary key,
  at text not null,
  version text,
  readings text not null
);

create table writes (
  id text primary key,
  cause_kind text not null,
  cause_id text not null,
  pbx_id text not null,
  state text not null,
  changes text not null,
  outcomes text,
  intended_at text not null,
  settled_at text,
  unique (cause_kind, cause_id, pbx_id)
);

create table sweeps (
  id text primary key,
  number integer not null unique,
  cause text not null,
  slot text unique,
  open_key text unique,
  state text not null,
  revision integer not null,
  baseline_version integer not null,
  started_at text not null,
  finished_at text
);

create table inspections (
  sweep_id text not null,
  pbx_id text not null,
  state text not null,
  findings text,
  plan text,
  outcomes text,
  failure text,
  primary key (sweep_id, pbx_id)
);

create table leases (
  name text primary key,
  owner text not null,
  host text not null,
  pid integer not null,
  expires_at text not null
);

create table messages (
  subject_kind text not null,
  subject_id text not null,
  audience text not null,
  revision integer not null,
  channel text not null,
  ts text,
  begun_at text not null,
  primary key (subject_kind, subject_id, audience)
);

create table schedules (
  name text primary key,
  expression text not null,
  anchor_at text not null
);

create table credential_refusals (
  pbx_id text primary key,
  fingerprint text not null,
  refused_at text not null,
  because text not null
);
