// A third party's program with openid-client. The facts it needs come as JSON on its input, what it saw goes out as JSON.
import { readFileSync } from 'node:fs'
import * as client from 'openid-client'

const given = JSON.parse(readFileSync(0, 'utf8'))
const authentications = {
  client_secret_basic: client.ClientSecretBasic,
  client_secret_post: client.ClientSecretPost,
}
const options = { algorithm: 'oauth2', execute: [client.allowInsecureRequests] }

async function discover(secret, address) {
  const authentication = authentications[given.method](secret)
  return client.discovery(new URL(address), given.client_id, undefined, authentication, options)
}

async function refused(work) {
  try {
    await work
    return 'not refused'
  } catch (error) {
    if (error instanceof client.ResponseBodyError) return [error.status, error.error]
    if (error instanceof client.WWWAuthenticateChallengeError) return [error.status, error.cause[0].scheme]
    throw error
  }
}

// By issuer it asks at the position RFC 8414 inserts; a whole address it takes as it is.
const config = await discover(given.client_secret, given.issuer)
const appended = await discover(given.client_secret, `${given.issuer}/.well-known/oauth-authorization-server`)
const seen = { issuer: config.serverMetadata().issuer }
seen.same = JSON.stringify(config.serverMetadata()) === JSON.stringify(appended.serverMetadata())

const all = await client.clientCredentialsGrant(config)
seen.all = { scope: all.scope, token_type: all.token_type, expires_in: all.expires_in }
const narrowed = await client.clientCredentialsGrant(appended, { scope: 'assets:view' })
seen.narrowed = narrowed.scope
seen.introspected = await client.tokenIntrospection(config, narrowed.access_token)
await client.tokenRevocation(config, narrowed.access_token)
seen.revoked = await client.tokenIntrospection(config, narrowed.access_token)
seen.untouched = (await client.tokenIntrospection(config, all.access_token)).active

const stranger = await discover('gate_sec_wrong', given.issuer)
seen.refused = {
  token: await refused(client.clientCredentialsGrant(stranger)),
  introspection: await refused(client.tokenIntrospection(stranger, all.access_token)),
  revocation: await refused(client.tokenRevocation(stranger, all.access_token)),
  unknown_scope: await refused(client.clientCredentialsGrant(config, { scope: 'nonsense' })),
}

console.log(JSON.stringify(seen))
