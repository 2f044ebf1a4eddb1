// A third party's program with oauth4webapi that acts for a person. What it saw goes out as JSON.
import * as oauth from 'oauth4webapi'
import { done, given, person } from './person.mjs'

const loopback = { [oauth.allowInsecureRequests]: true }
const client = { client_id: given.client_id, id_token_signed_response_alg: given.signature }
const authentication = given.client_secret ? oauth.ClientSecretBasic(given.client_secret) : oauth.None()

const issuer = new URL(given.issuer)
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, loopback))

async function ask(deed, more = {}) {
  const asked = { state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(), verifier: oauth.generateRandomCodeVerifier() }
  const address = new URL(server.authorization_endpoint)
  const parameters = {
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: given.redirect_uri,
    scope: given.scope,
    state: asked.state,
    nonce: asked.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(asked.verifier),
    code_challenge_method: 'S256',
    ...more,
  }
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value)
  const answer = await person(deed, address.href)
  const received = typeof answer === 'string' ? new URL(answer) : new URLSearchParams(answer)
  // Refuses an answer without our state, without iss or with another's.
  return { ...asked, answer: oauth.validateAuthResponse(server, client, received, asked.state) }
}

async function redeem({ answer, verifier, nonce }) {
  const response = await oauth.authorizationCodeGrantRequest(
    server, client, authentication, answer, given.redirect_uri, verifier, loopback,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  })
  await oauth.validateApplicationLevelSignature(server, response, loopback)
  return tokens
}

async function refresh(token, more = {}) {
  const options = { additionalParameters: more, ...loopback }
  const response = await oauth.refreshTokenGrantRequest(server, client, authentication, token, options)
  return oauth.processRefreshTokenResponse(server, client, response)
}

async function userInfo(token, subject) {
  const response = await oauth.userInfoRequest(server, client, token, loopback)
  return oauth.processUserInfoResponse(server, client, subject, response)
}

async function introspect(token) {
  const response = await oauth.introspectionRequest(server, client, authentication, token, loopback)
  return oauth.processIntrospectionResponse(server, client, response)
}

async function revoke(token) {
  return oauth.processRevocationResponse(await oauth.revocationRequest(server, client, authentication, token, loopback))
}

async function refused(work) {
  try {
    await work
    return 'not refused'
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) return [error.status, error.error]
    if (error instanceof oauth.AuthorizationResponseError) return error.error
    if (error instanceof oauth.WWWAuthenticateChallengeError) return [error.status, error.cause[0].parameters.error]
    throw error
  }
}

const seen = {}
seen.denied = await refused(ask('deny'))

const asked = await ask('allow')
const first = await redeem(asked)
const claims = oauth.getValidatedIdTokenClaims(first)
seen.scope = first.scope
seen.claims = Object.keys(claims).sort()
seen.person = await userInfo(first.access_token, claims.sub)
seen.same_person = seen.person.sub === claims.sub

const second = await refresh(first.refresh_token)
const again = oauth.getValidatedIdTokenClaims(second)
seen.rotated = second.refresh_token !== first.refresh_token
seen.still = again.sub === claims.sub && again.auth_time === claims.auth_time && again.nonce === undefined
seen.narrowed = (await refresh(second.refresh_token, { scope: 'openid' })).scope
if (given.client_secret) {
  seen.introspected = await introspect(second.access_token)
}

const posted = await redeem(await ask('post', { response_mode: 'form_post' }))
await revoke(posted.refresh_token)
seen.revoked = await refused(userInfo(posted.access_token, claims.sub))
seen.revoked_refresh = await refused(refresh(posted.refresh_token))
if (given.client_secret) {
  seen.revoked_introspected = await introspect(posted.access_token)
}

// Whoever has the code too has not got the verifier; the one who has both a second time ends what the first got.
seen.guessed = await refused(redeem({ ...asked, verifier: oauth.generateRandomCodeVerifier() }))
seen.alive = (await userInfo(second.access_token, claims.sub)).sub === claims.sub
seen.replayed = await refused(redeem(asked))
seen.ended = await refused(userInfo(second.access_token, claims.sub))

const deviceResponse = await oauth.deviceAuthorizationRequest(server, client, authentication, { scope: given.scope }, loopback)
const device = await oauth.processDeviceAuthorizationResponse(server, client, deviceResponse)
const poll = async () => {
  const response = await oauth.deviceCodeGrantRequest(server, client, authentication, device.device_code, loopback)
  return oauth.processDeviceCodeResponse(server, client, response)
}
seen.pending = await refused(poll())
await person('enter', device.verification_uri_complete)
await new Promise((resolve) => setTimeout(resolve, device.interval * 1000))
const third = await poll()
seen.device = oauth.getValidatedIdTokenClaims(third).sub === claims.sub

const farewell = new URL(server.end_session_endpoint)
farewell.searchParams.set('id_token_hint', second.id_token)
farewell.searchParams.set('post_logout_redirect_uri', given.home)
seen.left = await person('leave', farewell.href)
done(seen)
