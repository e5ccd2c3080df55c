// File for a mini program with co-wxapp-open-api 1.1.50:
//   node file_with_co_wxapp_open_api.js settings.json application.json picture.png
// settings.json holds what `openbeian clients create --json` and `openbeian clients authorize --json` print, "appid", "url".
'use strict'

const fs = require('fs')
const co = require('co')
const API = require('co-wxapp-open-api')

const [settings, application] = process.argv.slice(2, 4).map(path => JSON.parse(fs.readFileSync(path, 'utf8')))
const picture = process.argv[4]

co(function * () {
  const api = new API(settings.component_appid, settings.component_appsecret, settings.appid, '', settings.component_verify_ticket)
  api.prefix = settings.url + '/cgi-bin/'
  api.wxappPrefix = settings.url + '/wxa/'
  api.wxappIcpPrefix = settings.url + '/wxa/icp/'
  const granted = (yield api.queryAuth(settings.authorization_code)).authorization_info
  api.authorizer_refresh_token = granted.authorizer_refresh_token

  const upload = function * (field, certificateType) {
    return (yield api.uploadIcpMedia('image', certificateType, field, picture)).media_id
  }
  const { icp_subject: subject, icp_applets: applet } = application
  subject.organize_info.certificate_photo = yield upload(
    'icp_subject.organize_info.certificate_photo', subject.organize_info.certificate_type)
  for (const [name, person] of [['icp_subject', subject.principal_info], ['icp_applets', applet.principal_info]]) {
    for (const side of ['certificate_photo_front', 'certificate_photo_back']) {
      person[side] = yield upload(name + '.principal_info.' + side, person.certificate_type)
    }
    person.authorization_letter = yield upload(name + '.principal_info.authorization_letter')
  }

  const task = (yield api.createIcpVerifyTask()).task_id
  while (!(yield api.queryIcpVerifyTask(task)).is_finish) {
    yield new Promise(resolve => setTimeout(resolve, 1000)) // the administrator has 24 hours
  }
  applet.principal_info.verify_task_id = task

  try {
    yield api.applyIcpFiling(subject, applet, application.icp_materials)
  } catch (refused) {
    for (const hint of refused.hints || []) { console.log(hint.err_field, hint.errcode, hint.errmsg) }
  }
  console.log(JSON.stringify((yield api.getIcpEntranceInfo()).info))
}).catch(error => { console.error(error); process.exit(1) })
