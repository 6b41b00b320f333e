// An agent on the TypeScript SDK, 1.x or 2.x: one JSON command a line, one JSON answer a line.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [packages, major, url, era] = process.argv.slice(2);
const load = createRequire(`${packages}/`);
const sdk =
  major === "2"
    ? load("@modelcontextprotocol/client")
    : {
        ...load("@modelcontextprotocol/sdk/client/index.js"),
        ...load("@modelcontextprotocol/sdk/client/streamableHttp.js"),
        ...load("@modelcontextprotocol/sdk/client/auth.js"),
      };

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => JSON.parse((await lines.next()).value);
const say = (message) => console.log(JSON.stringify(message));

// Streams that reopen after a revocation ask for consent, too: each attempt has its own verifier.
const verifiers = new Map();
const kept = {};
const provider = {
  redirectUrl: "http://localhost:5000/callback",
  clientMetadata: {
    client_name: `TypeScript agent ${major}`,
    redirect_uris: ["http://localhost:5000/callback"],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "none",
  },
  state: () => crypto.randomUUID(),
  clientInformation: () => kept.client,
  saveClientInformation: (client) => void (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => void (kept.tokens = tokens),
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  codeVerifier: () => kept.verifier,
  invalidateCredentials(which) {
    if (which === "all" || which === "client") delete kept.client;
    if (which === "all" || which === "tokens") delete kept.tokens;
  },
  redirectToAuthorization(link) {
    verifiers.set(link.searchParams.get("state"), kept.verifier);
    kept.link = link;
  },
};

let client;
let transport;

async function open() {
  const options = major === "2" ? { versionNegotiation: { mode: era } } : {};
  client = new sdk.Client({ name: `typescript-${major}`, version: "1" }, options);
  client.onerror = () => {};
  transport = new sdk.StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
  await client.connect(transport);
}

async function withConsent(action) {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof sdk.UnauthorizedError)) throw error;
    say({ authorize: String(kept.link) });
    const answer = new URL((await read()).callback).searchParams;
    kept.verifier = verifiers.get(answer.get("state"));
    await transport.finishAuth(major === "2" ? answer : answer.get("code"));
    return await action();
  }
}

const commands = {
  connect: () => withConsent(open),
  tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
  async call({ tool, arguments: given }) {
    const result = await withConsent(() => client.callTool({ name: tool, arguments: given }));
    return result.content[0].text;
  },
  close: () => client.close(),
};

for (;;) {
  const command = await read();
  try {
    say({ value: (await commands[command.do](command)) ?? null });
  } catch (error) {
    say({ error: String(error) });
  }
}
