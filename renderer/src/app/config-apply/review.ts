import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { OutputOf } from '../../../../electron/contract/contract'
import { RemoteError } from '../../../../electron/rpc/errors'
import { useConnection } from '../../remote/connection'
import { toFailure, type Failure } from '../../remote/failure'
import { useEngine } from '../engine'
import { interrupts, presetWay, waysToActivate, waysToApply } from './choices'
import { useConfig, type ApplyStep, type CheckResult } from './config'
import type { Ended } from './ended'
import { prepare } from './prepare'
import { actionOf, type Activate, type EngineAction, type Proposal } from './proposal'
import { act, latestEntry, settleDraft, type Act } from './act'

export type ServiceState = OutputOf<'engine.service'>
/** An option whose value in the file is not the one in force. */
export type Drift = OutputOf<'config.read'>['effective'][number]

/** `preparing` reads and checks, `ready` waits for the reader's word. */
export type ReviewStage = 'preparing' | 'ready' | 'running' | 'finished' | 'failed'

/** One change of daemon.json or of dockerd's life on its way: what the dialog shows. */
export interface Review {
  proposal: Proposal
  stage: ReviewStage
  before: string
  after: string
  baseHash: string
  check?: CheckResult
  service?: ServiceState
  /** Options that a reload or a restart alone would bring into force. */
  drift: Drift[]
  /** Ways to choose from; one alone is no choice. */
  ways: Activate[]
  activate: Activate
  /** A scratch dockerd has to start with the text first. */
  tryFirst: boolean
  steps: ApplyStep[]
  ended?: Ended
  /** Entry of the history that can be taken back. */
  undo?: { id: string; at: string }
  failure?: Failure
}

/** The change under review: prepared, decided on by a person, done, told of. */
export const useReview = defineStore('review', () => {
  const connection = useConnection()
  const engine = useEngine()
  const config = useConfig()
  const review = shallowRef<Review>()

  function patch(more: Partial<Review>): void {
    if (review.value) review.value = { ...review.value, ...more }
  }

  const action = computed(() => review.value && actionOf(review.value.proposal))
  const isEngine = computed(() => action.value !== undefined)
  /** What going on would do: the way of a text, or the action on dockerd. */
  const what = computed<Activate | EngineAction>(() => {
    const now = review.value
    if (!now || action.value === undefined) return now?.activate ?? 'none'
    return now.ways.length > 1 ? now.activate : action.value
  })
  const dangerous = computed(() => interrupts(what.value, engine.connected, review.value?.check?.impact))
  /** This engine would refuse the file. Trying to start one that is down can do no harm all the same. */
  const broken = computed(
    () => review.value?.check?.ok === false && what.value !== 'stop' && what.value !== 'start',
  )

  /** Reads and checks what the proposal is about; nothing is changed by it. */
  async function open(proposal: Proposal): Promise<void> {
    const start: Review = {
      proposal,
      stage: 'preparing',
      before: '',
      after: '',
      baseHash: '',
      drift: [],
      ways: [],
      activate: 'none',
      tryFirst: false,
      steps: [],
    }
    review.value = start
    try {
      const client = connection.client
      if (!client)
        throw new RemoteError({
          code: 'rpc/disconnected',
          message: 'There is no connection to Porthole’s core.',
        })
      const ready = await prepare(client, proposal, { text: config.text, base: config.base })
      if (review.value !== start) return
      const { check, service } = ready
      const ground = {
        connected: engine.connected,
        controls: service !== undefined && service.control !== 'none',
        needs: check?.needs ?? 'nothing',
      }
      const ways =
        action.value === undefined
          ? waysToApply(ground)
          : proposal.kind === 'engine' && (proposal.action === 'reload' || proposal.action === 'restart')
            ? waysToActivate(ground.controls)
            : []
      const wanted: Activate =
        action.value !== undefined
          ? action.value === 'restart' || (ready.driftNeedsRestart && ground.controls)
            ? 'restart'
            : 'reload'
          : presetWay(ground, check?.changes ?? [])
      patch({ ...ready, ways, activate: wanted, stage: 'ready' })
      // A start interrupts nobody, and its button was the reader's word already.
      if (what.value === 'start' && check?.ok !== false && ground.controls) await run()
    } catch (error) {
      if (review.value?.proposal === proposal) patch({ stage: 'failed', failure: toFailure(error) })
    }
  }

  /** Does what is under review and tells its steps as they happen. */
  async function run(): Promise<void> {
    const now = review.value
    if (!now || now.stage !== 'ready') return
    patch({ stage: 'running', steps: [] })
    config.job = { running: true, state: 'review.starting' }
    try {
      const order: Act = { ...now, what: what.value }
      const { ended, steps } = await act(connection, order, (seen) => {
        patch({ steps: seen })
        const last = seen.at(-1)
        if (last) config.job = { running: true, state: `review.step.${last.step}` }
      })
      patch({ stage: 'finished', ended, ...(steps.length > 0 ? { steps } : {}) })
      config.job = { running: false, state: `review.outcome.${ended.outcome}.title` }
      if (ended.outcome === 'applied') {
        await settleDraft(connection.client, now.proposal)
        const entry = await latestEntry(connection.client)
        if (entry?.current && entry.restorable.before) patch({ undo: { id: entry.id, at: entry.at } })
      }
    } catch (error) {
      patch({ stage: 'failed', failure: toFailure(error) })
      config.job = { running: false, state: 'review.outcome.failed.title' }
    } finally {
      await Promise.all([config.refresh(), engine.refreshStatus()])
    }
  }

  /** Leaves the dialog: puts it aside while something runs, which goes on without it. */
  function close(): void {
    if (review.value?.stage === 'running') {
      config.aside = true
      return
    }
    review.value = undefined
    config.proposal = undefined
    config.job = undefined
    config.aside = false
  }

  /** Turns to another proposal from inside the dialog, for example to undo what was done. */
  function turnTo(proposal: Proposal): void {
    config.job = undefined
    config.proposal = proposal
  }

  return { review, action, isEngine, what, dangerous, broken, open, patch, run, close, turnTo }
})
