-- The store's tables. Times are integer milliseconds UTC, prices integer cents.

-- An e-mail is one human's only among those who typed it: nobody has checked it. A provider's
-- humans are told apart by its subjects, so neither kind can take the other over.
create table human (
  id text primary key,
  email text not null,
  name text not null,
  is_verified integer not null check (is_verified in (0, 1)),
  is_admin integer not null check (is_admin in (0, 1)),
  created_at_ms integer not null
) strict;
create unique index unverified_human_of_email on human (email) where is_verified = 0;

-- The text a human agreed to, as it was shown.
create table consent (
  id text primary key,
  human_id text not null references human (id),
  client_id text not null,
  text text not null,
  text_sha256 text not null,
  at_ms integer not null
) strict;

-- One human's deputization of one agent. An ended grant never returns.
create table grant (
  id text primary key,
  human_id text not null references human (id),
  client_id text not null,
  agent_name text not null,
  redirect_uri text not null,
  redirect_host text not null,
  scopes text not null,
  consent_id text not null unique references consent (id),
  created_at_ms integer not null,
  ended_at_ms integer
) strict;
create index grant_of_human on grant (human_id);
create index grant_of_client on grant (client_id);

create trigger grant_never_returns before update on grant
when old.ended_at_ms is not null
begin
  select raise(abort, 'an ended grant never returns');
end;

-- The bans in force: of a human (every deputy) or of one grant. No row is a normal standing.
create table ban (
  target text not null check (target in ('human', 'grant')),
  target_id text not null,
  rank integer not null check (rank between 1 and 4),
  at_ms integer not null,
  primary key (target, target_id)
) strict, without rowid;

create table plea (
  id text primary key,
  human_id text not null references human (id),
  grant_id text not null references grant (id),
  opened_at_ms integer not null,
  closed_at_ms integer,
  is_granted integer check (is_granted in (0, 1)),
  check ((closed_at_ms is null) = (is_granted is null))
) strict;
create unique index one_open_plea_per_human on plea (human_id) where closed_at_ms is null;

-- The deputies that asked: whoever opened the plea, and whoever joined it.
create table plea_agent (
  plea_id text not null references plea (id),
  grant_id text not null references grant (id),
  primary key (plea_id, grant_id)
) strict, without rowid;

create table shop_order (
  number integer primary key,
  id text not null unique,
  human_id text not null references human (id),
  grant_id text not null references grant (id),
  call_id text not null unique,
  company text not null,
  mailing_address text not null,
  size text not null check (size in ('S', 'M', 'L', 'XL', 'XXL')),
  price_cents integer not null check (price_cents >= 0),
  ordered_at_ms integer not null,
  idempotency_key text not null,
  arguments_sha256 text not null
) strict;
create index order_of_human on shop_order (human_id, number);
create index order_of_key on shop_order (grant_id, idempotency_key, number)
  where idempotency_key != '';
create index order_of_arguments on shop_order (grant_id, arguments_sha256, number);

-- The audit: body is the canonical JSON of the entry, hash = SHA-256(previous hash, body).
-- There is nothing beside them that the hash would not cover.
create table audit_entry (
  seq integer primary key,
  body text not null,
  hash text not null,
  kind text generated always as (json_extract(body, '$.kind')) virtual
) strict;
create index audit_entry_of_kind on audit_entry (kind, seq);

create trigger audit_entry_is_final before update on audit_entry
begin
  select raise(abort, 'an audit entry is never changed');
end;
create trigger audit_entry_stays before delete on audit_entry
begin
  select raise(abort, 'an audit entry is never deleted');
end;
create trigger audit_entry_follows before insert on audit_entry
when new.seq != (select coalesce(max(seq), 0) + 1 from audit_entry)
begin
  select raise(abort, 'audit entries have no gaps');
end;

-- Personal data of an entry, whose salted hash the entry holds. Erasing sets value to null.
create table audit_private (
  seq integer not null references audit_entry (seq),
  name text not null,
  salt blob not null,
  value text,
  primary key (seq, name)
) strict, without rowid;

create trigger audit_private_is_only_erased before update on audit_private
when new.value is not null or new.salt != old.salt or new.seq != old.seq or new.name != old.name
begin
  select raise(abort, 'personal data of an audit entry is only ever erased');
