-- What version 2 of the store adds, to a new database and to one of version 1 alike.

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

-- An e-mail is one human's only among those who typed it: nobody has checked it. A provider's
-- humans are told apart by its subjects, so neither kind can take the other over.
create table human_2 (
  id text primary key,
  email text not null,
  name text not null,
  is_verified integer not null check (is_verified in (0, 1)),
  is_admin integer not null check (is_admin in (0, 1)),
  created_at_ms integer not null
) strict;
insert into human_2 (id, email, name, is_verified, is_admin, created_at_ms)
  select id, email, name, is_verified, is_admin, created_at_ms from human;
drop table human;
alter table human_2 rename to human;
create unique index unverified_human_of_email on human (email) where is_verified = 0;

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
