-- What version 2 of the store adds. Each statement makes something new: nothing is rewritten.

-- With this a client reads, changes or removes its own registration (RFC 7592).
create table registration_token (
  client_id text primary key references client (id) on delete cascade,
  token_hash blob not null check (length(token_hash) = 32)
) strict;

create index authorization_request_of_client on authorization_request (client_id);
create index authorization_code_of_client on authorization_code (client_id);
create index client_by_age on client (registered_at_ms);