end;
create trigger audit_private_stays before delete on audit_private
begin
  select raise(abort, 'an audit entry is never deleted');
end;

-- The authorization server's own state. Every secret is a SHA-256: a copied database opens nothing.

create table client (
  id text primary key,
  name text not null,
  redirect_uris text not null check (json_array_length(redirect_uris) > 0),
  auth_method text not null
    check (auth_method in ('none', 'client_secret_post', 'client_secret_basic')),
  secret_hash blob check (length(secret_hash) = 32),
  scopes text not null,
  grant_types text not null,
  registered_at_ms integer not null,
  check ((auth_method = 'none') = (secret_hash is null))
) strict;

-- A browser is known by a cookie whose value changes; the row, and what it may do, stays.
create table browser (
  id text primary key,
  secret_hash blob not null unique check (length(secret_hash) = 32),
  human_id text references human (id),
  made_at_ms integer not null
) strict;

-- The browsers that may sign the human in without the stage code.
create table browser_of_human (
  human_id text not null references human (id),
  browser_id text not null references browser (id),
  primary key (human_id, browser_id)
) strict, without rowid;

create table authorization_request (
  id text primary key,
  browser_id text not null references browser (id) on delete cascade,
  client_id text not null references client (id),
  redirect_uri text not null,
  is_redirect_uri_given integer not null check (is_redirect_uri_given in (0, 1)),
  state text,
  scopes text not null,
  resource text not null,
  code_challenge text not null check (length(code_challenge) = 43),
  issuer text not null,
  made_at_ms integer not null,
  answered_at_ms integer
) strict;
create index authorization_request_of_browser on authorization_request (browser_id);
create index authorization_request_by_age on authorization_request (made_at_ms);

-- A used code stays: that is how a second use is told from a made-up one.
create table authorization_code (
  code_hash blob primary key check (length(code_hash) = 32),
  grant_id text not null unique references grant (id),
  client_id text not null references client (id),
  redirect_uri text not null,
  is_redirect_uri_given integer not null check (is_redirect_uri_given in (0, 1)),
  resource text not null,
  code_challenge text not null check (length(code_challenge) = 43),
  expires_at_ms integer not null,
  used_at_ms integer,
  failures integer not null default 0
) strict;

-- One grant is one family of tokens; the generation counts its refreshes.
create table access_token (
  token_hash blob primary key check (length(token_hash) = 32),
  grant_id text not null references grant (id),
  generation integer not null,
  resource text not null,
  expires_at_ms integer not null
) strict;
create index access_token_of_grant on access_token (grant_id, generation);

create table refresh_token (
  token_hash blob primary key check (length(token_hash) = 32),
  grant_id text not null references grant (id),
  generation integer not null,
  resource text not null,
  expires_at_ms integer not null,
  used_at_ms integer,
  sealed_successors blob,
  unique (grant_id, generation)
) strict;

-- With this a client reads, changes or removes its own registration (RFC 7592).
create table registration_token (
  client_id text primary key references client (id) on delete cascade,
  token_hash blob not null check (length(token_hash) = 32)
) strict;

-- A client whose id is the address of the document that describes it, and when that was read.
create table client_document (
  client_id text primary key references client (id) on delete cascade,
  read_at_ms integer not null
) strict;

create index authorization_request_of_client on authorization_request (client_id);
create index authorization_code_of_client on authorization_code (client_id);
create index client_by_age on client (registered_at_ms);

-- By which name an OpenID provider knows a verified human.
create table human_identity (
  issuer text not null,
  subject text not null,
  human_id text not null unique references human (id),
  primary key (issuer, subject)
) strict, without rowid;

-- A human who is away at the provider. What belongs to the answer is sealed with the state, which
-- only the browser and the provider know; a new departure voids the one before.
create table departure (
  state_hash blob primary key check (length(state_hash) = 32),
  request_id text not null unique references authorization_request (id) on delete cascade,
  sealed_secrets blob not null
) strict;

-- The latest time that was seen, so that a clock that is set back revives nothing.
create table clock (
  id integer primary key check (id = 1),
  highest_ms integer not null
) strict;
