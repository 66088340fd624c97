create table heartbeats (
  owner text primary key,
  host text not null,
  pid integer not null,
  started_at text not null,
  beat_at text not null,
  slack text,
  slack_seen_at text
);
