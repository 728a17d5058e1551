import { tryConfig, type TrialRequest } from '../../electron/helper/trial'

/** A trial start as a program of its own, to be killed in the middle. */
void tryConfig(JSON.parse(process.argv[2] ?? '{}') as TrialRequest)
