alter table change_requests rename column pbx_id to target;
alter table change_requests add column round integer not null default 1;
alter table change_requests add column asked_at text not null default '';
alter table change_requests add column editors text not null default '[]';
alter table change_requests add column again text not null default '[]';
alter table change_requests add column blocked text;
alter table change_requests add column reminders integer not null default 0;
alter table change_requests add column look_at text;
alter table change_requests add column break_glass text;
alter table change_requests add column review_state text;
alter table change_requests add column review text;
update change_requests set asked_at = created_at;
create index change_requests_review on change_requests (review_state);

create table change_parts (
  request_id text not null,
  pbx_id text not null,
  position integer not null,
  state text not null,
  outcomes text,
  result text,
  failure text,
  finished_at text,
  primary key (request_id, pbx_id)
);
create index change_parts_pbx on change_parts (pbx_id);
insert into change_parts (request_id, pbx_id, position, state, outcomes, result, failure, finished_at)
select id, target, 0,
  case state when 'applied' then 'applied' when 'failed' then 'failed' else 'waiting' end,
  outcomes, result, failure, finished_at
from change_requests where kind = 'settings';
alter table change_requests drop column outcomes;
alter table change_requests drop column result;

create index writes_pbx on writes (pbx_id, settled_at);

create table votes_by_round (
  request_id text not null,
  round integer not null,
  voter text not null,
  verdict text not null,
  reason text,
  source text,
  at text not null,
  primary key (request_id, round, voter)
);
insert into votes_by_round (request_id, round, voter, verdict, reason, at)
select request_id, 1, voter, verdict, reason, at from votes;
drop table votes;
alter table votes_by_round rename to votes;

insert into messages (subject_kind, subject_id, audience, revision, channel, ts, begun_at)
select subject_kind, subject_id, 'shown', revision, channel, ts, begun_at
from messages where subject_kind = 'change' and audience = 'card';

create table preferences (
  person text primary key,
  outcomes text not null
);

create table home_viewers (
  person text primary key,
  opened_at text not null
);

create table rule_faults (
  rule text primary key,
  because text not null,
  since text not null
);
