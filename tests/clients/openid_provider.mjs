// A certified OpenID provider on this computer, as its package makes it, with its own test pages.
// Arguments: the folder of packages, then the configuration as JSON.
import { generateKeyPairSync } from "node:crypto";

const [packages, configuration] = process.argv.slice(2);
const { port, client, algorithm, claims } = JSON.parse(configuration);
const { default: Provider } = await import(`${packages}/oidc-provider/lib/index.js`);

const KEYS = {
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  PS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  Ed25519: () => generateKeyPairSync("ed25519"),
};
const key = KEYS[algorithm]().privateKey.export({ format: "jwk" });
const issuer = `http://localhost:${port}`;
const provider = new Provider(issuer, {
  clients: [{ ...client, id_token_signed_response_alg: algorithm }],
  jwks: { keys: [{ ...key, alg: algorithm, use: "sig" }] },
  cookies: { keys: ["a key of this test"] },
  enabledJWA: { idTokenSigningAlgValues: [algorithm, "RS256"] },
  scopes: ["openid", "profile", "email"],
  claims: { openid: ["sub", "roles"], profile: ["name"], email: ["email", "email_verified"] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...claims[id] }) }),
});
provider.listen(port, "127.0.0.1", () => console.log("provider listens"));
