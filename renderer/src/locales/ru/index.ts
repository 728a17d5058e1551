import common from './common'
import configuration from './configuration'
import daemonLog from './daemon-log'
import errors from './errors'
import events from './events'
import help from './help'
import overview from './overview'
import shell from './shell'

export default {
  ...common,
  ...shell,
  ...overview,
  ...configuration,
  ...events,
  ...daemonLog,
  ...errors,
  help,
}
