import { useStandIn } from './stand-in-machine'

/** The command line on a machine whose systemd is a stand-in. */
useStandIn()
void import('../../electron/cli')
