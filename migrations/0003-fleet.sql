alter table exceptions rename column pbx_id to target;
alter table exceptions add column warned_at text;
alter table exceptions add column ended_at text;
alter table exceptions add column ended_by text;

create table pauses (
  id text primary key,
  target text not null,
  owner text not null,
  reason text not null,
  until_at text not null,
  request_id text not null unique,
  created_at text not null,
  warned_at text,
  ended_at text,
  ended_by text
);

create table halts (
  id integer primary key,
  since text not null,
  by_whom text not null,
  reason text not null
);

create table descriptions (
  version text primary key,
  learnt_from text not null,
  learnt_at text not null,
  resources text not null
);

create table audit_gaps (
  pbx_id text primary key,
  because text not null,
  since text not null
);

alter table change_requests add column held_back text;

alter table baseline_versions add column released_at text;
alter table baseline_versions add column released_by text;
update baseline_versions set released_at = published_at, released_by = published_by;

alter table sweeps add column hold text;
alter table sweeps add column totals text;
alter table inspections add column in_sync text;
alter table inspections add column withheld text;
alter table inspections add column skipped text;
alter table inspections add column gap text;
create index inspections_pbx on inspections (pbx_id);

create table corrections (
  sweep_id text not null,
  pbx_id text not null,
  setting_key text not null,
  at text not null,
  has_converged integer not null,
  primary key (sweep_id, pbx_id, setting_key)
);
create index corrections_setting on corrections (pbx_id, setting_key, at);

create table restraints (
  pbx_id text not null,
  setting_key text not null,
  attempts integer not null,
  next_try_at text,
  quarantined_at text,
  counts_from text,
  because text,
  primary key (pbx_id, setting_key)
);

create table episodes (
  id text primary key,
  open_key text unique,
  pbx_id text not null,
  setting_key text not null,
  status text not null,
  rule text not null,
  live text,
  because text,
  author text,
  opened_at text not null,
  opened_sweep text not null,
  seen_at text not null,
  worsened_at text not null,
  request_id text,
  closed_at text,
  closed_because text,
  revision integer not null
);
create index episodes_seen on episodes (closed_at, opened_at);
