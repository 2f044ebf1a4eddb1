// The other side of the person fixture (conftest.py): first come the facts, then a person does what they are asked.
import { createInterface } from 'node:readline'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const heard = async () => JSON.parse((await lines.next()).value)

export const given = await heard()

/** Have the person do something with an address: "allow", "deny", "post", "enter" or "leave". What comes of it is returned. */
export async function person(deed, address) {
  console.log(JSON.stringify({ deed, address }))
  return heard()
}

export function done(seen) {
  console.log(JSON.stringify({ seen }))
  process.exit()
}
