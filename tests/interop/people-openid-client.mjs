// A third party's program with openid-client that acts for a person. What it saw goes out as JSON.
import * as client from 'openid-client'
import { done, given, person } from './person.mjs'

const authentication = given.client_secret ? client.ClientSecretPost(given.client_secret) : client.None()
const config = await client.discovery(new URL(given.issuer), given.client_id, undefined, authentication, {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
})
// What the app says of itself: ID tokens of another signature are refused.
config.clientMetadata().id_token_signed_response_alg = given.signature

async function ask(deed, more = {}) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  }
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: given.redirect_uri,
    scope: given.scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...more,
  })
  return client.authorizationCodeGrant(config, new URL(await person(deed, address.href)), checks)
}

async function refused(work) {
  try {
    await work
    return 'not refused'
  } catch (error) {
    if (error instanceof client.ResponseBodyError) return [error.status, error.error]
    if (error instanceof client.AuthorizationResponseError) return error.error
    if (error instanceof client.WWWAuthenticateChallengeError) return [error.status, error.cause[0].parameters.error]
    throw error
  }
}

const seen = {}
seen.denied = await refused(ask('deny'))

const first = await ask('allow', { max_age: '3600', ui_locales: 'en fr', login_hint: 'somebody@example.test' })
const claims = first.claims()
seen.scope = first.scope
seen.has_auth_time = typeof claims.auth_time === 'number'
seen.person = await client.fetchUserInfo(config, first.access_token, claims.sub)

const second = await client.refreshTokenGrant(config, first.refresh_token)
seen.rotated = second.refresh_token !== first.refresh_token
seen.same_person = second.claims().sub === claims.sub
if (given.client_secret) {
  seen.introspected = (await client.tokenIntrospection(config, second.access_token)).active
  seen.introspected_refresh = (await client.tokenIntrospection(config, second.refresh_token)).active
}
await client.tokenRevocation(config, second.refresh_token)
seen.revoked = await refused(client.refreshTokenGrant(config, second.refresh_token))
seen.ended = await refused(client.fetchUserInfo(config, second.access_token, claims.sub))

const device = await client.initiateDeviceAuthorization(config, { scope: given.scope })
await person('enter', device.verification_uri_complete ?? device.verification_uri)
const third = await client.pollDeviceAuthorizationGrant(config, { ...device, interval: 1 })
seen.device = { scope: third.scope, same_person: third.claims().sub === claims.sub }

const farewell = client.buildEndSessionUrl(config, {
  id_token_hint: first.id_token,
  post_logout_redirect_uri: given.home,
  state: 'kept',
})
seen.left = await person('leave', farewell.href)
done(seen)
