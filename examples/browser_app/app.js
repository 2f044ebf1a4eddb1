// A browser app without a server of its own: people sign in with Gatehouse, and the page reads work orders for them.
// The library is oidc-client-ts, unmodified. The app is public: it has no secret, PKCE takes its place.

const { UserManager, WebStorageStateStore, InMemoryWebStorage } = window.oidc
const config = await (await fetch('config.json')).json()
const element = (id) => document.getElementById(id)

const manager = new UserManager({
  authority: config.issuer,
  client_id: config.client_id,
  redirect_uri: config.redirect_uri,
  post_logout_redirect_uri: config.home,
  scope: 'openid profile email offline_access work_orders:view',
  loadUserInfo: true,
  revokeTokensOnSignout: true,
  // Tokens are in this page's memory and nowhere else: a reload signs out of the page, and nothing is left to steal.
  userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  // Between leaving for Gatehouse and coming back: state and PKCE verifier, in this tab alone.
  stateStore: new WebStorageStateStore({ store: sessionStorage }),
})

async function comeBack() {
  const answer = new URLSearchParams(location.search)
  if (!answer.has('state')) return
  const address = location.href
  // The code is not left in the history.
  history.replaceState(null, '', config.home)
  // RFC 9207: an answer of another issuer must not get our code (mix-up).
  if (answer.get('iss') !== config.issuer) throw new Error('The answer comes from another issuer.')
  await manager.signinRedirectCallback(address)
}

async function workOrders(user) {
  const answer = await fetch(`${config.resource_server}/work-orders`, {
    headers: { authorization: `Bearer ${user.access_token}` },
  })
  if (!answer.ok) throw new Error(`The work orders were refused: ${answer.status}`)
  return (await answer.json()).work_orders
}

async function show() {
  const user = await manager.getUser()
  element('signed-out').hidden = Boolean(user)
  element('signed-in').hidden = !user
  say(user ? '' : 'Nobody is signed in.')
  if (!user) return
  // As text, never as HTML: names come from elsewhere.
  element('name').textContent = user.profile.name ?? user.profile.email ?? user.profile.sub
  element('scope').textContent = user.scope
  element('work-orders').replaceChildren(...(await workOrders(user)).map(item))
}

function item(order) {
  const line = document.createElement('li')
  line.textContent = `${order.number} ${order.title} (${order.state})`
  return line
}

function say(text) {
  element('message').textContent = text
}

function attempt(work) {
  return work().catch((error) => say(error.message))
}

async function renew() {
  try {
    await manager.signinSilent()
  } catch (error) {
    // Revoked or too old: the person signs in again.
    await manager.removeUser()
    await show()
    throw error
  }
  await show()
  say('The tokens are new.')
}

element('sign-in').addEventListener('click', () => attempt(() => manager.signinRedirect()))
element('renew').addEventListener('click', () => attempt(renew))
element('sign-out').addEventListener('click', () => attempt(() => manager.signoutRedirect()))

let failed = null
await comeBack().catch((error) => (failed = error))
await attempt(show)
if (failed) say(failed.message)
