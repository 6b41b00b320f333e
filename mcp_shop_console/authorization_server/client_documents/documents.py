"""Clients known by their metadata document: fetched, checked, and kept for a day.

May import starlette, model and store.
"""

import logging
from dataclasses import replace

from mcp_shop_console.authorization_server.client_documents.fetching import (
    DocumentFault,
    Fetcher,
    Internet,
)
from mcp_shop_console.authorization_server.client_documents.urls import DocumentUrl, document_url
from mcp_shop_console.authorization_server.client_metadata import (
    CheckedMetadata,
    checked,
    invalid,
    parsed,
)
from mcp_shop_console.authorization_server.errors import OAuthError, PageError, TooManyRequests
from mcp_shop_console.authorization_server.known_clients import (
    admit_client,
    change_client,
    forget_unused,
    known_client,
    remove_client,
)
from mcp_shop_console.authorization_server.limits import Door
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.store.clients import AuthMethod, Client
from mcp_shop_console.store.database import Database
from mcp_shop_console.store.transaction import Transaction

_log = logging.getLogger(__name__)


class ClientDocuments:
    """Knows clients by the documents at their ids. Only what was read and right is kept."""

    def __init__(self, database: Database, policy: Policy, door: Door, internet: Internet) -> None:
        self._database = database
        self._policy = policy
        self._door = door
        self._fetcher = Fetcher(internet)

    async def client(self, client_id: str, address: str) -> Client | None:
        """The client at this id, asked for from ``address``; None if it cannot be one.

        Raises:
            PageError: Its document cannot be had, or is not right.
            TooManyRequests: Too many were asked for, or too many clients wait for a human.
        """
        url = document_url(client_id)
        if url is None or not self._policy.client_id_metadata_documents:
            return None
        fresh = await self._database.read(lambda tx: self._fresh(tx, client_id))
        if fresh is not None:
            return fresh
        self._door.let_in("", address)
        metadata = await self._metadata(url, client_id)
        outcome = await self._database.write(lambda tx: self._keep(tx, client_id, metadata))
        if isinstance(outcome, TooManyRequests):
            raise outcome
        return outcome

    def _fresh(self, tx: Transaction, client_id: str) -> Client | None:
        read_at_ms = tx.clients.document_read_at(client_id)
        oldest_ms = tx.now_ms - self._policy.document_seconds * 1000
        if read_at_ms is None or read_at_ms < oldest_ms:
            return None
        return known_client(tx, client_id, self._policy)

    async def _metadata(self, url: DocumentUrl, client_id: str) -> CheckedMetadata:
        try:
            return _metadata_in(await self._fetcher.fetch(url), client_id)
        except (DocumentFault, OAuthError) as fault:
            reason = fault.description if isinstance(fault, OAuthError) else str(fault)
            _log.info("The metadata document of a client is of no use: %s", reason)
            raise PageError(
                "This agent cannot be identified",
                f"“{url.host}” does not describe it as it should, so nothing was sent."
                " Try again; if that does not help, ask whoever makes the agent.",
            ) from fault

    def _keep(
        self, tx: Transaction, client_id: str, metadata: CheckedMetadata
    ) -> Client | TooManyRequests:
        forget_unused(tx, self._policy)
        stored, known = tx.clients.get(client_id), known_client(tx, client_id, self._policy)
        if known is not None:
            client = _described(known, metadata)
            if client != known:
                change_client(tx, client, Rank.AGENT)
        else:
            if stored is not None:
                remove_client(tx, stored, Rank.SYSTEM, "unused")
            client = _described(_nobody(client_id, tx.now_ms), metadata)
            if not admit_client(tx, client, self._policy):
                return TooManyRequests("unused_clients", self._policy.limits.full_seconds)
        tx.clients.note_document(client_id, tx.now_ms)
        return client


def _metadata_in(body: bytes, client_id: str) -> CheckedMetadata:
    """The metadata in a document that is about this very client, which needs no secret.

    Raises:
        OAuthError: It is not.
    """
    sent = parsed(body)
    if sent.client_id != client_id:
        raise invalid("The client_id in the document is another.")
    if not sent.client_name:
        raise invalid("The document has no client_name.")
    if "token_endpoint_auth_method" not in sent.model_fields_set:
        sent = sent.model_copy(update={"token_endpoint_auth_method": AuthMethod.NONE.value})
    metadata = checked(sent)
    if metadata.auth_method is not AuthMethod.NONE:
        raise invalid("A client with a document has no secret here.")
    return metadata


def _described(client: Client, metadata: CheckedMetadata) -> Client:
    return replace(
        client,
        name=metadata.name,
        redirect_uris=metadata.redirect_uris,
        scopes=metadata.scopes,
        grant_types=metadata.grant_types,
    )


def _nobody(client_id: str, at_ms: int) -> Client:
    nothing = frozenset[str]()
    return Client(client_id, "", (), AuthMethod.NONE, None, nothing, nothing, at_ms)
