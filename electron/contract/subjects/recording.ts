import { z } from 'zod'
import { request, stream } from '../define'
import { LogLine } from './daemon-log'
import { EngineEvent } from './events'
import { FlowObserver, FlowRequest, FlowSpan } from './flow'
import { EngineProcess, Topology } from './topology'

/**
 * What dockerd's debug mode had to do with a recording. `switched`: on for its time; `was-on`: on
 * anyway; `left`: off, and nobody was asked to switch it.
 */
export const RecordingDebug = z.enum(['switched', 'was-on', 'left'])

/** Why a recording ended. `full`: its file had reached its size; `left`: nobody read its stream any more. */
export const RecordingEnd = z.enum(['time', 'stopped', 'full', 'left'])

export const RecordingCounts = z.object({
  requests: z.int(),
  events: z.int(),
  lines: z.int(),
  /** Processes that have appeared or gone. */
  processes: z.int(),
})

/** The first line of a recording's file. */
export const RecordingHead = z.object({
  porthole: z.literal('recording'),
  version: z.literal(1),
  startedAt: z.iso.datetime(),
  /** How long it was to be, in milliseconds. */
  forMs: z.int(),
  endpoint: z.string().max(4_096),
  engine: z.object({ name: z.string(), version: z.string() }).optional(),
  debug: RecordingDebug,
})

/** Lines and events as they are told live, without the numbers that count them in one process. */
export const RecordedLine = LogLine.omit({ seq: true, raw: true })
export const RecordedEvent = EngineEvent.omit({ seq: true })

/** Any further line of the file. Of a request the last one with its `id` says all that is known. */
export const RecordingEntry = z.discriminatedUnion('t', [
  z.object({ t: z.literal('request'), request: FlowRequest }),
  z.object({ t: z.literal('event'), event: RecordedEvent }),
  z.object({ t: z.literal('line'), line: RecordedLine }),
  /** The processes and sockets at one moment. */
  z.object({ t: z.literal('topology'), topology: Topology }),
  z.object({
    t: z.literal('process'),
    at: z.string(),
    change: z.enum(['appeared', 'gone']),
    process: EngineProcess,
  }),
  /** What the request of that id set in motion. */
  z.object({ t: z.literal('spans'), id: z.string(), spans: z.array(FlowSpan) }),
  /** Something that could not be recorded from then on, and why. */
  z.object({ t: z.literal('missing'), what: z.enum(['requests', 'events', 'lines']), why: z.string() }),
  z.object({ t: z.literal('end'), at: z.string(), why: RecordingEnd, counts: RecordingCounts }),
])

export const RecordingState = z.object({
  /**
   * `authorize`: the system asks for a password; `start`: debug is being switched on; `record`: it
   * records; `back`: debug is being switched off; `done`: the last item.
   */
  stage: z.enum(['authorize', 'start', 'record', 'back', 'done']),
  id: z.string(),
  startedAt: z.string(),
  forMs: z.int(),
  /** From `record` on: when it ends by itself. */
  endsAt: z.string().optional(),
  debug: RecordingDebug,
  /** Who saw requests so far. */
  seenBy: z.array(FlowObserver),
  counts: RecordingCounts,
  /** Size of its file. */
  bytes: z.int(),
  ended: RecordingEnd.optional(),
  /**
   * With `done`, when debug was switched: `back`: off again; `wanted`: daemon.json asks for it by now,
   * so it stayed on; `off`: somebody else was faster; `failed`: `problem` says why, and the next start
   * of Porthole tries again.
   */
  back: z.enum(['back', 'wanted', 'off', 'failed']).optional(),
  problem: z.string().optional(),
  /** dockerd's log level goes to `info` with debug off, whatever `log-level` says, until its next start. */
  levelLost: z.string().optional(),
})

export const RecordingInfo = z.object({
  id: z.string(),
  startedAt: z.string(),
  endedAt: z.string().optional(),
  bytes: z.int(),
  /** False for one whose Porthole was killed: it holds what had been written by then. */
  complete: z.boolean(),
  debug: RecordingDebug,
  engine: RecordingHead.shape.engine,
  counts: RecordingCounts.optional(),
})

/** A piece of a recording's file, read and checked. */
export const RecordingPart = z.object({
  /** With the first piece. */
  head: RecordingHead.optional(),
  entries: z.array(RecordingEntry),
  /** Lines that are none of a recording's, torn ones among them; they are left out. */
  skipped: z.int(),
  /** Where the next piece begins, in bytes; absent after the last. */
  next: z.int().optional(),
})

const Duration = z.int().min(1_000).max(600_000).default(60_000)
const Id = z.string().regex(/^\d{8}T\d{6}Z-[0-9a-f]{4}$/)

export const recording = {
  /**
   * Records requests from every observer there is, events, dockerd's log and the coming and going of
   * its processes into a file, with debug on meanwhile: by a reload, so that nothing is interrupted,
   * and switched off again even if Porthole dies. daemon.json is left as it is, byte for byte. Where
   * debug is on already nothing is changed. It ends with its time, with `flow.stopRecording`, when its
   * file is full and when nobody reads this stream any more; the last item says `done`. Throws
   * `recording/*`, `config/*`, `engine/*` and `helper/*`; then debug is as it was.
   */
  'flow.record': stream({
    access: 'admin',
    input: z.strictObject({ forMs: Duration }),
    item: RecordingState,
    overflow: 'latest',
    resume: 'none',
  }),
  /** The same with what can be seen as things are, and nothing of dockerd changed. */
  'flow.recordSeen': stream({
    access: 'write',
    input: z.strictObject({ forMs: Duration }),
    item: RecordingState,
    overflow: 'latest',
    resume: 'none',
  }),
  /** Ends the recording that runs, before its time; false when none does. */
  'flow.stopRecording': request({
    access: 'write',
    input: z.strictObject({}),
    output: z.object({ stopped: z.boolean() }),
  }),
  /** The recordings of this user, newest first, and the one that runs in this process. */
  'flow.recordings': request({
    access: 'read',
    input: z.strictObject({}),
    output: z.object({ recordings: z.array(RecordingInfo), running: RecordingState.optional() }),
  }),
  /**
   * A piece of a recording from that byte of its file on: 0, or the `next` of the piece before. Throws
   * `recording/not-found`, and `recording/unreadable` for a file that is none.
   */
  'flow.recording': request({
    access: 'read',
    input: z.strictObject({ id: Id, from: z.int().min(0).default(0) }),
    output: RecordingPart,
  }),
  /**
   * Reads whole lines of a recording that lies elsewhere, as an export does; the first ones with
   * `first`. Throws `recording/unreadable`.
   */
  'flow.readRecording': request({
    access: 'read',
    input: z.strictObject({ text: z.string().max(256 * 1024), first: z.boolean().default(false) }),
    output: RecordingPart,
  }),
  /** Removes a recording's file; false when there is none. */
  'flow.removeRecording': request({
    access: 'write',
    input: z.strictObject({ id: Id }),
    output: z.object({ removed: z.boolean() }),
  }),
  /**
   * What dockerd wrote and what happened between two moments at most ten minutes apart, oldest first,
   * as far as it is kept: 500 lines and 200 events at most. `linesWhy` says why there are no lines.
   */
  'flow.around': request({
    access: 'read',
    input: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }),
    output: z.object({
      lines: z.array(RecordedLine),
      events: z.array(RecordedEvent),
      /** More than were told. */
      cut: z.boolean(),
      linesWhy: z.enum(['none', 'denied']).optional(),
    }),
  }),
}
