/** A custom property of the style sheet as the browser resolves it now, light or dark: `rgb(…)`. */
export function resolvedColour(name: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${name})`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
