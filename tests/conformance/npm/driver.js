// Runs co-wxapp-open-api for the tests: one JSON request per line in, one JSON answer per line out.
// The first line holds the client's settings. Nothing of the client is changed but the addresses it calls.
'use strict'

const readline = require('readline')
const co = require('co')
const API = require('co-wxapp-open-api')

let api
const answer = value => process.stdout.write(JSON.stringify(value) + '\n')

const connect = s => {
  api = new API(s.component_appid, s.component_appsecret, s.appid, s.refresh_token, s.ticket)
  api.prefix = s.base_url + '/cgi-bin/'
  api.wxappPrefix = s.base_url + '/wxa/'
  api.wxappIcpPrefix = s.base_url + '/wxa/icp/'
}

// Every method that calls an address, with the address behind the prefix it uses.
const offered = () => {
  const found = {}
  for (const name of Object.keys(API.prototype)) {
    const url = /this\.(prefix|wxappPrefix|wxappIcpPrefix) \+ '([^'?]+)/.exec(String(API.prototype[name]))
    if (url) { found[name] = { prefix: '/cgi-bin/', wxappPrefix: '/wxa/', wxappIcpPrefix: '/wxa/icp/' }[url[1]] + url[2] }
  }
  return found
}

const call = co.wrap(function * (request) {
  if (!api) { connect(request); return null }
  if (request.set) { Object.assign(api, request.set); return null }
  if (request.offered) { return offered() }
  return yield api[request.method].apply(api, request.arguments)
})

const lines = readline.createInterface({ input: process.stdin })
let last = Promise.resolve()
lines.on('line', line => {
  last = last.then(() => call(JSON.parse(line))).then(
    result => answer({ result }),
    error => answer({ error: { code: error.code === undefined ? null : error.code, message: error.message, hints: error.hints || null } }))
})
