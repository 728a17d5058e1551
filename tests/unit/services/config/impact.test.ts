import { describe, expect, it } from 'vitest'
import { parseDocument } from '../../../../electron/services/config/document'
import { parseFlags } from '../../../../electron/services/config/flags'
import { impactOfRestart, outlive } from '../../../../electron/services/config/impact'

const VERSION = '28.5.2'
const document = (text: string) => parseDocument(text, VERSION)
const flags = (...argv: string[]) => parseFlags(['dockerd', ...argv], VERSION)
const live = { LiveRestoreEnabled: true, Swarm: { LocalNodeState: 'inactive' } }

describe('containers outlive a restart', () => {
  it('with live-restore in force that stays set, by the file or by a flag', () => {
    expect(outlive(live, document('{"live-restore": true}'), [])).toBe(true)
    expect(outlive(live, document('{}'), flags('--live-restore'))).toBe(true)
    expect(outlive({ LiveRestoreEnabled: true }, document('{"live-restore": true}'), [])).toBe(true)
  })

  it('not where it is about to come, about to go, or the node is in a swarm', () => {
    expect(outlive({ LiveRestoreEnabled: false }, document('{"live-restore": true}'), [])).toBe(false)
    expect(outlive(live, document('{"live-restore": false}'), [])).toBe(false)
    expect(outlive(live, document('{}'), [])).toBe(false)
    expect(outlive(live, document('{}'), flags('--live-restore=false'))).toBe(false)
    const swarm = { LiveRestoreEnabled: true, Swarm: { LocalNodeState: 'active' } }
    expect(outlive(swarm, document('{"live-restore": true}'), [])).toBe(false)
  })
})

it('an engine that does not tell has no impact rather than an invented one', async () => {
  const silent = () => Promise.reject(new Error('gone'))
  expect(await impactOfRestart(silent, document('{}'), [])).toBeUndefined()
})
