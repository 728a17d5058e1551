import { useStandIn } from './stand-in-machine'

/** The privileged helper, and its keeper, on a machine whose systemd is a stand-in. */
useStandIn()
void import('../../electron/helper/main')
