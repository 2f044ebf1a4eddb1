// A third party's program with oauth4webapi. The facts it needs come as JSON on its input, what it saw goes out as JSON.
import { readFileSync } from 'node:fs'
import * as oauth from 'oauth4webapi'

const given = JSON.parse(readFileSync(0, 'utf8'))
const loopback = { [oauth.allowInsecureRequests]: true }
const client = { client_id: given.client_id }
const basic = oauth.ClientSecretBasic(given.client_secret)
const post = oauth.ClientSecretPost(given.client_secret)

const issuer = new URL(given.issuer)
const server = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...loopback }),
)

async function token(authentication, parameters) {
  const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, loopback)
  return oauth.processClientCredentialsResponse(server, client, response)
}

async function introspect(value, hint) {
  const additionalParameters = hint ? { token_type_hint: hint } : {}
  const response = await oauth.introspectionRequest(server, client, basic, value, { additionalParameters, ...loopback })
  return oauth.processIntrospectionResponse(server, client, response)
}

async function refused(work) {
  try {
    await work
    return 'not refused'
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) return [error.status, error.error]
    if (error instanceof oauth.WWWAuthenticateChallengeError) return [error.status, error.cause[0].scheme]
    throw error
  }
}

async function resource(value) {
  const request = new Request(`${given.issuer}/api/v1/`, { headers: { authorization: `Bearer ${value}` } })
  return oauth.validateJwtAccessToken(server, request, `${given.issuer}/api`, loopback)
}

const seen = { issuer: server.issuer }
const all = await token(basic, {})
seen.all = { scope: all.scope, token_type: all.token_type, expires_in: all.expires_in }
const narrowed = await token(post, { scope: 'assets:view' })
seen.narrowed = narrowed.scope
seen.introspected = await introspect(narrowed.access_token, 'refresh_token')

if (given.token_format === 'jwt') {
  seen.claims = await resource(narrowed.access_token)
  const [head, body, signature] = narrowed.access_token.split('.')
  const forged = [head, body, signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))].join('.')
  seen.forged = await resource(forged).then(() => 'accepted', (error) => error.code)
}

await oauth.processRevocationResponse(
  await oauth.revocationRequest(server, client, basic, narrowed.access_token, loopback),
)
seen.revoked = await introspect(narrowed.access_token)
seen.untouched = (await introspect(all.access_token)).active
seen.garbage = await introspect('garbage')

const wrong = oauth.ClientSecretBasic('gate_sec_wrong')
seen.refused = {
  wrong_secret_in_the_header: await refused(token(wrong, {})),
  wrong_secret_in_the_body: await refused(token(oauth.ClientSecretPost('gate_sec_wrong'), {})),
  no_secret: await refused(token(oauth.None(), {})),
  unknown_scope: await refused(token(basic, { scope: 'assets:view nonsense' })),
  scope_beyond_the_groups: await refused(token(basic, { scope: 'consumers:delete' })),
  introspection_with_a_wrong_secret: await refused(
    oauth
      .introspectionRequest(server, client, wrong, all.access_token, loopback)
      .then((response) => oauth.processIntrospectionResponse(server, client, response)),
  ),
  revocation_with_a_wrong_secret: await refused(
    oauth
      .revocationRequest(server, client, wrong, all.access_token, loopback)
      .then((response) => oauth.processRevocationResponse(response)),
  ),
}
seen.still_untouched = (await introspect(all.access_token)).active

console.log(JSON.stringify(seen))
