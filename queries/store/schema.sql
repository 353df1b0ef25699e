-- The embedded DuckDB schema of a case. Enums are one byte, 0 or null is absent (see model/enum.go).
-- Rows are appended in file order, which is nearly time order; there are no indexes on purpose.

-- One CloudTrail record a row, duplicates included.
create table ct_events (
  member           bigint not null,
  record           uinteger not null,
  off              bigint not null,
  len              uinteger not null,
  rec64            ubigint not null,   -- xxh3 of the record's bytes
  obj64            ubigint,            -- stable hash of bucket and key; null without a key
  top16            usmallint,          -- stable hash of the key's first folder; null without a key
  req64            ubigint,            -- 16 upper-case hex digits as a number, else a hash; null without a request id
  host32           uinteger,           -- low half of xxh3 of host_id; null without one
  lean             ubigint not null,   -- model.Promoted bits
  flags            uinteger not null,
  dup              utinyint not null,  -- settled: 1 = another record tells the same
  fold             utinyint not null,  -- always 0 here; lets both branches of a query read alike
  integrity        utinyint not null,
  witness          utinyint not null,
  time             timestamp,
  category         utinyint not null,
  outcome          utinyint not null,
  enc              utinyint not null,
  enc_req          utinyint not null,
  mfa              boolean,
  acl_required     boolean,
  read_only        boolean,
  status           usmallint,          -- settled: the joined access-log line's
  bytes_out        bigint,             -- settled where the record has neither: the joined line's
  bytes_in         bigint,
  object_size      bigint,
  duration_ms      bigint,             -- settled: the joined access-log line's
  session_created  timestamp,
  event_id         uuid,
  shared_event_id  uuid,
  event_text       varchar,            -- an event id that is no canonical UUID
  ip4              uinteger,
  ip6              uhugeint,
  service varchar, op varchar, bucket varchar, key varchar, version varchar, bucket_account varchar,
  copy_source varchar, prefix varchar, ip varchar, agent varchar, host varchar,
  actor varchar, actor_type varchar, actor_account varchar, access_key varchar, principal_id varchar,
  user_name varchar, session varchar, invoked_by varchar, issuer varchar, issuer_principal varchar,
  issuer_account varchar, account varchar, region varchar, error varchar, error_message varchar,
  kms_key varchar, tls varchar, cipher varchar, sig varchar, auth varchar, vpce varchar,
  access_point varchar, request_id varchar,
  host_id varchar using compression zstd,
  request varchar, response varchar, extra varchar
);

-- One access-log line a row, duplicates and folded ones included.
create table al_events (
  member           bigint not null,
  record           uinteger not null,  -- line number
  off              bigint not null,
  len              uinteger not null,
  rec64            ubigint not null,   -- xxh3 of the line without its end
  obj64            ubigint,
  top16            usmallint,
  req64            ubigint,
  host32           uinteger,
  flags            uinteger not null,
  dup              utinyint not null,
  fold             utinyint not null,  -- settled: 1 = a CloudTrail record tells the same request
  integrity        utinyint not null,
  witness          utinyint not null,
  time             timestamp,
  outcome          utinyint not null,
  enc              utinyint not null,  -- settled where the line alone leaves it unknown: the joined record's
  acl_required     boolean,
  read_only        boolean,
  status           usmallint,
  bytes_out        bigint,
  bytes_in         bigint,
  object_size      bigint,
  duration_ms      bigint,
  turn_around_ms   bigint,
  field_count      utinyint,
  ip4              uinteger,
  ip6              uhugeint,
  service varchar, op varchar, op_raw varchar, bucket varchar, key varchar, version varchar,
  copy_source varchar, ip varchar, agent varchar, referer varchar, host varchar, actor varchar,
  actor_type varchar, actor_account varchar, access_key varchar, session varchar, issuer varchar,
  invoked_by varchar, region varchar, error varchar, tls varchar, cipher varchar, sig varchar,
  auth varchar, access_point varchar, request_id varchar,
  host_id varchar using compression zstd,
  owner varchar, request_uri varchar, key_raw varchar, extra_fields varchar
);

-- One member a row: present exactly when all of its records are.
create table members (
  member         bigint not null,
  locator        varchar not null,
  name           varchar not null,
  path           varchar not null,
  entry          varchar not null,
  path_raw       blob,                -- path and entry where they are not UTF-8; the text then shows U+FFFD
  entry_raw      blob,
  part           integer not null,
  part_offset    bigint not null,
  kind           varchar not null,
  form           varchar not null,
  reason         varchar not null,
  sha256_file    blob not null,
  sha256_content blob not null,
  size_file      bigint not null,
  size_content   bigint not null,
  mod_time       timestamp,
  gzip           boolean not null,
  delivered      boolean not null,
  seen           bigint not null,
  rejected       bigint not null,
  duplicate      bigint not null,
  first_time     timestamp,
  last_time      timestamp,
  flags          uinteger not null,
  integrity      utinyint not null,
  body           blob,
  loaded_at      timestamp not null
);

-- One rejected record or line a row.
create table rejects (
  member bigint not null,
  record uinteger not null,
  off    bigint not null,
  len    bigint not null,
  reason varchar not null,
  raw    blob not null
);

-- One object a row, over every record that counts; rebuilt after a load.
create table objects (
  obj64     ubigint not null,
  top16     usmallint not null,
  bucket    varchar not null,
  key       varchar not null,
  requests  bigint not null,
  errors    bigint not null,
  bytes_out bigint not null,
  bytes_in  bigint not null,
  first     timestamp,
  last      timestamp
);

-- What a case remembers about itself: format, settled, window, raw_elsewhere.
create table facts (
  name  varchar not null,
  value varchar not null
);
