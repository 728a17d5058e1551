import type { FlowOptions } from '../../electron/services/flow'

/** For a flow whose dockerd nobody keeps: no unit to look at, and no sandbox. */
export const noUnit: Pick<FlowOptions, 'lifecycle' | 'sandboxTraces'> = {
  lifecycle: () =>
    Promise.resolve({
      state: () => Promise.resolve({ manager: 'none', control: 'none' }),
      traces: () => Promise.reject(new Error('There is no unit.')),
    }),
  sandboxTraces: () => undefined,
}
