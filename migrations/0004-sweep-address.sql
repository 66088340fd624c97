-- Where a PBX was when a sweep looked at it; null in sweeps before.
alter table inspections add column url text;
