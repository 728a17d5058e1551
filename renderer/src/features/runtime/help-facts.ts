import type { ProcessRow, RuntimeList } from './runtime'

/** Values of "How it works" that only this page knows: one running container as the example. */
export function helpFacts(
  list: RuntimeList | undefined,
  rows: readonly ProcessRow[],
  t: (key: string) => string,
): Record<string, string> {
  const example = list?.containers.find(({ pid, shimPid }) => pid !== undefined && shimPid !== undefined)
  const init = rows.find(({ role, pid }) => role === 'init' && pid === example?.pid)
  const none = t('runtime.help.none')
  return {
    container: example?.name ?? none,
    exampleShim: example?.shimPid === undefined ? none : String(example.shimPid),
    exampleInit: example?.pid === undefined ? none : String(example.pid),
    exampleCommand: init?.command ?? none,
    exampleRuntime: example?.runtime ?? none,
    bundle: example?.bundle ?? none,
    cgroup: example?.cgroup?.path ?? none,
    address: list?.containerd?.address ?? none,
    namespace: list?.containerd?.namespaces.containers ?? none,
    relation: list?.containerd
      ? t(list.containerd.managed ? 'runtime.containerd.managed' : 'runtime.containerd.own')
      : none,
    defaultRuntime: list?.defaultRuntime ?? none,
  }
}
